"""A supervisor hears of an award only if the learner asks, and from the learner (S4-17)."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from lti_tool.cohorts.models import SupervisorWish
from lti_tool.errors import Refused
from lti_tool.people.audit import note
from lti_tool.people.models import Person
from lti_tool.programs.models import Credential

NAME_LONGEST = 120


class WishRefused(Refused):
    """A name or address that cannot be right; says which."""

    status = 422


@dataclass(frozen=True)
class Letter:
    """What a supervisor is told, ready to be handed over or sent."""

    subject: str
    body: str
    email: str

    @property
    def mailto(self) -> str:
        """A link that opens the learner's own mail program with the letter in it."""
        to = quote(self.email, safe="@")
        return f"mailto:{to}?subject={quote(self.subject)}&body={quote(self.body)}"


def ask(
    session: Session,
    person: Person,
    credential: Credential,
    *,
    name: str,
    email: str = "",
    now: datetime,
) -> SupervisorWish:
    """Wish that a supervisor hears of the award; asking again changes name and address.

    Raises:
        WishRefused: no name, or an address that is none.
    """
    name, email = " ".join(name.split()), email.strip()
    if not name or len(name) > NAME_LONGEST:
        raise WishRefused("Who should hear of it? Write the name.")
    # One address and nothing that a mail program would read as another field.
    if email and (email.count("@") != 1 or any(sign in email for sign in " ,;?&<>\"'\r\n")):
        raise WishRefused("This does not look like an e-mail address. You may leave it empty.")
    wish = wish_of(session, person, credential)
    if wish is None:
        wish = SupervisorWish(person=person, credential=credential, name=name, asked_at=now)
        session.add(wish)
        note(session, "cohorts.ask-to-tell", credential.public_id, actor=person, now=now)
    wish.name, wish.email, wish.told_at = name, email[:255], None
    session.flush()
    return wish


def take_back(session: Session, wish: SupervisorWish) -> None:
    """Nobody is to be told any more; nothing of it remains."""
    session.delete(wish)


def wish_of(session: Session, person: Person, credential: Credential) -> SupervisorWish | None:
    """What somebody wished for one credential."""
    return session.scalars(
        select(SupervisorWish).where(
            SupervisorWish.person_id == person.id,
            SupervisorWish.credential_id == credential.id,
        )
    ).one_or_none()


def wishes_of(session: Session, person: Person) -> list[SupervisorWish]:
    """All somebody wished, oldest first."""
    return list(
        session.scalars(
            select(SupervisorWish)
            .where(SupervisorWish.person_id == person.id)
            .options(joinedload(SupervisorWish.credential).joinedload(Credential.program))
            .order_by(SupervisorWish.id)
        )
    )


def earned(
    session: Session, *, person_id: int, credential_id: int, award_public_id: str, now: datetime
) -> None:
    """An award was made: a letter that was wished for is ready now. Nothing is sent."""
    wish = session.scalars(
        select(SupervisorWish).where(
            SupervisorWish.person_id == person_id, SupervisorWish.credential_id == credential_id
        )
    ).one_or_none()
    if wish is not None:
        wish.award_public_id, wish.earned_at = award_public_id, now


def reissued(session: Session, award_public_id: str, to: str) -> None:
    """A badge was replaced by a corrected one: the letter leads to the one that holds."""
    session.execute(
        update(SupervisorWish)
        .where(SupervisorWish.award_public_id == award_public_id)
        .values(award_public_id=to)
    )


def letter(wish: SupervisorWish, *, title: str, program: str, address: str) -> Letter:
    """The letter, once the award is there.

    Args:
        wish: whom to tell.
        title: the credential's.
        program: the program's title.
        address: of the badge's page; it opens once the earner shares the badge.
    """
    day = (
        f"{wish.earned_at:%B} {wish.earned_at.day}, {wish.earned_at.year}" if wish.earned_at else ""
    )
    body = (
        f"Dear {wish.name},\n\n"
        f"on {day} I earned “{title}”, a micro-credential of the program “{program}”. My work was "
        "judged against its rubric, criterion by criterion, and every one was met.\n\n"
        f"You can see what it stands for, and verify it, here:\n{address}\n\n"
        f"{wish.person.name}\n"
    )
    return Letter(f"I earned “{title}”", body, wish.email)


def was_told(session: Session, wish: SupervisorWish, *, now: datetime) -> None:
    """The learner has told them: the supervisor's name and address are no longer needed."""
    wish.told_at, wish.name, wish.email = now, "", ""
    note(session, "cohorts.told", wish.credential.public_id, actor=wish.person, now=now)
