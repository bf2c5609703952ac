"""What stands around badges in an exported site, and what never gets there."""

import json
from pathlib import Path

import pytest

from lti_tool.badges import awards, chores, corrections, endorsements, issuing
from lti_tool.badges.models import Award, Endorsement, Issuer
from lti_tool.database import sessions
from lti_tool.jobs import JobContext
from lti_tool.programs.models import CredentialVersion
from lti_tool.sharing import links
from lti_tool.sharing.models import Face
from tests.holdings.cabinet import a_held_badge
from tests.static_site.conftest import Ending
from tests.static_site.test_export import dead_links, everything
from tests.test_house import OPEN_TO_ANYBODY

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

WORDS = "Our schools hire for exactly this. مبروك 🎉"

LEFT_OUT = {
    "sharing.by_link": "for one reader, and it ends by a clock",
    "sharing.file_by_link": "the same",
    "sharing.picture_by_link": "the same",
    "sharing.work_by_link": "the same",
    "wallets.metadata": "nobody can let a program in any more",
}
"""Open addresses of badges that no file answers, and why."""


@pytest.mark.row("B2-054", "B3-050")
def test_each_issuer_and_what_it_says_of_others_is_there(ending: Ending, tmp_path: Path) -> None:
    ada, pia = ending.award("Ada Ferris"), ending.award("Pia Vance", is_shared=False)
    ending.keyring.prepare("university", ending.now)
    with sessions(ending.engine).begin() as session:
        profile = issuing.Profile("The university", "uni@example.org", parent_name="The State")
        university = issuing.make(session, "university", profile, actor=None, now=ending.now)
        office = session.query(Issuer).filter_by(slug="demonstration").one()
        of_all = session.query(CredentialVersion).one()
        of_ada, of_pia = (session.query(Award).filter_by(public_id=one).one() for one in (ada, pia))

        def say(about: CredentialVersion | Award, words: str) -> Endorsement:
            by = {"issuer": office, "by": university}
            return endorsements.endorse(
                session, about, **by, comment=words, actor=None, now=ending.now
            )

        said = [say(of_all, WORDS), say(of_ada, "Of Ada."), say(of_pia, "Of Pia.")]
        said.append(say(of_all, "Not so."))
        session.flush()
        ids, public = [one.id for one in said], [one.public_id for one in said]
    context = JobContext(ending.settings, ending.engine, ending.keyring)
    for one in ids:
        chores.sign_endorsement(context, one)
    with sessions(ending.engine).begin() as session:
        found = session.get_one(Endorsement, ids[3])
        endorsements.withdraw(session, found, reason="A mistake.", actor=None, now=ending.now)

    done = ending.export(tmp_path / "site")
    assert done.exit_code == 0, repr(done.exception)

    site = everything(tmp_path / "site")
    page = site["issuers/university.html"].decode()
    for words in ("The university", "The State", "did:web:", WORDS, "Of Ada."):
        assert words in page, words
    assert '<a href="/issuers/university">' in site["index.html"].decode()
    assert json.loads(site["issuers/university/did.json"])["assertionMethod"]
    assert json.loads(site["badges/v2/issuers/university.json"])["name"] == "The university"
    badge = site[f"badges/{ada}.html"].decode()
    assert WORDS in badge
    assert "Of Ada." in badge
    (achievement,) = (one for one in site if "/achievements/" in one and one.endswith(".html"))
    assert WORDS in site[achievement].decode()
    for number in (0, 1, 3):
        assert json.loads(site[f"badges/endorsements/{public[number]}.json"])["proof"]
    assert f"badges/v2/endorsements/{public[3]}.gone" in site
    told = b"".join(body for path, body in site.items() if not path.endswith(".png"))
    for words in ("Of Pia.", public[2], pia, "Pia Vance"):
        assert words.encode() not in told, words
    assert "Not so." not in page + badge + site[achievement].decode()
    assert [link for path in site for link in dead_links(path, site)] == []


