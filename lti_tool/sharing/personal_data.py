"""Links somebody made and the work they chose to show, given out and erased (T-135)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from lti_tool.badges.models import Badge
from lti_tool.people.models import Person
from lti_tool.people.personal_data import Holding, Plan, count, when
from lti_tool.sharing.models import EvidenceChoice, ShareLink


def export_of(session: Session, person: Person) -> Mapping[str, Any]:
    """Every link with for whom it was and how often it was opened, and every choice."""
    links = session.scalars(
        select(ShareLink)
        .where(ShareLink.award_id.in_(_ids(person)))
        .options(joinedload(ShareLink.award))
        .order_by(ShareLink.id)
    )
    choices = session.scalars(
        select(EvidenceChoice)
        .where(EvidenceChoice.award_id.in_(_ids(person)))
        .options(joinedload(EvidenceChoice.award), joinedload(EvidenceChoice.artifact))
        .order_by(EvidenceChoice.id)
    )
    return {
        "links": [
            {
                "badge": one.award.public_id,
                "for": one.note,
                "shows": one.face.value,
                "address": f"/badges/for/{one.token}",
                "made": when(one.made_at),
                "works until": when(one.expires_at),
                "taken back": when(one.withdrawn_at),
                "opened": one.views,
                "last opened": when(one.viewed_at),
            }
            for one in links
        ],
        "work shown behind links": [
            {
                "badge": one.award.public_id,
                "work": one.artifact.title,
                "to": one.face.value,
                "chosen": when(one.chosen_at),
            }
            for one in choices
        ],
    }


def holdings(session: Session, person: Person, _plan: Plan) -> list[Holding]:
    """What `erase` takes; links go even where the badges are kept, since the work behind goes."""
    return [
        Holding("links to badges", count(session, ShareLink.id, _of(ShareLink, person))),
        Holding(
            "choices of work to show",
            count(session, EvidenceChoice.id, _of(EvidenceChoice, person)),
        ),
    ]


def erase(session: Session, person: Person, _plan: Plan) -> None:
    """Take every link and choice away."""
    for kind in (ShareLink, EvidenceChoice):
        session.execute(delete(kind).where(_of(kind, person)))


def _of(kind: type[ShareLink] | type[EvidenceChoice], person: Person) -> Any:
    return kind.award_id.in_(_ids(person))


def _ids(person: Person) -> Any:
    return select(Badge.id).where(Badge.person_id == person.id)
