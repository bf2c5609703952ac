"""An award as an Open Badges 3.0 credential, rubric and reached levels inside.

Source: Open Badges 3.0 data model; the mapping of the rubric is that of badges.md, 2.3. Members
that hold sets are always lists, numbers are always text, nothing is empty (badges.md, 0.2, 2.1).
"""

from decimal import Decimal
from typing import Any

from lti_tool.badges import wording
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import Award, Issuer
from lti_tool.programs.models import CredentialVersion, Criterion, Level
from lti_tool.sealing import contexts, identities
from lti_tool.sealing.proofs import timestamp

CONTEXT = [
    contexts.CREDENTIALS_V2,
    contexts.OPEN_BADGES_3,
    # Defines 1EdTechJsonSchemaValidator2019; without it strict processors refuse (badges.md, 0.1).
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


def profile(issuer: Issuer, addresses: Addresses) -> dict[str, Any]:
    """The issuer as the Profile that stands in a credential."""
    whole = {
        "id": addresses.did(issuer),
        "type": ["Profile"],
        "name": issuer.name,
        "url": issuer.url or addresses.base,
        "email": issuer.email,
        "description": issuer.description,
    }
    return {member: value for member, value in whole.items() if value}


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
        "image": {
            "id": f"{own}.png",
            "type": "Image",
            "caption": f"The badge “{wording.name(version)}”",
        },
        "inLanguage": version.program_version.document.get("language", "en"),
        "version": f"v{version.number}",
        "related": [
            {
                "id": addresses.badge_class(version),
                "type": ["Related", BADGE_CLASS],
                "version": "Open Badges v2p0",
            }
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


def alignments(version: CredentialVersion) -> list[dict[str, Any]]:
    """The places in frameworks the package names, as far as they or the framework have an address.

    A place without an address of its own has that of its framework (S1-10).
    """
    frameworks = {
        framework["slug"]: framework
        for framework in version.program_version.document.get("frameworks", ())
    }
    found: list[dict[str, Any]] = []
    for entry in version.details.get("alignments", []):
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


def _descriptions(version: CredentialVersion, own: str) -> list[dict[str, Any]]:
    criteria = list(wording.criteria(version))
    if not criteria:
        return []
    lowest = sum((criterion.levels[0].points for criterion in criteria), Decimal(0))
    highest = sum((criterion.levels[-1].points for criterion in criteria), Decimal(0))
    required = sum((wording.required_level(each).points for each in criteria), Decimal(0))
    total = {
        "id": total_id(own),
        "type": ["ResultDescription"],
        "name": "Points in total",
        "resultType": "RubricScore",
        "valueMin": wording.number(lowest),
        "valueMax": wording.number(highest),
        "requiredValue": wording.number(required),
    }
    return [*(_description(criterion, own) for criterion in criteria), total]


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


def _results(award: Award, own: str) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = [
        {
            "type": ["Result"],
            "resultDescription": criterion_id(own, entry.criterion),
            "achievedLevel": level_id(own, entry.level),
            "value": wording.reached_points(award, entry.criterion),
        }
        for entry in wording.reached(award)
    ]
    if not results:
        return []
    total = {
        "type": ["Result"],
        "resultDescription": total_id(own),
        "value": wording.number(wording.total(award)),
    }
    return [*results, total]


def credential(award: Award, addresses: Addresses) -> dict[str, Any]:
    """The credential of an award, not yet signed. The same row always gives the same document."""
    version = award.credential_version
    own = addresses.achievement(version)
    status_list = addresses.status_list(award.status_list)
    subject: dict[str, Any] = {
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
        "achievement": achievement(version, addresses),
    }
    if results := _results(award, own):
        subject["result"] = results
    return {
        "@context": list(CONTEXT),
        "id": addresses.award(award),
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": wording.name(version),
        "description": wording.description(version),
        "issuer": profile(award.issuer, addresses),
        "validFrom": timestamp(award.issued_at),
        "awardedDate": timestamp(award.issued_at),
        "credentialSubject": subject,
        "credentialStatus": {
            "id": f"{status_list}#{award.status_index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(award.status_index),
            "statusListCredential": status_list,
        },
        "credentialSchema": [{"id": SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
    }