@pytest.mark.row("B3-050")
def test_badges_from_elsewhere_links_and_what_search_engines_may_not_see_stay_out(
    ending: Ending, tmp_path: Path
) -> None:
    ada, gene = ending.award("Ada Ferris"), ending.award("Gene Holt")
    with sessions(ending.engine).begin() as session:
        of_ada, of_gene = (
            session.query(Award).filter_by(public_id=one).one() for one in (ada, gene)
        )
        of_ada.is_findable = True
        held = a_held_badge(of_ada.person_id, title="Tidal work", content=b'{"held": "elsewhere"}')
        session.add(held)
        made = links.make(
            session,
            of_gene,
            face=Face.EMPLOYER.value,
            for_whom="The school",
            days="30",
            now=ending.now,
        )
        token, held_id = made.token, held.public_id

    done = ending.export(tmp_path / "site")
    assert done.exit_code == 0, repr(done.exception)

    site = everything(tmp_path / "site")
    told = b"".join(body for path, body in site.items() if not path.endswith(".png"))
    for words in (token, "The school", "Tidal work", 'elsewhere"}', held_id, "River Office"):
        assert words.encode() not in told, words
    assert b"noindex" not in site[f"badges/{ada}.html"]
    assert b"noindex" in site[f"badges/{gene}.html"]


def test_a_corrected_badge_leads_to_the_one_that_stands_in_its_place_once_that_is_shared(
    ending: Ending, tmp_path: Path
) -> None:
    ada = ending.award("Ada Feris")
    with sessions(ending.engine).begin() as session:
        old = session.query(Award).filter_by(public_id=ada).one()
        fresh = corrections.correct(
            session, old, reason="Her name.", actor=None, now=ending.now, name="Ada Ferris"
        )
        fresh_id = fresh.public_id
    chores.sweep(JobContext(ending.settings, ending.engine, ending.keyring))

    ending.export(tmp_path / "site")
    before = everything(tmp_path / "site")
    with sessions(ending.engine).begin() as session:
        fresh = session.query(Award).filter_by(public_id=fresh_id).one()
        awards.share(session, fresh, now=ending.now)
    ending.export(tmp_path / "site")
    after = everything(tmp_path / "site")

    page = f"badges/{ada}.html"
    assert "Replaced" in before[page].decode()
    assert fresh_id.encode() not in before[page]
    assert {path for path in before if fresh_id in path} == set()
    assert f"/badges/{fresh_id}" in after[page].decode()
    assert f"badges/v2/assertions/{ada}.gone" in after


@pytest.mark.row("B3-050")
def test_a_part_that_was_taken_back_shows_on_the_page_of_its_stack(
    ending: Ending, tmp_path: Path
) -> None:
    ada = ending.award("Ada Ferris")
    stack = ending.stack(ada)
    ending.export(tmp_path / "site")
    before = (tmp_path / "site" / f"badges/{stack}.html").read_text()

    ending.revoke(ada)
    ending.export(tmp_path / "site")

    after = (tmp_path / "site" / f"badges/{stack}.html").read_text()
    assert "Taken back since" not in before
    assert "Taken back since" in after


def test_every_open_address_of_badges_is_in_the_site_or_left_out_for_a_reason(
    ending: Ending, tmp_path: Path
) -> None:
    ada = ending.award("Ada Ferris")
    ending.stack(ada)
    ending.export(tmp_path / "site")
    stranger = ending.app.url_map.bind("localhost", url_scheme="http")
    answered = set()
    for path in everything(tmp_path / "site"):
        for address in (path, path.removesuffix(".html"), path.removesuffix(".json")):
            if stranger.test(f"/{address}", "GET"):
                answered.add(stranger.match(f"/{address}", "GET")[0])

    asked = {
        rule.endpoint
        for rule in ending.app.url_map.iter_rules()
        if rule.endpoint in OPEN_TO_ANYBODY
        and "GET" in (rule.methods or ())
        and rule.rule.startswith(("/badges", "/issuers", "/.well-known", "/verify"))
    }
    # None of these has an endorsement or a mark; other tests do.
    asked -= {"badges.endorsement", "badges.endorsement_2", "marks.picture"}
    assert asked - answered - set(LEFT_OUT) == set()
