"""An award as an Open Badges 3.0 credential, rubric and reached levels inside.

Source: Open Badges 3.0 data model; the rubric goes into ResultDescription and Result. Members
that hold sets are always lists, numbers are text except amounts of credit, nothing is empty
(rows B3-005 to B3-025).

The achievement is the same for everybody, so it describes every result there can be. Which of them
an award has, its `disclosure` says.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple, Self

from lti_tool.badges import stack_achievement, wording
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import Award, Badge, Disclosure, Endorsement, Issuer, StackBadge
from lti_tool.credit import hours
from lti_tool.credit.rules import Terms
from lti_tool.programs.models import CredentialVersion, Criterion, Level
from lti_tool.sealing import contexts, identities, slots
from lti_tool.sealing.proofs import timestamp

CONTEXT = [
    contexts.CREDENTIALS_V2,
    contexts.OPEN_BADGES_3,
    # Defines 1EdTechJsonSchemaValidator2019; without it strict processors refuse (row B3-012).
    contexts.OPEN_BADGES_3_EXTENSIONS,
]
SCHEMA = (
    "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
)
BADGE_CLASS = "https://w3id.org/openbadges#BadgeClass"


def criterion_id(achievement: str, criterion: Criterion) -> str:
    """The id of a criterion's result description."""
    return f"{achievement}#c.{criterion.part.slug}.{criterion.slug}"


def level_id(achievement: str, level: Level) -> str:
    """The id of one level of a criterion."""
    return f"{criterion_id(achievement, level.criterion)}.{level.number}"


def total_id(achievement: str) -> str:
    """The id of the result description of the total."""
    return f"{achievement}#total"


def status_id(achievement: str) -> str:
    """The id of the result description that says whether every criterion was met."""
    return f"{achievement}#status"


def hours_id(achievement: str) -> str:
    """The id of the result description of recorded hours."""
    return f"{achievement}#hours"


def profile(issuer: Issuer, addresses: Addresses) -> dict[str, Any]:
    """The issuer as the Profile that stands in a credential."""
    whole = {
        "id": addresses.did(issuer),
        "type": ["Profile"],
        "name": issuer.name,
        "url": issuer.url or addresses.base,
        "email": issuer.email,
        "description": issuer.description,
        "image": {"id": addresses.mark(issuer), "type": "Image"} if issuer.mark else None,
        "parentOrg": parent(issuer, addresses),
    }
    return {member: value for member, value in whole.items() if value}


def parent(issuer: Issuer, addresses: Addresses) -> dict[str, Any]:
    """The organisation an issuer is part of, as a Profile; empty where it stands by itself.

    Its id is its own web address where it is known: we make no identifier for others.
    """
    if not issuer.parent_name:
        return {}
    known = {"url": issuer.parent_url} if issuer.parent_url else {}
    own = issuer.parent_url or f"{addresses.issuer_page(issuer)}#parent"
    return {"id": own, "type": ["Profile"], "name": issuer.parent_name, **known}


def achievement(version: CredentialVersion, addresses: Addresses) -> dict[str, Any]:
    """What can be earned: criteria in words, and the whole rubric as result descriptions."""
    own = addresses.achievement(version)
    whole: dict[str, Any] = {
        "id": own,
        "type": ["Achievement"],
        "achievementType": "MicroCredential",
        "name": wording.name(version),
        "description": wording.description(version),
        "criteria": {"id": f"{own}#criteria", "narrative": wording.narrative(version)},
        "creator": _creator(version, own),
        "creditsAvailable": _credits_available(version),
        "image": {
            "id": f"{own}.png",
            "type": "Image",
            "caption": f"The badge “{wording.name(version)}”",
        },
        "tag": wording.tags(version),
        "inLanguage": version.program_version.document.get("language", "en"),
        "version": f"v{version.number}",
        "related": [
            {
                "id": addresses.badge_class(version),
                "type": ["Related", BADGE_CLASS],
                "version": "Open Badges v2p0",
            },
            # What it counts towards, which names it in turn.
            *(
                {"id": one.address(addresses), "type": ["Related"]}
                for one in stack_achievement.counting(version)
            ),
        ],
        "alignment": alignments(version),
        "resultDescription": _descriptions(version, own),
    }
    return {member: value for member, value in whole.items() if value}


def _creator(version: CredentialVersion, own: str) -> dict[str, Any]:
    """Who designed it, as one Profile: the standard takes a single one (S1-13).

    It is no issuer's identifier, so nobody is made to vouch who only wrote.
    """
    name = wording.creators(version)
    return {"id": f"{own}#creator", "type": ["Profile"], "name": name} if name else {}


