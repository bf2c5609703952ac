"""What a badge says of the results: the program's limits, the earner's choice, every rendering."""

import base64
import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from lti_tool.badges import artwork, awards, disclosure, open_badges_2, open_badges_3
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import Award, Disclosure, Rendering
from lti_tool.database import sessions
from lti_tool.portfolio import enrolments
from lti_tool.portfolio.models import Submission, SubmissionState
from lti_tool.programs.models import CredentialVersion
from lti_tool.sealing import baking
from tests.badges import exhibition
from tests.badges.conftest import Awarding
from tests.badges.workshop import BASE, NOON, Workshop, an_award
from tests.builders import a_credential_version
from tests.cast import ada, ivan
from tests.sharing.test_share_page import _token_of_visit

ADDRESSES = Addresses(BASE)


def limited(**stated: Any) -> CredentialVersion:
    """A credential whose program limits what its badges show."""
    version = a_credential_version()
    version.program_version.document["disclosure"] = stated
    return version


def _shown(shows: Disclosure) -> Award:
    award = an_award()
    award.disclosure = shows
    award.credits = [{"title": "Academy credit", "amount": "1", "unit": "credit"}]
    return award


def test_without_a_word_of_the_program_everything_is_offered_and_levels_are_shown() -> None:
    limits = disclosure.Limits.of(a_credential_version())

    assert limits.allowed == (Disclosure.LEVELS, Disclosure.MET, Disclosure.NOTHING)
    assert limits.default is Disclosure.LEVELS


def test_a_credentials_own_word_stands_instead_of_its_programs() -> None:
    version = limited(allowed=["levels", "pass"])
    version.details = {"disclosure": {"allowed": ["nothing", "pass"]}}

    limits = disclosure.Limits.of(version)

    assert limits.allowed == (Disclosure.MET, Disclosure.NOTHING)
    assert limits.default is Disclosure.MET


def test_levels_are_the_whole_result() -> None:
    subject = open_badges_3.credential(_shown(Disclosure.LEVELS), ADDRESSES)["credentialSubject"]

    assert [sorted(one) for one in subject["result"][:3]] == [
        ["achievedLevel", "resultDescription", "type", "value"]
    ] * 3
    assert subject["creditsEarned"] == 1


def test_pass_only_says_that_it_was_met_and_no_level_or_point() -> None:
    award = _shown(Disclosure.MET)

    subject = open_badges_3.credential(award, ADDRESSES)["credentialSubject"]
    told = open_badges_2.assertion(award, ADDRESSES)["narrative"]

    status = open_badges_3.status_id(ADDRESSES.achievement(award.credential_version))
    assert subject["result"] == [
        {"type": ["Result"], "resultDescription": status, "status": "Completed"}
    ]
    assert status in [one["id"] for one in subject["achievement"]["resultDescription"]]
    assert "Every criterion reached the required level." in told
    assert "Proficient" not in told
    assert "|" not in told


def test_nothing_is_nothing() -> None:
    award = _shown(Disclosure.NOTHING)

    subject = open_badges_3.credential(award, ADDRESSES)["credentialSubject"]
    told = open_badges_2.assertion(award, ADDRESSES)["narrative"]

    assert not {"result", "creditsEarned", "narrative"} & set(subject)
    assert told == " ".join(award.credential_version.competency.split())


def _everything(workshop: Workshop, award: Award) -> bytes:
    """All bytes of all renderings, alone and baked, tokens opened."""
    drawn = artwork.artwork_of_award(award)
    found = []
    texts = [workshop.render(award, rendering) for rendering in Rendering]
    texts.append(json.dumps(open_badges_2.assertion(award, ADDRESSES)).encode())
    for text in texts:
        read = text
        if not text.startswith(b"{"):
            payload = text.split(b".")[1]
            read = base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4))
        found += [read, json.dumps(json.loads(read)).encode()]
        for form in baking.FORMATS:
            found.append(baking.bake_png(artwork.png(drawn), text.decode(), form))
            found.append(baking.bake_svg(artwork.svg(drawn), text.decode(), form).encode())
    return b"\n".join(found)


