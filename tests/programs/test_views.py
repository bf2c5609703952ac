"""The public catalogue."""

import re
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from lti_tool.badges.models import Issuer
from lti_tool.programs.interchange import write
from lti_tool.programs.packages import parse, read
from lti_tool.programs.publishing import import_package
from lti_tool.programs.shipped import shipped_packages
from tests.counting import Counted
from tests.programs.samples import a_document
from tests.programs.shipped import DUPAGE

GOAL = "Keep a journal that others can learn from."


def publish(session: Session, document: dict[str, Any], now: datetime) -> None:
    """Publish a document and commit it."""
    import_package(session, parse(write(document)), now=now)
    session.commit()


def a_fuller_document(credentials: int = 1) -> dict[str, Any]:
    """The example with the four texts of a program's page, a stack and more credentials."""
    document = a_document(
        origin="source",
        cairn_wrote=["process"],
        explained="It is *this*.",
        logistics="Thirty hours.",
        process="First look, then write.",
        registration="Ask your office.",
        partners=[
            {"slug": "o", "name": "The Office", "kind": "regional-office", "roles": ["host"]}
        ],
        team={"modes": ["team"], "required": True, "members": {"min": 4, "max": 10}},
    )
    document["credentials"][0]["origin"] = "cairn"
    for number in range(credentials):
        document["credentials"].append(
            {"slug": f"later-{number}", "status": "outline", "title": f"Later {number}"}
        )
    members = [credential["slug"] for credential in document["credentials"]]
    document["stacks"] = [{"slug": "ponds", "title": "Ponds", "rule": "all-of", "members": members}]
    return document


def text_of(client: FlaskClient, address: str) -> str:
    """A page that must be there, on one line."""
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def test_an_empty_house_says_so(client: FlaskClient) -> None:
    assert "No program is published here yet." in text_of(client, "/programs/")


def test_the_badges_that_can_be_earned_are_seen_and_lead_to_what_they_say(
    client: FlaskClient, session: Session, noon: datetime
) -> None:
    publish(session, a_fuller_document(), noon)
    session.add(
        Issuer(slug="main", is_default=True, name="Us", email="us@example.org", created_at=noon)
    )
    session.commit()

    for address in ("/programs/field-studies", "/programs/field-studies/journal"):
        found = re.search(
            r'class="badge-of" href="([^"]+)"><img src="([^"]+)"', client.get(address).text
        )
        assert found is not None, address
        assert client.get(found[1]).status_code == 200
        assert client.get(found[2]).mimetype == "image/svg+xml"


@pytest.mark.row("S1-22")
def test_anybody_reads_what_can_be_earned(
    client: FlaskClient, session: Session, noon: datetime
) -> None:
    publish(session, a_fuller_document(), noon)

    page = text_of(client, "/programs/")

    assert '<a href="/programs/field-studies">Field Studies</a>' in page
    assert "2 micro-credentials" in page
    assert "Demonstration package" in page
    assert '<a href="/programs/field-studies/journal">Keeping a field journal</a>' in page
    assert "In preparation" in page


@pytest.mark.row("S1-22")
def test_a_search_that_finds_nothing_says_how_to_go_on(
    client: FlaskClient, session: Session, noon: datetime
) -> None:
    publish(session, a_fuller_document() | {"topics": ["ponds", "streams"]}, noon)

    found = text_of(client, "/programs/?topic=streams")
    nothing = text_of(client, "/programs/?topic=streams&grade=K-5")

    assert "1 of 1 programs fits." in found
    assert '<option value="streams" selected>Streams</option>' in found
    assert "No program fits all of that." in nothing
    assert "Field Studies" not in nothing


@pytest.mark.row("S3-42")
@pytest.mark.row("S1-22")
def test_a_program_explains_itself(client: FlaskClient, session: Session, noon: datetime) -> None:
    publish(session, a_fuller_document(), noon)

    page = text_of(client, "/programs/field-studies")

    for heading in (
        "What it is",
        "When, where and with whom",
        "How it goes",
        "How you get in",
        "Whom to ask",
    ):
        assert f"<h2>{heading}" in page
    assert "It is <em>this</em>." in page
    assert "Program office" in page
    assert "A team has 4 to 10 members." in page
    assert "<dt>Hosted by</dt><dd>The Office</dd>" in page
    assert "Badges earned with it come from a demonstration issuer" in page


