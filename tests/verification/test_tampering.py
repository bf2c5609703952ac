"""Whatever is changed in a signed badge, verification notices."""

import base64
import json
import re
from copy import deepcopy
from typing import Any

import pytest

from lti_tool.badges.models import Award
from lti_tool.sealing import proofs
from lti_tool.sealing.canonical import leaves
from lti_tool.verification import checking
from lti_tool.verification.report import Outcome
from tests.badges.workshop import LATER, Workshop, an_award, verdicts
from tests.builders import a_credential_version

MOMENT = re.compile(r"2026-\d\d-\d\dT[\d:.]+Z")


def _changed(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if MOMENT.fullmatch(str(value)):
        return str(value).replace("2026", "2025")
    return f"{value}x"


def _small() -> Award:
    """A badge with every kind of member, and few of each: every one of them is changed."""
    return an_award(a_credential_version(criteria=2, levels=3))


def _with(document: dict[str, Any], path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    changed = deepcopy(document)
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed


@pytest.mark.row("B3-036")
def test_a_change_of_any_signed_value_is_noticed(workshop: Workshop) -> None:
    signed = workshop.signed(_small())
    shelf = workshop.shelf()
    assert checking.check_file(_bytes(signed), shelf, now=LATER).outcome is Outcome.VALID

    believed = [
        path
        for path, value in leaves(signed)
        if checking.check_file(
            _bytes(_with(signed, path, _changed(value))), shelf, now=LATER
        ).outcome
        is Outcome.VALID
    ]

    assert believed == []
    assert len(list(leaves(signed))) > 80


@pytest.mark.row("B3-036")
def test_the_signature_itself_notices_every_change_of_content(workshop: Workshop) -> None:
    """Not only some other check: the proof is what fails, for all but contexts and proof."""
    signed = workshop.signed(_small())
    key = workshop.key.private.public_key()

    believed = []
    for path, value in leaves({name: one for name, one in signed.items() if name != "proof"}):
        if path[0] == "@context":
            continue
        changed = _with(signed, path, _changed(value))
        try:
            proofs.check(changed, changed["proof"][0], key)
        except ValueError:
            continue
        believed.append(path)

    assert believed == []


@pytest.mark.row("B3-036")
def test_taking_anything_away_is_noticed(workshop: Workshop) -> None:
    signed = workshop.signed(_small())
    shelf = workshop.shelf()

    believed = []
    for path, _ in leaves(signed):
        changed = deepcopy(signed)
        place: Any = changed
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]
        report = checking.check_file(_bytes(changed), shelf, now=LATER)
        if report.outcome is Outcome.VALID:
            believed.append(path)

    assert believed == []


@pytest.mark.row("B3-005")
def test_adding_a_member_nobody_defined_is_noticed(workshop: Workshop) -> None:
    signed = workshop.signed()
    signed["credentialSubject"]["grade"] = "A+"

    report = checking.check_file(_bytes(signed), workshop.shelf(), now=LATER)

    assert verdicts(report)["Covered by the proof"] == "failed"
    assert report.outcome is Outcome.NOT_VALID


@pytest.mark.row("B3-044")
def test_a_change_of_any_claim_of_a_jwt_is_noticed(workshop: Workshop) -> None:
    header, payload, signature = workshop.token().split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    key = workshop.jwt_key.private.public_key()
    proofs.check_jwt(f"{header}.{payload}.{signature}", key)

    believed = []
    for path, value in leaves(claims):
        body = json.dumps(_with(claims, path, _changed(value))).encode()
        changed = base64.urlsafe_b64encode(body).rstrip(b"=").decode()
        try:
            proofs.check_jwt(f"{header}.{changed}.{signature}", key)
        except proofs.ProofWrong:
            continue
        believed.append(path)

    assert believed == []


def test_the_proof_of_one_badge_does_not_fit_another(workshop: Workshop) -> None:
    one, other = workshop.signed(), workshop.signed()
    one["proof"] = other["proof"]

    report = checking.check_file(_bytes(one), workshop.shelf(), now=LATER)

    assert report.outcome is Outcome.NOT_VALID


def _bytes(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()
