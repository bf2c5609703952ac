"""Judges that are not ours look at a stack's badge and at the record of its parts."""

import json
import re
from typing import Any

import pytest

from lti_tool.badges import awards
from lti_tool.badges.models import Rendering
from lti_tool.sealing import did_documents
from lti_tool.verification import checking
from lti_tool.verification.report import Outcome, Verdict
from lti_tool.verification.sources import World
from tests.badges.judges.outside import Case, NodeJudges, openbadgeslib, pyld
from tests.badges.test_outside_judges import node_judges, tampered_jwt
from tests.badges.workshop import LATER
from tests.stacks.test_stack_badges import Earned, addresses, earned, keyring

__all__ = ["addresses", "earned", "keyring", "node_judges"]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def a_case(earned: Earned, text: str) -> Case:
    """A document, and what our addresses answer now."""
    own = earned.published
    did = own.addresses.did(earned.badge.issuer)
    status = own.addresses.status_list(earned.badge.status_list)
    documents: dict[str, Any] = {
        did_documents.web_address(did): own.did_document(earned.badge.issuer),
        status: json.loads(own.status_credential(earned.badge.status_list.number)),
    }
    return Case(text, did, documents, LATER)


def judged(earned: Earned, judges: NodeJudges, text: str) -> dict[str, str | None]:
    """What each judge says of a document: `None` where it accepts it, else why not."""
    case = a_case(earned, text)
    report = checking.check_file(text.encode(), World(own=earned.published), now=LATER)
    ours = [one.saw for one in report.checks if one.verdict is not Verdict.PASSED]
    said = {
        "@digitalbazaar/vc": judges.ask("@digitalbazaar/vc", case),
        "PyLD": pyld(case),
        "Cairn": None if report.outcome is Outcome.VALID else "; ".join(ours),
    }
    if "ClrCredential" not in json.loads(text)["type"]:
        # It verifies badges only, and takes a record for a badge without an achievement.
        said["openbadgeslib"] = openbadgeslib(case)
    return said


def everybody_refuses(said: dict[str, str | None], words: str, *, blind: str = "") -> None:
    """Each judge refuses, and for this reason; who is blind to it does not look."""
    for judge, why in said.items():
        if judge not in blind:
            assert why is not None, judge
            assert re.search(words, why), (judge, why)


@pytest.mark.row("B3-055", "B3-061")
def test_judges_accept_a_stack_and_its_record_and_see_what_was_altered_or_revoked(
    earned: Earned, node_judges: NodeJudges
) -> None:
    def stack() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            earned.published.signed(earned.badge, Rendering.OB3_JSON)
        )
        return found

    def record() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(earned.record(earned.learner))
        return found

    def look(document: dict[str, Any]) -> dict[str, str | None]:
        return judged(earned, node_judges, json.dumps(document))

    # Given both as they are
    assert set(look(stack()).values()) == {None}
    assert set(look(record()).values()) == {None}

    # When a part of the evidence, an association or a part within is another
    evidence, associations, within = stack(), record(), record()
    evidence["evidence"][0]["name"] = "Something else"
    associations["credentialSubject"]["association"][0]["associationType"] = "isPeerOf"
    part = within["credentialSubject"]["verifiableCredential"][1]
    part["credentialSubject"]["narrative"] = "With distinction."
    for altered in (evidence, associations, within):
        everybody_refuses(look(altered), "[Ss]ignature")

    # When a part is revoked: the old record is no longer valid, the new one is without it
    before = record()
    awards.revoke(earned.session, earned.parts[0], reason="A mix-up.", actor=None, now=LATER)
    said = look(before)
    assert said["Cairn"] is not None
    assert "revoked" in said["Cairn"]
    assert (said["@digitalbazaar/vc"], said["PyLD"]) == (None, None), "they do not look inside"
    assert set(look(record()).values()) == {None}

    # When the stack is
    awards.revoke(earned.session, earned.badge, reason="A mix-up.", actor=None, now=LATER)
    for document in (stack(), before):
        everybody_refuses(look(document), "revo", blind="PyLD")


@pytest.mark.row("B3-044", "B3-055")
def test_judges_accept_a_stack_as_a_token_until_it_is_altered_or_revoked(
    earned: Earned, node_judges: NodeJudges
) -> None:
    def look(text: str) -> dict[str, str | None]:
        case = a_case(earned, text)
        return {"jose": node_judges.ask("jose", case), "openbadgeslib": openbadgeslib(case)}

    token = earned.published.signed(earned.badge, Rendering.OB3_JWT).decode()
    assert set(look(token).values()) == {None}

    everybody_refuses(look(tampered_jwt(token, altered)), "[Ss]ignature")

    awards.revoke(earned.session, earned.badge, reason="A mix-up.", actor=None, now=LATER)
    everybody_refuses(look(token), "revo", blind="jose")


def altered(text: str) -> str:
    """A badge that rests on something else."""
    document = json.loads(text)
    document["evidence"][0]["name"] = "Something else"
    return json.dumps(document)