def test_our_wording_is_marked_and_the_program_s_is_not(
    client: FlaskClient, session: Session, noon: datetime
) -> None:
    publish(session, a_fuller_document(), noon)

    program = text_of(client, "/programs/field-studies")
    credential = text_of(client, "/programs/field-studies/journal")

    mark = '<span class="from-cairn">worded by Cairn</span>'
    assert f"<h2>How it goes {mark}</h2>" in program
    assert "<h2>When, where and with whom</h2>" in program
    assert "Worded by Cairn and not stated by the program: the title, the goal," in credential


@pytest.mark.row("S3-22")
def test_goal_requirements_and_rubric_are_there_before_anything_is_begun(
    client: FlaskClient, session: Session, noon: datetime
) -> None:
    publish(session, a_fuller_document(), noon)

    page = text_of(client, "/programs/field-studies/journal")

    assert GOAL in page
    assert "A journal of at least five visits to one place." in page
    assert "<li>Pages</li>" in page
    assert "10 to 12 hours" in page
    assert "Both run together." in page
    assert "Both can be told apart on every page." in page
    assert "Met from here" not in page
    assert "To begin, open the link in your course." in page


@pytest.mark.row("S1-11")
@pytest.mark.row("S1-12")
@pytest.mark.row("S3-10")
@pytest.mark.row("S4-14")
def test_the_pages_name_makers_funders_steps_and_where_an_example_is_found(
    client: FlaskClient, session: Session, noon: datetime
) -> None:
    document = a_fuller_document() | {
        "creators": [{"name": "The Office"}, {"name": "A university"}, {"name": "A coalition"}],
        "funding": [{"title": "Professional development grant"}],
        "cycle": {
            "title": "School improvement",
            "steps": [{"slug": "look", "title": "Look"}, {"slug": "act", "title": "Act"}],
        },
    }
    journal = document["credentials"][0]
    journal["resources"][0] |= {"kind": "example", "location": "Lakeside School, Evanston"}
    publish(session, document, noon)

    program = text_of(client, "/programs/field-studies")
    credential = text_of(client, "/programs/field-studies/journal")

    assert "<dt>Created by</dt><dd>The Office, A university and A coalition</dd>" in program
    assert "<dt>Funded by</dt><dd>Professional development grant</dd>" in program
    assert program.index("<strong>Look</strong>") < program.index("<strong>Act</strong>")
    assert "An example to look at, Lakeside School, Evanston" in credential
    assert "Designed by The Office, A university and A coalition." in credential


def test_what_is_in_preparation_cannot_be_begun(
    client: FlaskClient, session: Session, noon: datetime
) -> None:
    publish(session, a_fuller_document(), noon)

    page = text_of(client, "/programs/field-studies/later-0")

    assert "In preparation: this micro-credential cannot be begun yet." in page
    assert "To begin" not in page


@pytest.mark.parametrize(
    "address", ["/programs/pottery", "/programs/pottery/journal", "/programs/field-studies/clay"]
)
def test_what_is_not_there_is_a_page_that_says_so(
    client: FlaskClient, session: Session, noon: datetime, address: str
) -> None:
    publish(session, a_document(), noon)

    answer = client.get(address)

    assert answer.status_code == 404
    assert "There is no" in answer.text


def test_every_shipped_page_renders(client: FlaskClient, session: Session, noon: datetime) -> None:
    for folder in shipped_packages():
        import_package(session, read(folder), now=noon)
    session.commit()

    for folder in shipped_packages():
        package = read(folder)
        text_of(client, f"/programs/{package.slug}")
        for credential in package.document["credentials"]:
            text_of(client, f"/programs/{package.slug}/{credential['slug']}")
    assert "Evaluate" in text_of(client, f"/programs/{DUPAGE}")


def test_the_number_of_queries_does_not_grow(
    client: FlaskClient, session: Session, noon: datetime
) -> None:
    addresses = ["/programs/", "/programs/field-studies", "/programs/field-studies/journal"]
    counts = []
    for version, size in ((1, 1), (2, 8)):
        publish(session, a_fuller_document(size) | {"version": version}, noon)
        for address in addresses:
            with Counted(client.application.extensions["cairn"].engine) as asked:
                text_of(client, address)
            counts.append(len(asked))

    assert counts[:3] == counts[3:]
    assert counts[:3] == [2, 4, 10]
