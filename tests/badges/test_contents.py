"""What stands in a badge beside levels: alignments, who assessed, hours, credit; any language."""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pyld import jsonld
from sqlalchemy.orm import Session

from lti_tool.badges import artwork, open_badges_2, open_badges_3
from lti_tool.badges.addresses import Addresses
from lti_tool.badges.models import Award, Rendering
from lti_tool.badges.wording import narrative
from lti_tool.credit.models import HoursEntry, HoursSource
from lti_tool.programs.models import CredentialVersion
from lti_tool.sealing import baking, canonical, contexts
from lti_tool.sealing.members import CannotBeSigned, require_signable
from lti_tool.verification import checking
from lti_tool.verification.report import Outcome
from tests.badges.conftest import Awarding
from tests.badges.workshop import BASE, LATER, Workshop, an_award
from tests.builders import a_credential_version
from tests.cast import ada

ADDRESSES = Addresses(BASE)
HANDBOOK = {"slug": "handbook", "title": "A handbook", "url": "https://handbook.example.org/"}


def _subject(award: Award) -> dict[str, Any]:
    subject: dict[str, Any] = open_badges_3.credential(award, ADDRESSES)["credentialSubject"]
    return subject


def a_version(**document: Any) -> CredentialVersion:
    """A small credential whose package also says this."""
    version = a_credential_version()
    version.program_version.document |= document
    return version


@pytest.mark.row("S1-10")
@pytest.mark.row("S2-10")
def test_a_criterion_carries_the_section_it_answers_to() -> None:
    version = a_version(frameworks=[HANDBOOK, {"slug": "talk", "title": "A talk nobody wrote up"}])
    part = version.parts[0]
    criteria = [
        {"slug": one.slug, "alignments": [{"framework": "handbook", "title": f"On {one.title}"}]}
        for one in part.criteria[:2]
    ]
    criteria[0]["levels"] = [{}, {"alignments": [{"framework": "handbook", "title": "Step 2"}]}]
    version.program_version.document["credentials"] = [
        {
            "slug": version.credential.slug,
            "parts": [{"slug": part.slug, "rubric": {"criteria": criteria}}],
        }
    ]
    version.details = {
        "alignments": [
            {"framework": "handbook", "title": "Chapter 2", "code": "2.1"},
            {"framework": "talk", "title": "Its last minute"},
        ]
    }

    achieved = _subject(an_award(version))["achievement"]

    first, second, third, *_ = achieved["resultDescription"]
    assert first["alignment"] == [
        {
            "type": ["Alignment"],
            "targetName": f"On {part.criteria[0].title}",
            "targetUrl": "https://handbook.example.org/",
            "targetFramework": "A handbook",
        }
    ]
    assert second["alignment"][0]["targetName"] == f"On {part.criteria[1].title}"
    assert "alignment" not in third
    levels = first["rubricCriterionLevel"]
    assert [[at["targetName"] for at in one.get("alignment", ())] for one in levels[:3]] == [
        [],
        ["Step 2"],
        [],
    ]
    # A place without any address cannot be an alignment, so all places stand in words as well.
    assert [one["targetName"] for one in achieved["alignment"]] == ["Chapter 2"]
    told = (
        "**Answers to:** \n- A handbook, 2.1, Chapter 2\n- A talk nobody wrote up, Its last minute"
    )
    assert told in achieved["criteria"]["narrative"]


@pytest.mark.row("B3-020")
def test_who_assessed_is_the_source(awarded: Awarding, addresses: Addresses) -> None:
    partner = {"slug": "p", "name": "Prairie Assessors", "kind": "vendor", "roles": ["assessor"]}

    award = awarded(a_version(partners=[partner]))

    source = open_badges_3.credential(award, addresses)["credentialSubject"]["source"]
    assert source["type"] == ["Profile"]
    assert source["name"] == "Prairie Assessors"
    assert source["id"].startswith(addresses.award(award))
    assert (
        "**Assessed by** Prairie Assessors."
        in (open_badges_2.assertion(award, addresses)["narrative"])
    )
    assert "source" not in _subject(an_award())


@pytest.mark.row("S1-13")
def test_who_designed_it_is_not_who_issues_it() -> None:
    version = a_version(creators=[{"name": "A panel of teachers"}, {"name": "A university"}])

    credential = open_badges_3.credential(an_award(version), ADDRESSES)
    creator = credential["credentialSubject"]["achievement"]["creator"]

    assert creator["name"] == "A panel of teachers and A university"
    assert creator["id"] != credential["issuer"]["id"]
    assert creator["name"] not in json.dumps(credential["issuer"])


