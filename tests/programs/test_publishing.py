"""Packages become frozen versions, and versions become packages again."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.database import Base, connect
from lti_tool.errors import NotFound
from lti_tool.people.models import AuditEvent
from lti_tool.programs.catalogue import current_credential_version, find_credential
from lti_tool.programs.interchange import one_form, write
from lti_tool.programs.models import Credential, CredentialVersion, ProgramVersion
from lti_tool.programs.packages import parse, read
from lti_tool.programs.publishing import VersionFrozen, export, import_package
from lti_tool.programs.shipped import shipped_packages
from tests.builders import NOON
from tests.programs.samples import a_document, a_package


def test_a_package_becomes_rows(session: Session, noon: datetime) -> None:
    version = import_package(session, a_package(), now=noon)
    session.commit()

    (credential,) = version.credentials
    assert (version.number, version.title, version.published_at) == (1, "Field Studies", noon)
    assert (credential.title, credential.hours_min, credential.hours_max) == (
        "Keeping a field journal",
        Decimal(10),
        Decimal(12),
    )
    assert credential.can_begin
    assert [scale["slug"] for scale in credential.details["scales"]] == ["use"]
    (part,) = credential.parts
    (criterion,) = part.criteria
    assert [
        (level.number, level.name, level.points, level.is_met) for level in criterion.levels
    ] == [
        (1, "Beginning", Decimal(1), False),
        (2, "Proficient", Decimal(2), True),
    ]
    (requirement,) = part.requirements
    assert (requirement.kinds, requirement.minimum, requirement.maximum) == (["file", "text"], 1, 5)
    assert requirement.criteria == ["apart"]
    assert [item.slug for item in credential.items] == ["apart"]
    assert credential.resources[0].recommend == [{"item": "apart", "at_most": 2}]


def test_artifacts_of_an_optional_task_may_be_left_out(session: Session, noon: datetime) -> None:
    document = a_document()
    phase = document["credentials"][0]["parts"][0]["phases"][0]
    phase["tasks"].append(
        {
            "slug": "tell",
            "title": "Tell others",
            "prompt": "Show a page.",
            "optional": True,
            "artifacts": [{"slug": "talk", "title": "Talk", "kinds": ["link"]}],
        }
    )

    version = import_package(session, parse(write(document)), now=noon)

    requirements = version.credentials[0].parts[0].requirements
    assert [requirement.minimum for requirement in requirements] == [1, 0]


def test_the_same_package_twice_is_one_version(session: Session, noon: datetime) -> None:
    first = import_package(session, a_package(), now=noon)
    session.commit()

    again = import_package(session, a_package(), now=noon + timedelta(days=1))

    assert again is first
    assert session.scalar(select(func.count(ProgramVersion.id))) == 1
    assert [event.subject for event in session.scalars(select(AuditEvent))] == ["field-studies v1"]


@pytest.mark.row("S3-05")
def test_a_published_version_never_changes(session: Session, noon: datetime) -> None:
    import_package(session, a_package(), now=noon)

    with pytest.raises(VersionFrozen, match=r"Set `version: 2` in the package\."):
        import_package(session, a_package(title="Fields"), now=noon)

    assert session.scalars(select(ProgramVersion.title)).all() == ["Field Studies"]


def test_a_number_below_the_newest_is_refused(session: Session, noon: datetime) -> None:
    import_package(session, a_package(version=5), now=noon)

    with pytest.raises(VersionFrozen, match=r"version 5 already is.*`version: 6`"):
        import_package(session, a_package(version=4), now=noon)


@pytest.mark.row("S3-05")
def test_a_new_version_becomes_current_and_the_old_one_stays(
    session: Session, noon: datetime
) -> None:
    begun = import_package(session, a_package(), now=noon).credentials[0]
    document = a_document(version=2)
    document["credentials"][0]["goal"] = "Keep a better journal."

    import_package(session, parse(write(document)), now=noon)
    session.commit()
    session.expire_all()

    credential = find_credential(session, "journal")
    current = current_credential_version(session, credential)
    assert (current.number, current.goal) == (2, "Keep a better journal.")
    assert (begun.number, begun.goal) == (1, "Keep a journal that others can learn from.")
    assert begun.credential is current.credential
    assert session.scalar(select(func.count(Credential.id))) == 1


def test_a_credential_that_was_dropped_is_no_longer_offered(
    session: Session, noon: datetime
) -> None:
    import_package(session, a_package(), now=noon)
    other = {"slug": "survey", "status": "outline", "title": "Pond survey"}
    import_package(session, a_package(version=2, credentials=[other]), now=noon)

    with pytest.raises(NotFound, match="no longer offered"):
        current_credential_version(session, find_credential(session, "journal"))
    assert session.scalar(select(func.count(CredentialVersion.id))) == 2


@pytest.mark.parametrize("folder", shipped_packages(), ids=lambda folder: folder.name)
def test_a_shipped_package_survives_the_way_through_the_database(
    folder: Path, session: Session, noon: datetime
) -> None:
    package = read(folder)
    import_package(session, package, now=noon)
    session.commit()
    session.expire_all()

    back = parse(export(session, package.slug))

    assert back.digest == package.digest
    assert import_package(session, back, now=noon).number == package.version


def test_what_is_not_there_cannot_be_exported(session: Session) -> None:
    with pytest.raises(NotFound):
        export(session, "pottery")


texts = (
    st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn", "Co"), exclude_characters="@"))
    .map(one_form)
    .filter(lambda text: 0 < len(text) <= 200)
)
SEEN = ("wind, reeds", "frogs, eggs", "ducks, nests", "ice, tracks", "mud, roots", "bees, buds")
"""What each level describes, so that neighbours can be told apart."""
points = (
    st.lists(st.decimals(0, 100, places=2).map(float), min_size=2, max_size=6)
    .map(sorted)
    .filter(lambda row: row[-1] > 0)
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Packages without faults, with whatever words and numbers people may write."""
    document = a_document(title=draw(texts), summary=draw(texts), version=draw(st.integers(1, 999)))
    if draw(st.booleans()):
        document["explained"] = "\n\n".join(draw(st.lists(texts, min_size=1, max_size=4)))
    credential = document["credentials"][0]
    credential["goal"] = draw(texts)
    credential["hours"] = {"min": draw(st.integers(1, 50)), "max": draw(st.integers(50, 105))}
    worth = draw(points)
    criterion = credential["parts"][0]["rubric"]["criteria"][0]
    criterion["levels"] = [
        {
            "name": draw(texts)[:80].strip() or "A",
            "descriptor": f"{draw(texts)} {seen}",
            "points": value,
        }
        for value, seen in zip(worth, SEEN, strict=False)
    ]
    criterion["required_level"] = draw(st.integers(1, len(worth)))
    return document


@settings(max_examples=40, deadline=None)
@given(documents())
def test_any_package_survives_the_way_through_an_empty_database(document: dict[str, Any]) -> None:
    package = parse(write(document))
    engine = connect("sqlite://")
    Base.metadata.create_all(engine)

    with Session(engine) as session:
        import_package(session, package, now=NOON)
        session.commit()
        session.expire_all()
        exported = export(session, package.slug)
    engine.dispose()

    assert parse(exported).digest == package.digest