def _credits_available(version: CredentialVersion) -> int | float | None:
    """The most that the credit rules of its program bring in credits; `None` without any.

    The standard counts credits here, so hours and units stand in words beside the criteria only.
    """
    options = Terms.of(version.program_version.document).options
    amounts = [option.amount for option in options if option.unit == "credit"]
    return _amount(max(amounts)) if amounts else None


def _amount(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def alignments(version: CredentialVersion) -> list[dict[str, Any]]:
    """The places in frameworks that the package names for a credential, see `_alignments`."""
    return _alignments(version, version.details.get("alignments", ()))


def _alignments(
    version: CredentialVersion, entries: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Places in frameworks, as far as they or the framework have an address.

    A place without an address of its own has that of its framework (S1-10).
    """
    frameworks = {
        framework["slug"]: framework
        for framework in version.program_version.document.get("frameworks", ())
    }
    found: list[dict[str, Any]] = []
    for entry in entries:
        framework = frameworks.get(entry.get("framework"), {})
        url = str(entry.get("url") or framework.get("url") or "")
        if not url.startswith(("https://", "http://")):
            continue
        texts = {
            "targetName": entry.get("title") or entry.get("framework"),
            "targetUrl": url,
            "targetFramework": framework.get("title") or entry.get("framework"),
            "targetCode": entry.get("code"),
        }
        known = {member: str(value) for member, value in texts.items() if value}
        found.append({"type": ["Alignment"], **known})
    return found


def _aligned(version: CredentialVersion, entry: Mapping[str, Any]) -> dict[str, Any]:
    """The member that says to which places in frameworks something answers, if any are named."""
    found = _alignments(version, entry.get("alignments", ()))
    return {"alignment": found} if found else {}


def _rubric_of(version: CredentialVersion) -> dict[tuple[str, str], Mapping[str, Any]]:
    """The criteria as the package writes them, by the slugs of part and criterion."""
    return {
        (part["slug"], criterion["slug"]): criterion
        for entry in version.program_version.document.get("credentials", ())
        if entry.get("slug") == version.credential.slug
        for part in entry.get("parts", ())
        for criterion in part["rubric"]["criteria"]
    }


def _descriptions(version: CredentialVersion, own: str) -> list[dict[str, Any]]:
    criteria = list(wording.criteria(version))
    if not criteria:
        return []
    lowest = sum((criterion.levels[0].points for criterion in criteria), Decimal(0))
    highest = sum((criterion.levels[-1].points for criterion in criteria), Decimal(0))
    required = sum((wording.required_level(each).points for each in criteria), Decimal(0))
    written = _rubric_of(version)
    described = []
    for criterion in criteria:
        entry = written.get((criterion.part.slug, criterion.slug), {})
        made = _description(criterion, own) | _aligned(version, entry)
        # Levels have no slugs in a package: they stand in the order of their numbers.
        levels = made["rubricCriterionLevel"]
        for level, stated in zip(levels, entry.get("levels", ()), strict=False):
            level.update(_aligned(version, stated))
        described.append(made)
    described.append(
        {
            "id": total_id(own),
            "type": ["ResultDescription"],
            "name": "Points in total",
            "resultType": "RubricScore",
            "valueMin": wording.number(lowest),
            "valueMax": wording.number(highest),
            "requiredValue": wording.number(required),
        }
    )
    described.append(
        {
            "id": status_id(own),
            "type": ["ResultDescription"],
            "name": "Every criterion met",
            "resultType": "Status",
        }
    )
    rule = hours.rule_of(version)
    if rule.is_kept:
        kept = {
            "id": hours_id(own),
            "type": ["ResultDescription"],
            "name": "Hours of learning",
            # The standard has no word for it and lets others be added with this prefix.
            "resultType": "ext:Hours",
        }
        described.append(
            kept | ({"requiredValue": wording.number(rule.total)} if rule.total else {})
        )
    return described


def _description(criterion: Criterion, own: str) -> dict[str, Any]:
    return {
        "id": criterion_id(own, criterion),
        "type": ["ResultDescription"],
        "name": wording.one_line(criterion.title),
        "resultType": "RubricCriterionLevel",
        "requiredLevel": level_id(own, wording.required_level(criterion)),
        "rubricCriterionLevel": [
            {
                "id": level_id(own, level),
                "type": ["RubricCriterionLevel"],
                "name": level.name,
                # The list is a set once signed, so the order is said again here.
                "level": str(level.number),
                "points": wording.number(level.points),
                "description": level.descriptor,
            }
            for level in criterion.levels
        ],
    }


class Shared(NamedTuple):
    """What all awards of one version by one issuer say alike."""

    name: str
    description: str
    achievement: Any
    issuer: Any
    levels: Mapping[tuple[str, str], tuple[str, Mapping[int, str]]]
    """By the slugs of part and criterion, in the order of the rubric: the id of the criterion's
    description, and the id of each level by its number."""

    @classmethod
    def of(cls, award: Badge, addresses: Addresses) -> Self:
        """What this award says of its achievement and its issuer."""
        issuer = profile(award.issuer, addresses)
        if isinstance(award, StackBadge):
            stack = stack_achievement.of(award)
            made = stack_achievement.achievement(stack, addresses)
            return cls(stack.name, stack.description, made, issuer, {})
        assert isinstance(award, Award)
        version = award.credential_version
        own = addresses.achievement(version)
        levels = {
            (criterion.part.slug, criterion.slug): (
                criterion_id(own, criterion),
                {level.number: level_id(own, level) for level in criterion.levels},
            )
            for criterion in wording.criteria(version)
        }
        return cls(
            wording.name(version),
            wording.description(version),
            achievement(version, addresses),
            issuer,
            levels,
        )

    def in_parts(self) -> Self:
        """The same, ready to be signed with many awards."""
        return self._replace(
            achievement=slots.Part.of(self.achievement), issuer=slots.Part.of(self.issuer)
        )


def _results(award: Award, own: str, shared: Shared) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = []
    if award.disclosure is Disclosure.NOTHING or not award.results:
        return results
    if award.disclosure is Disclosure.LEVELS:
        reached = {(row["part"], row["criterion"]): row for row in award.results}
        results += [
            {
                "type": ["Result"],
                "resultDescription": described,
                "achievedLevel": levels[int(reached[place]["level"])],
                "value": wording.points(reached[place]["points"]),
            }
            for place, (described, levels) in shared.levels.items()
            if place in reached and int(reached[place]["level"]) in levels
        ]
        total = wording.number(wording.total(award))
        results.append({"type": ["Result"], "resultDescription": total_id(own), "value": total})
    results.append({"type": ["Result"], "resultDescription": status_id(own), "status": "Completed"})
    if award.hours is not None:
        value = wording.number(award.hours)
        results.append({"type": ["Result"], "resultDescription": hours_id(own), "value": value})
    return results


def _credits_earned(award: Award) -> int | float | None:
    """The credits it brought when it was awarded, as far as the badge says how its earner did."""
    amounts = [Decimal(one["amount"]) for one in award.credits if one["unit"] == "credit"]
    if award.disclosure is Disclosure.NOTHING or not amounts:
        return None
    return _amount(sum(amounts, Decimal(0)))


def credential(award: Badge, addresses: Addresses, shared: Shared | None = None) -> dict[str, Any]:
    """The credential of an award, not yet signed. The same row always gives the same document.

    Where many are made, `shared` keeps what they have in common from being made each time.
    """
    shared = shared or Shared.of(award, addresses)
    issued_at = timestamp(award.issued_at)
    # What all awards of a version share stands first, so that it can be kept once for all of them.
    subject: dict[str, Any] = {
        "achievement": shared.achievement,
        "type": ["AchievementSubject"],
        "identifier": [
            {
                "type": "IdentityObject",
                "hashed": True,
                "identityHash": identities.hashed(award.recipient_identity, award.recipient_salt),
                "identityType": award.recipient_type,
                "salt": award.recipient_salt,
            }
        ],
    }
    if isinstance(award, Award):
        subject |= _earned(award, addresses, shared)
    parts = stack_achievement.evidence(award, addresses) if isinstance(award, StackBadge) else []
    return {
        "@context": list(CONTEXT),
        "issuer": shared.issuer,
        "credentialSubject": subject,
        "id": addresses.award(award),
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": shared.name,
        "description": shared.description,
        "validFrom": issued_at,
        "awardedDate": issued_at,
        **({"evidence": parts} if parts else {}),
        "credentialStatus": status_entry(award, addresses),
        "credentialSchema": [{"id": SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
    }


def status_entry(award: Badge | Endorsement, addresses: Addresses) -> dict[str, str]:
    """Where it stands whether an award, or an endorsement, still holds."""
    status_list = addresses.status_list(award.status_list)
    return {
        "id": f"{status_list}#{award.status_index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(award.status_index),
        "statusListCredential": status_list,
    }


def _earned(award: Award, addresses: Addresses, shared: Shared) -> dict[str, Any]:
    """What the subject did, as far as the badge says so."""
    told: dict[str, Any] = {}
    own = addresses.achievement(award.credential_version)
    if results := _results(award, own, shared):
        told["result"] = results
    if (earned := _credits_earned(award)) is not None:
        told["creditsEarned"] = earned
    if counts := wording.told_counts(award):
        told["narrative"] = counts
    if award.assessed_by:
        told["source"] = {
            "id": f"{addresses.award(award)}#source",
            "type": ["Profile"],
            "name": wording.one_line(award.assessed_by),
        }
    return told