def test_what_is_not_disclosed_is_in_no_byte_of_any_rendering(workshop: Workshop) -> None:
    version = a_credential_version(criteria=1)
    for level in version.parts[0].criteria[0].levels:
        level.points *= 1000
    own = ADDRESSES.achievement(version)
    (criterion,) = version.parts[0].criteria

    def told(shows: Disclosure) -> bytes:
        award = an_award(version, level=4)
        award.disclosure = shows
        return _everything(workshop, award)

    reached = f'"achievedLevel": "{open_badges_3.level_id(own, criterion.levels[3])}"'.encode()
    row = b"| 4000 |"
    assert reached in told(Disclosure.LEVELS)
    assert row in told(Disclosure.LEVELS)
    for shows in (Disclosure.MET, Disclosure.NOTHING):
        everything = told(shows)
        assert reached not in everything
        assert b"achievedLevel" not in everything
        assert row not in everything
        assert b'"value"' not in everything


def test_a_choice_is_settled_when_the_badge_is_awarded(
    session: Session, awarded: Awarding, engine: Engine
) -> None:
    version, person = limited(allowed=["levels", "pass", "nothing"]), ada()
    session.add_all([version, person])
    session.flush()
    disclosure.choose(session, person, version, Disclosure.NOTHING, now=NOON)
    disclosure.choose(session, person, version, Disclosure.MET, now=NOON)

    award = awarded(version, person)

    assert award.disclosure is Disclosure.MET
    with pytest.raises(disclosure.AlreadyAwarded, match="part of what was signed"):
        disclosure.choose(session, person, version, Disclosure.NOTHING, now=NOON)


def test_nobody_has_to_choose_and_nobody_gets_what_is_not_offered(
    session: Session, awarded: Awarding
) -> None:
    version, person = limited(allowed=["levels", "pass"], default="pass"), ada()
    session.add_all([version, person])
    session.flush()

    with pytest.raises(disclosure.NotOffered):
        disclosure.choose(session, person, version, Disclosure.NOTHING, now=NOON)

    assert awarded(version, person).disclosure is Disclosure.MET


def _choose(people: exhibition.Shown, client: FlaskClient, page: str, shows: str) -> int:
    """Send the form of the page; which status it answers."""
    token = _token_of_visit(people, client)
    return client.post(page, data={"form_token": token, "shows": shows}).status_code


def _handed_in(engine: Engine) -> str:
    """Ada has submitted her first part, and it waits."""
    with sessions(engine).begin() as session:
        work = session.scalars(select(Submission).order_by(Submission.id)).first()
        assert work is not None
        work.state, work.submitted_at, work.attested_at = SubmissionState.SUBMITTED, NOON, NOON
        return work.public_id


def test_an_earner_chooses_on_a_page_and_strangers_see_no_more(app: Flask, engine: Engine) -> None:
    with sessions(engine).begin() as session:
        version, person, other = limited(allowed=["levels", "pass"]), ada(), ivan()
        session.add_all([version, person, other])
        session.flush()
        enrolments.begin(session, person, version, now=NOON)
        place = f"{version.credential.program.slug}/{version.credential.slug}"
        people = exhibition.Shown(app, engine, "", person, other)
        version_id = version.id
    earner, stranger = people.visitor(people.ada), people.visitor(people.ivan)
    page = f"/badges/shows/{place}"

    assert "the level you reached in each criterion" in earner.get("/badges/").text
    assert stranger.get(page).status_code == 404
    assert _choose(people, stranger, page, "pass") == 404
    assert _choose(people, earner, page, "nothing") == 422
    assert _choose(people, earner, page, "pass") == 303
    assert "that every criterion was met, without levels" in earner.get("/badges/").text
    work = _handed_in(engine)
    waiting = earner.get(f"/portfolio/submissions/{work}").text
    assert "show that every criterion was met, without levels and points." in waiting
    assert f'href="{page}"' in waiting

    with sessions(engine).begin() as session:
        award = awards.award(
            session,
            person=session.merge(person),
            credential_version=session.get_one(CredentialVersion, version_id),
            results=[
                awards.Result(part.slug, one.slug, 3, one.levels[2].points)
                for part in session.get_one(CredentialVersion, version_id).parts
                for one in part.criteria
            ],
            now=NOON,
        )
        awards.share(session, award, now=NOON)
        public_id = award.public_id
    mine, theirs = (who.get(f"/badges/{public_id}").text for who in (earner, stranger))
    assert "is-reached" in mine
    assert "You see your levels and points here; others do not." in mine
    assert "is-reached" not in theirs
    assert "Every criterion reached the level that is required." in theirs
    assert "<dt>Points</dt>" not in theirs
    assert "Your badge shows that every criterion was met" in earner.get(page).text
    assert "On the way" not in earner.get("/badges/").text
