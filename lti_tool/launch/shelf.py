"""What can be placed in a course: programs, credentials, and parts of them, with their points."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.errors import NotFound
from lti_tool.programs import catalogue
from lti_tool.programs.models import (
    Credential,
    CredentialVersion,
    Criterion,
    Level,
    Part,
    ProgramVersion,
)


@dataclass(frozen=True)
class Stage:
    """One part of a credential that is submitted part by part."""

    slug: str
    title: str
    points: Decimal


@dataclass(frozen=True)
class Choice:
    """One credential on the shelf. Only what can be begun lies there."""

    program: str
    slug: str
    title: str
    goal: str
    public_id: str
    number: int
    """Of the version that is current."""
    points: Decimal
    """What its rubrics bring together; 0 where they give no points."""
    stages: tuple[Stage, ...]
    """Its parts where it is submitted part by part; empty where it is one."""

    @property
    def links(self) -> int:
        """How many links it makes as a part of its whole program."""
        return len(self.stages) or 1


@dataclass(frozen=True)
class Board:
    """One program on the shelf."""

    slug: str
    title: str
    summary: str
    choices: tuple[Choice, ...]
    in_preparation: int
    """How many more credentials are listed and cannot be begun yet."""

    @property
    def links(self) -> int:
        """How many links the whole program makes, one for each thing that is submitted."""
        return sum(choice.links for choice in self.choices)


@dataclass(frozen=True)
class Placement:
    """One link to be placed: what it opens, and what its column would be."""

    program: str
    title: str
    text: str
    credential: str = ""
    part: str = ""
    column_id: str = ""
    """The resource id of its column; empty for a link to a program, which has none of its own."""
    review_id: str = ""
    points: Decimal = Decimal(0)
    number: int = 0

    @property
    def custom(self) -> dict[str, str]:
        """The custom parameters that bring it back."""
        named = {"program": self.program, "credential": self.credential, "part": self.part}
        return {name: slug for name, slug in named.items() if slug}

    @property
    def key(self) -> str:
        """What it is called in the picker's form."""
        kind = "part" if self.part else "credential" if self.credential else "program"
        return f"{kind}:{'/'.join(self.custom.values())}"


def shelf(session: Session) -> tuple[Board, ...]:
    """Everything that can be placed, program by program; four queries however much there is."""
    offers = catalogue.offers(session)
    versions = _versions(session)
    stages = _stages(session)
    boards = []
    for offer in offers:
        choices = []
        for one in offer.credentials:
            if not one.can_begin:
                continue
            public_id, number, version_id = versions[one.credential_id]
            parts = stages.get(version_id, ())
            choices.append(
                Choice(
                    program=offer.slug,
                    slug=one.slug,
                    title=one_line(one.title),
                    goal=one_line(one.goal),
                    public_id=public_id,
                    number=number,
                    points=sum((part.points for part in parts), Decimal(0)),
                    stages=tuple(parts) if len(parts) > 1 else (),
                )
            )
        boards.append(
            Board(
                slug=offer.slug,
                title=one_line(offer.title),
                summary=one_line(str(offer.document.get("summary", ""))),
                choices=tuple(choices),
                in_preparation=len(offer.credentials) - len(choices),
            )
        )
    return tuple(boards)


def placed(boards: Iterable[Board], picks: Iterable[str]) -> list[Placement]:
    """The links that the picks of a form stand for, each once, in the order of the shelf.

    A pick is `all:<program>` for everything of a program, `program:<program>` for one link to it,
    `credential:<program>/<credential>`, or `part:<program>/<credential>/<part>`.

    Raises:
        NotFound: a pick names something that is not on the shelf.
    """
    left = set(picks)
    found = []
    for board in boards:
        takes_all = f"all:{board.slug}" in left
        left.discard(f"all:{board.slug}")
        # `all` stands for one link to each thing that is submitted.
        wanted = {one.key for choice in board.choices for one in _pieces(choice) if takes_all}
        for placement in everything_of(board):
            if placement.key in left | wanted:
                found.append(placement)
                left.discard(placement.key)
    if left:
        raise NotFound(f"“{min(left)}” is no longer offered. Open the picker again.")
    return found


def everything_of(board: Board) -> Iterable[Placement]:
    """Every single link that a program can be placed as."""
    yield Placement(program=board.slug, title=board.title, text=board.summary)
    for choice in board.choices:
        yield whole_of(choice)
        yield from _stages_of(choice)


def whole_of(choice: Choice) -> Placement:
    """One link to a credential."""
    return Placement(
        program=choice.program,
        credential=choice.slug,
        title=choice.title,
        text=choice.goal,
        column_id=choice.public_id,
        review_id=choice.public_id,
        points=choice.points,
        number=choice.number,
    )


def _pieces(choice: Choice) -> list[Placement]:
    """One link for each thing that is submitted of a credential."""
    return _stages_of(choice) or [whole_of(choice)]


def _stages_of(choice: Choice) -> list[Placement]:
    return [
        Placement(
            program=choice.program,
            credential=choice.slug,
            part=stage.slug,
            title=f"{choice.title}: {stage.title}",
            text=choice.goal,
            column_id=f"{choice.public_id}/{stage.slug}",
            review_id=choice.public_id,
            points=stage.points,
            number=choice.number,
        )
        for stage in choice.stages
    ]


def one_line(text: str) -> str:
    """A text without line breaks: Moodle keeps custom parameters and texts as lines."""
    return " ".join(text.split())


def _versions(session: Session) -> Mapping[int, tuple[str, int, int]]:
    """By credential: public id, number of the current version, and that version's id."""
    rows = session.execute(
        select(Credential.id, Credential.public_id, ProgramVersion.number, CredentialVersion.id)
        .join(CredentialVersion, CredentialVersion.credential_id == Credential.id)
        .join(CredentialVersion.program_version)
        .order_by(ProgramVersion.number)  # the newest is written last, and stays
    )
    return {credential: (public_id, number, own) for credential, public_id, number, own in rows}


def _stages(session: Session) -> Mapping[int, list[Stage]]:
    """By credential version: its parts with the points that their rubrics can bring."""
    highest = (
        select(Criterion.part_id, func.max(Level.points).label("points"))
        .join(Level, Level.criterion_id == Criterion.id)
        .group_by(Criterion.id, Criterion.part_id)
        .subquery()
    )
    points = func.coalesce(func.sum(highest.c.points), 0)
    rows = session.execute(
        select(Part.credential_version_id, Part.slug, Part.title, points)
        .outerjoin(highest, highest.c.part_id == Part.id)
        .group_by(Part.id, Part.credential_version_id, Part.slug, Part.title, Part.position)
        .order_by(Part.credential_version_id, Part.position)
    )
    found: dict[int, list[Stage]] = {}
    for version_id, slug, title, value in rows:
        found.setdefault(version_id, []).append(Stage(slug, one_line(title), Decimal(value)))
    return found
