"""Somebody's badges, with all that may hang on them."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from lti_tool.badges import awards, disclosure, endorsements, issuers, issuing, stack_badges
from lti_tool.badges.models import Award, Badge, Disclosure, Issuer, Rendering, SignedDocument
from lti_tool.database import opaque_id
from lti_tool.people.models import Person
from lti_tool.programs.models import CredentialVersion
from tests.badges.workshop import results_for
from tests.builders import NOON


def with_everything(
    session: Session, person: Person, versions: Sequence[CredentialVersion]
) -> tuple[Award, Award]:
    """Two badges, signed, and the badge of a stack that rests on them.

    A partner said something of the first, and took back what it had said of the second.
    """
    for version in versions:
        disclosure.choose(session, person, version, Disclosure.MET, now=NOON)
    first, second = (
        awards.award(
            session,
            person=person,
            credential_version=version,
            results=results_for(version),
            now=NOON,
        )
        for version in versions
    )
    stack = _a_stack(session, first, second)
    for badge in (first, second, stack):
        content = f'{{"name": "{person.name}"}}'.encode()
        session.add(
            SignedDocument(award=badge, rendering=Rendering.OB3_JSON, rest=content, signed_at=NOON)
        )
    for badge in (first, second):
        _praised(session, badge, is_over=badge is second)
    return first, second


def _a_stack(session: Session, *parts: Award) -> Badge:
    version = parts[0].credential_version.program_version
    slug = parts[0].credential_version.credential.slug
    ponds = {"slug": "ponds", "title": "Ponds", "rule": "all-of", "members": [slug]}
    version.document = {**version.document, "stacks": [ponds]}
    elsewhere = stack_badges.FromElsewhere(
        "https://river.example.org/badges/1", "Tides", f"An office {parts[0].person.name} chose"
    )
    return stack_badges.award_stack(
        session,
        person=parts[0].person,
        program_version=version,
        stack="ponds",
        public_id=opaque_id(),
        basis=[one.public_id for one in parts],
        elsewhere=[elsewhere],
        now=NOON,
    )


def _praised(session: Session, award: Award, *, is_over: bool) -> None:
    said = endorsements.endorse(
        session,
        award,
        issuer=award.issuer,
        by=_partner(session),
        comment=f"{award.person.name} is who we look for.",
        actor=None,
        now=NOON,
    )
    said.content = f'{{"about": "{award.person.name}"}}'.encode()
    if is_over:
        reason = f"It was said of another {award.person.name}."
        endorsements.withdraw(session, said, reason=reason, actor=None, now=NOON)


def _partner(session: Session) -> Issuer:
    found = issuers.find_issuer(session, "partner")
    profile = issuing.Profile(name="Prairie University", email="badges@uni.example")
    return found or issuing.make(session, "partner", profile, actor=None, now=NOON)
