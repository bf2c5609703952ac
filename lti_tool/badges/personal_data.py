"""Awards of a person, given out and erased (T-135)."""

import json
import secrets
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from lti_tool.badges import documents, stack_badges, status_list
from lti_tool.badges.awards import SALT_BYTES
from lti_tool.badges.models import (
    Award,
    AwardState,
    Badge,
    DisclosureChoice,
    Endorsement,
    Rendering,
    SignedDocument,
    StackBadge,
)
from lti_tool.people.models import Person
from lti_tool.people.personal_data import Holding, Plan, count, when

REASON = "The person it was awarded to had their data erased."


def export_of(session: Session, person: Person) -> Mapping[str, Any]:
    """Every award, with what was signed for it: the very badge, to be kept."""
    awards = session.scalars(
        select(Badge)
        .where(Badge.person_id == person.id, Badge.erased_at.is_(None))
        .options(joinedload(Award.credential_version), joinedload(Badge.issuer))
        .order_by(Badge.id)
    )
    choices = session.scalars(
        select(DisclosureChoice)
        .where(DisclosureChoice.person_id == person.id)
        .order_by(DisclosureChoice.id)
    )
    return {
        "awards": [_award(session, award) for award in awards],
        "what coming badges are to show": [
            {"shows": one.disclosure.value, "chosen": when(one.chosen_at)} for one in choices
        ],
    }


def _award(session: Session, award: Badge) -> dict[str, Any]:
    signed = documents.kept(session, award)
    told: dict[str, Any] = {
        "credential": stack_badges.title_of(award),
        "rests on": award.parts if isinstance(award, StackBadge) else [],
        "issuer": award.issuer.name,
        "awarded": when(award.issued_at),
        "to": award.recipient_name,
        "identity": award.recipient_identity,
        "levels reached": award.results,
        "what the badge shows of them": award.disclosure.value,
        "assessed by": award.assessed_by,
        "hours": None if award.hours is None else str(award.hours),
        "credit": award.credits,
        "state": award.state.value,
        "public since": when(award.shared_at),
        "to be found by search engines": award.is_findable,
        "revoked": when(award.revoked_at),
        "why revoked": award.revocation_reason,
    }
    told["what others said of it"] = [
        {"by": one.issuer.name, "said": one.comment, "on": when(one.endorsed_at)}
        for one in session.scalars(select(Endorsement).where(Endorsement.award_id == award.id))
    ]
    if Rendering.OB3_JSON in signed:
        told["Open Badges 3.0"] = json.loads(signed[Rendering.OB3_JSON])
    if Rendering.OB3_JWT in signed:
        told["Open Badges 3.0 as a token"] = signed[Rendering.OB3_JWT].decode("ascii")
    return told


def holdings(session: Session, person: Person, plan: Plan) -> list[Holding]:
    """What `erase` takes and what it leaves."""
    mine = (Badge.person_id == person.id, Badge.erased_at.is_(None))
    shared = count(session, Badge.id, *mine, Badge.shared_at.is_not(None))
    private = count(session, Badge.id, *mine, Badge.shared_at.is_(None))
    chosen = Holding(
        "choices of what a badge shows",
        count(session, DisclosureChoice.id, DisclosureChoice.person_id == person.id),
    )
    said = count(session, Endorsement.id, Endorsement.award_id.in_(_ids(person)))
    if plan.keep_badges:
        words = "They asked to keep it: name, address and proof stay as they were signed."
        praise = Holding("words of partners about a badge", said, "They stay with the badge.")
        return [Holding("badges", shared + private, words), praise, chosen]
    figures = "Revoked. Which credential it was and when stays, without saying whose it was;"
    return [
        Holding("badges that are public", shared, f"{figures} its addresses answer 410 Gone."),
        Holding("badges that are private", private, f"{figures} its addresses answer 404."),
        Holding(
            "signed badge files",
            count(session, SignedDocument.id, SignedDocument.award_id.in_(_ids(person))),
        ),
        Holding("words of partners about a badge", said),
        chosen,
    ]


def erase(session: Session, person: Person, plan: Plan) -> None:
    """Revoke awards and take the recipient out of them; with `keep_badges` leave them alone.

    The grade in the LMS is not taken back, as it would be where an award was wrong.
    """
    session.execute(delete(DisclosureChoice).where(DisclosureChoice.person_id == person.id))
    if plan.keep_badges:
        return
    session.execute(delete(SignedDocument).where(SignedDocument.award_id.in_(_ids(person))))
    for award in session.scalars(select(Badge).where(Badge.person_id == person.id)):
        if award.state is not AwardState.REVOKED:
            award.state = AwardState.REVOKED
            award.revoked_at = plan.now
            status_list.revoke_place(session, award.status_list, award.status_index, now=plan.now)
        # Whose it was could be told from the badge that replaced it.
        award.revocation_reason, award.replaced_by_id = REASON, None
        award.recipient_name = ""
        award.recipient_identity = uuid.uuid4().urn
        award.recipient_type = "identifier"
        award.assessed_by, award.hours, award.credits = "", None, []
        award.is_findable = False
        if isinstance(award, StackBadge):
            award.parts = []
        award.recipient_salt = secrets.token_urlsafe(SALT_BYTES)
        award.erased_at = award.erased_at or plan.now
    _take_back_what_was_said(session, person, plan)


def _take_back_what_was_said(session: Session, person: Person, plan: Plan) -> None:
    """Empty the endorsements of awards that are erased: they speak of the person."""
    about = Endorsement.award_id.in_(_ids(person))
    for one in session.scalars(select(Endorsement).where(about)):
        if one.withdrawn_at is None:
            one.withdrawn_at = plan.now
            status_list.revoke_place(session, one.status_list, one.status_index, now=plan.now)
        one.withdrawal_reason = REASON  # whoever withdrew it may have given a name
        one.comment, one.content = "", b""


def _ids(person: Person) -> Any:
    return select(Badge.id).where(Badge.person_id == person.id)
