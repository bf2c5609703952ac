"""What partners say of a badge: signed by them, in it or beside it, and withdrawn by itself."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from lti_tool.badges import awards, chores, documents, endorsements, issuers
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import Award, Endorsement, Issuer, Rendering
from lti_tool.badges.published import Published
from lti_tool.errors import NotFound
from lti_tool.jobs import JobContext
from lti_tool.programs.models import CredentialVersion
from lti_tool.verification import checking
from lti_tool.verification.report import Outcome, Report, Verdict
from lti_tool.verification.sources import World
from tests.badges.conftest import Awarding
from tests.badges.test_issuers import an_issuer
from tests.badges.workshop import check_named
from tests.builders import a_credential_version
from tests.cast import ada, ben

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

WORDS = "Our schools hire for exactly this. ¡Enhorabuena! 🎉"


def said(
    session: Session,
    about: CredentialVersion | Award,
    by: Issuer,
    context: JobContext,
    words: str = WORDS,
) -> Endorsement:
    """An endorsement that was signed."""
    issuer = issuers.demonstration_issuer(session, context.now())
    found = endorsements.endorse(
        session, about, issuer=issuer, by=by, comment=words, actor=None, now=context.now()
    )
    session.commit()
    chores.sign_endorsement(context, found.id)
    session.refresh(found)
    session.commit()
    return found


def checked(context: JobContext, content: bytes) -> Report:
    """What verifying says, asked of our own documents."""
    with context.read() as session:
        own = Published(session, context.keyring, Addresses(context.settings.base_url))
        return checking.check_file(content, World(own), now=context.now())


def signed(session: Session, context: JobContext, award: Award) -> dict[Rendering, bytes]:
    """The renderings of an award."""
    session.commit()
    chores.sign(context, award.id)
    kept = documents.kept(session, award)
    session.commit()
    return kept


@pytest.mark.row("B3-059")
def test_an_endorsement_of_an_achievement_goes_into_badges_that_are_signed_after_it(
    session: Session, awarded: Awarding, context: JobContext, noon: datetime
) -> None:
    version = a_credential_version()
    before = awarded(version, ben())
    plain = signed(session, context, before)
    partner = an_issuer(session, "uni", noon)
    found = said(session, version, partner, context)

    after = signed(session, context, awarded(version, ada()))

    assert b"endorsement" not in plain[Rendering.OB3_JSON]
    document = json.loads(after[Rendering.OB3_JSON])
    (inside,) = document["credentialSubject"]["achievement"]["endorsement"]
    assert inside == json.loads(found.content)
    assert inside["credentialSubject"]["endorsementComment"] == WORDS
    assert inside["proof"][0]["verificationMethod"].startswith(inside["issuer"]["id"] + "#")
    assert inside["issuer"]["id"] != document["issuer"]["id"]
    assert b"endorsementJwt" not in after[Rendering.OB3_JSON]
    for content in after.values():
        report = checked(context, content)
        assert report.outcome is Outcome.VALID
        assert check_named(report, "Endorsement").verdict is Verdict.PASSED
    # A word changed in what the partner said
    forged = after[Rendering.OB3_JSON].replace(b"hire", b"fire")
    assert checked(context, forged).outcome is Outcome.NOT_VALID
    # Both stand on the badge's page, in the badge or beside it
    assert endorsements.standing(session, before) == [found]


@pytest.mark.row("B3-059")
def test_a_withdrawn_endorsement_ends_by_itself_and_the_badge_stays_valid(
    session: Session, awarded: Awarding, context: JobContext, noon: datetime
) -> None:
    version = a_credential_version()
    found = said(session, version, an_issuer(session, "uni", noon), context)
    badge = awarded(version)
    content = signed(session, context, badge)[Rendering.OB3_JSON]

    for _ in range(2):
        endorsements.withdraw(session, found, reason="We moved on.", actor=None, now=noon)
    session.commit()

    report = checked(context, content)
    assert report.outcome is Outcome.VALID
    assert check_named(report, "Endorsement").verdict is Verdict.NOTED
    assert checked(context, found.content).outcome is Outcome.NOT_VALID
    assert endorsements.standing(session, badge) == []


def test_an_endorsement_of_one_award_is_as_private_as_the_award(
    session: Session, awarded: Awarding, context: JobContext, noon: datetime
) -> None:
    badge = awarded()
    found = said(session, badge, an_issuer(session, "uni", noon), context)

    with pytest.raises(NotFound):
        endorsements.find(session, found.public_id)
    awards.share(session, badge, now=noon)
    session.commit()

    assert endorsements.find(session, found.public_id) is found
    assert badge.endorsed_at == noon
    document = json.loads(found.content)
    assert document["credentialSubject"]["id"] == Addresses(context.settings.base_url).award(badge)
    assert checked(context, found.content).outcome is Outcome.VALID
    # One award's praise never gets into the badges of others.
    other = signed(session, context, awarded(badge.credential_version, ben()))
    assert b"endorsement" not in other[Rendering.OB3_JSON]


def test_nobody_endorses_their_own_badge_nor_one_that_is_over_nor_without_a_word(
    session: Session, awarded: Awarding, noon: datetime
) -> None:
    badge = awarded()
    partner = an_issuer(session, "uni", noon)

    def endorse(by: Issuer = partner, comment: str = WORDS) -> None:
        endorsements.endorse(
            session, badge, issuer=badge.issuer, by=by, comment=comment, actor=None, now=noon
        )

    with pytest.raises(endorsements.OwnBadge):
        endorse(by=badge.issuer)
    for words in ("  ", "x" * (endorsements.LONGEST + 1)):
        with pytest.raises(endorsements.NothingSaid):
            endorse(comment=words)
    awards.revoke(session, badge, reason="Made by mistake.", actor=None, now=noon)
    with pytest.raises(endorsements.NotEndorsed):
        endorse()