def test_hours_and_credit_stand_in_it_where_the_program_grants_them(
    session: Session, awarded: Awarding, addresses: Addresses, noon: datetime
) -> None:
    kinds = [{"slug": "field", "title": "In the field", "minimum": 2, "recorded_by": "participant"}]
    academy = {"slug": "a", "title": "Academy credit", "kind": "other", "unit": "credit"}
    version = a_version(
        hours={"gate": True, "min": 2, "categories": kinds},
        credit={"choose": "all", "options": [academy | {"amount": 1.5}]},
    )
    person = ada()
    session.add_all([version, person])
    session.flush()
    entry = HoursEntry(
        person_id=person.id,
        credential_id=version.credential_id,
        category="field",
        hours=Decimal("2.5"),
        done_on=date(2026, 11, 3),
        words="By the pond",
        source=HoursSource.SELF,
        recorded_by_id=person.id,
        recorded_at=noon,
    )
    session.add(entry)

    award = awarded(version, person)
    credential = open_badges_3.credential(award, addresses)
    told = open_badges_2.assertion(award, addresses)["narrative"]

    subject = credential["credentialSubject"]
    assert subject["creditsEarned"] == subject["achievement"]["creditsAvailable"] == 1.5
    described = subject["achievement"]["resultDescription"][-1]
    assert (described["resultType"], described["requiredValue"]) == ("ext:Hours", "2")
    assert subject["result"][-1]["resultDescription"] == described["id"]
    assert subject["result"][-1]["value"] == "2.5"
    assert subject["narrative"] in told
    assert "**Counts as:** 2.5 hours; Academy credit: 1.5 credits" in told
    assert "By the pond" not in json.dumps([credential, told])
    require_signable(credential)
    # The only numbers that are signed as numbers: two libraries write them alike.
    whole = jsonld.normalize(
        contexts.inlined(credential), {"algorithm": "URDNA2015", "format": "application/n-quads"}
    )
    assert canonical.canonical(credential) == whole


def test_numbers_are_signed_nowhere_else() -> None:
    credential = open_badges_3.credential(an_award(), ADDRESSES)
    credential["credentialSubject"]["result"][0]["value"] = 3
    credential["credentialSubject"]["creditsEarned"] = 1e21

    with pytest.raises(CannotBeSigned, match=r"written as text.*not a number that can be signed"):
        require_signable(credential)


def test_the_program_says_how_long_it_takes_and_what_it_may_count_as() -> None:
    unit = {"slug": "u", "title": "Units", "kind": "cpdu", "amount": 30, "unit": "unit"}
    version = a_version(credit={"choose": "one", "options": [unit]})
    version.hours_min, version.hours_max = Decimal(20), Decimal("30.0")

    told = narrative(version)

    assert "**Time:** about 20 to 30 hours." in told
    assert "**May count as:** Units: 30 units" in told
    assert "creditsAvailable" not in _subject(an_award(version))["achievement"]


MANY_TONGUES = (
    "Diseño y evaluación: ¿qué aprendió el niño?",
    "Wachsen \U0001f331 und \U0001f469\U0001f3fd\u200d\U0001f3eb lehren",
    "تقييم القراءة — קריאה",
    '見る力 ]]> <b> & "quoted" \u2028 end',
)


@pytest.mark.parametrize("words", MANY_TONGUES)
def test_every_language_survives_every_format(workshop: Workshop, words: str) -> None:
    version = a_credential_version(title="Small", criteria=1)
    version.title = words
    version.competency = f"Competency: {words}"
    version.parts[0].criteria[0].levels[2].descriptor = words
    award = an_award(version)
    award.assessed_by = words

    one_line = " ".join(words.split())
    for rendering in Rendering:
        text = workshop.render(award, rendering).decode("utf-8")
        form = baking.OPEN_BADGES_2 if rendering is Rendering.OB2_JWS else baking.OPEN_BADGES_3
        drawn = artwork.artwork_of_award(award)
        png = baking.bake_png(artwork.png(drawn), text, form)
        svg = baking.bake_svg(artwork.svg(drawn), text, form).encode()
        for carried in (png, svg):
            assert baking.extract(carried).text == text
        report = checking.check_file(text.encode(), workshop.shelf(), now=LATER)
        if rendering is not Rendering.OB2_JWS:
            assert report.outcome is Outcome.VALID, report.sentence
    hosted = open_badges_2.assertion(award, ADDRESSES)
    read = open_badges_3.credential(award, ADDRESSES)
    assert f"Competency: {one_line}" in hosted["narrative"]
    assert words in read["name"]
    assert read["credentialSubject"]["source"]["name"] == one_line
