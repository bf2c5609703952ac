"""Rows: issuers, awards, what was signed for them, and the status lists that can revoke them."""

import enum
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    Numeric,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.database import Base, LongText, opaque_id, word
from lti_tool.people.models import Person
from lti_tool.programs.models import CredentialVersion, Program, ProgramVersion


class AwardState(enum.StrEnum):
    """Whether an award still holds."""

    CURRENT = "current"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    """Replaced by a corrected badge; it is over."""
    BESIDE = "beside"
    """Genuine, and kept beside the one that counts: its earner got it twice, in two accounts."""


OVER = (AwardState.REVOKED, AwardState.SUPERSEDED)
"""States in which an award is no longer true."""


class Rendering(enum.StrEnum):
    """A signed form of an award."""

    OB3_JSON = "ob3-json"
    """Open Badges 3.0 with a Data Integrity proof (`eddsa-rdfc-2022`)."""
    OB3_JWT = "ob3-jwt"
    """Open Badges 3.0 as VC-JWT (ES256)."""
    OB2_JWS = "ob2-jws"
    """Open Badges 2.0 as JWS (RS256)."""


KEPT = (Rendering.OB3_JSON, Rendering.OB3_JWT)
"""The renderings that are signed once and kept. Open Badges 2.0 is signed when it is asked for:
RS256 is slow beside the other two, few ask for it, and it gives the same bytes each time."""


class Disclosure(enum.StrEnum):
    """What a badge says of how its earner did, beyond that they earned it."""

    LEVELS = "levels"
    """The level reached in each criterion, and the points in total."""
    MET = "pass"
    """That every criterion was met."""
    NOTHING = "nothing"
    """That it was earned, and no result at all."""


class Issuer(Base):
    """Who awards: an office, a university, or the demonstration issuer of sample packages."""

    __tablename__ = "issuer"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    slug: Mapped[str] = mapped_column(unique=True)
    is_default: Mapped[bool] = mapped_column(default=False)
    """The installation's own issuer, whose did document is `/.well-known/did.json`."""
    name: Mapped[str]
    email: Mapped[str]
    url: Mapped[str] = mapped_column(LongText, default="")
    """The installation's own address when empty."""
    description: Mapped[str] = mapped_column(LongText, default="")
    parent_name: Mapped[str] = mapped_column(default="")
    """The organisation it is part of; empty where it stands by itself."""
    parent_url: Mapped[str] = mapped_column(LongText, default="")
    mark: Mapped[str] = mapped_column(LongText, default="", repr=False)
    """Its mark as a `data:` address, drawn into its badges; empty where it has given none."""
    is_demonstration: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    own_keys_since: Mapped[datetime | None] = mapped_column(default=None)
    """Until then it signed with the installation's keys, as all issuers once did; `None` for one
    from that time until the next start."""

    @property
    def key_holder(self) -> str:
        """Whose keys sign its badges: its own, or the installation's for the default issuer."""
        return "" if self.is_default else self.slug


class Issuing(Base):
    """That a partner named in a program's package is one of our issuers."""

    __tablename__ = "issuing"
    __table_args__ = (UniqueConstraint("program_id", "partner"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuer.id"), init=False, index=True)
    issuer: Mapped[Issuer] = relationship(repr=False)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"), init=False)
    program: Mapped[Program] = relationship(repr=False)
    partner: Mapped[str]
    """The partner's slug in the package, which gives it the role `issuer`."""
    appointed_at: Mapped[datetime]


class AwardKind(enum.StrEnum):
    """What was awarded."""

    CREDENTIAL = "credential"
    STACK = "stack"


class Badge(Base):
    """Whatever was awarded to a person. Every format is a rendering of this one row.

    It is an `Award` of a credential or a `StackBadge`; both live the same life, from the signature
    to the place in a status list, so both stand in one table.
    """

    __tablename__ = "award"
    __table_args__ = (
        # What stands on revocation lists, without looking at all that holds.
        Index(
            "ix_award_over",
            "issuer_id",
            sqlite_where=text("state IN ('revoked', 'superseded')"),
            postgresql_where=text("state IN ('revoked', 'superseded')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    # Not the dataclass's default: each class below says by itself which kind it is.
    kind: Mapped[AwardKind] = mapped_column(
        word(AwardKind), init=False, insert_default=AwardKind.CREDENTIAL
    )
    public_id: Mapped[str] = mapped_column(unique=True, default_factory=opaque_id)
    """Stands in `/badges/<public_id>`."""
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), init=False, index=True)
    person: Mapped[Person] = relationship(repr=False)
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuer.id"), init=False)
    issuer: Mapped[Issuer] = relationship(repr=False)
    issued_at: Mapped[datetime]
    recipient_name: Mapped[str]
    recipient_salt: Mapped[str]
    """Random per award, so that equal addresses cannot be told to be equal."""
    recipient_identity: Mapped[str]
    """What is hashed: the e-mail address, or `urn:` + a random id where none is known."""
    recipient_type: Mapped[str] = mapped_column(default="emailAddress")
    results: Mapped[list[Any]]
    """Per criterion `{"part", "criterion", "level", "points"}`: slugs, number, points as text."""
    status_list_id: Mapped[int] = mapped_column(ForeignKey("status_list.id"), init=False)
    status_list: Mapped["StatusList"] = relationship(repr=False)
    status_index: Mapped[int]
    disclosure: Mapped[Disclosure] = mapped_column(word(Disclosure), default=Disclosure.LEVELS)
    """What every rendering says of the results; it never changes, since signatures cover it."""
    assessed_by: Mapped[str] = mapped_column(LongText, default="")
    """The organisation that assessed on behalf of the issuer; empty where it was the issuer."""
    hours: Mapped[Decimal | None] = mapped_column(Numeric(7, 2), default=None)
    """Hours that counted when it was awarded; `None` where the program keeps none."""
    credits: Mapped[list[Any]] = mapped_column(default_factory=list)
    """The credit it brought when it was awarded, each `{"title", "amount", "unit"}`."""

    state: Mapped[AwardState] = mapped_column(word(AwardState), default=AwardState.CURRENT)
    shared_at: Mapped[datetime | None] = mapped_column(default=None)
    """When the earner made it public; `None` while it is private."""
    is_findable: Mapped[bool] = mapped_column(default=False)
    """Whether its earner wants search engines to list its page while it is public."""
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)
    revocation_reason: Mapped[str] = mapped_column(LongText, default="")
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("award.id"), default=None)
    """The corrected award that stands in place of a superseded one."""
    endorsed_at: Mapped[datetime | None] = mapped_column(default=None)
    """When an endorsement of this very award was last given or withdrawn."""
    signed_again_at: Mapped[datetime | None] = mapped_column(default=None)
    """When it was signed anew because a key was compromised; files from before are not valid."""
    erased_at: Mapped[datetime | None] = mapped_column(default=None)
    """When the recipient was taken out of it; it is revoked, and nothing shows it (T-135)."""

    __mapper_args__ = MappingProxyType({"polymorphic_on": "kind", "with_polymorphic": "*"})


class Award(Badge):
    """That a person earned a credential."""

    credential_id: Mapped[int] = mapped_column(
        ForeignKey("credential.id"), index=True, nullable=True
    )
    credential_version_id: Mapped[int] = mapped_column(
        ForeignKey("credential_version.id"), init=False, nullable=True
    )
    credential_version: Mapped[CredentialVersion] = relationship(repr=False)

    __mapper_args__ = MappingProxyType({"polymorphic_identity": AwardKind.CREDENTIAL})


Index(
    "uq_award_current",
    Award.person_id,
    Award.credential_id,
    unique=True,
    sqlite_where=text("state = 'current'"),
    postgresql_where=text("state = 'current'"),
)


# Who awarded a version first, and everybody who holds it.
Index("ix_award_version", Award.credential_version_id)


class StackBadge(Badge):
    """That a person was awarded a stack: its badge. The decision itself is the room `stacks`'."""

    program_version_id: Mapped[int] = mapped_column(
        ForeignKey("program_version.id"), init=False, nullable=True
    )
    program_version: Mapped[ProgramVersion] = relationship(repr=False)
    """The version whose rule was met (S3-05)."""
    stack: Mapped[str] = mapped_column(nullable=True)
    """Slug of the stack in that version."""
    decision: Mapped[str] = mapped_column(nullable=True)
    """Public id of the decision, which is the badge's own unless it was corrected since."""
    parts: Mapped[list[Any]] = mapped_column(nullable=True)
    """What it rested on when it was awarded: `{"badge", "title"}` with the public id of a badge of
    ours, or `{"address", "title", "by"}` for one from elsewhere."""

    __mapper_args__ = MappingProxyType({"polymorphic_identity": AwardKind.STACK})


# The badge of a decision.
Index(
    "ix_award_decision",
    StackBadge.decision,
    sqlite_where=text("decision IS NOT NULL"),
    postgresql_where=text("decision IS NOT NULL"),
)


class DisclosureChoice(Base):
    """What somebody wants a badge they have not earned yet to show."""

    __tablename__ = "disclosure_choice"
    __table_args__ = (UniqueConstraint("person_id", "credential_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    credential_id: Mapped[int] = mapped_column(ForeignKey("credential.id"), index=True)
    disclosure: Mapped[Disclosure] = mapped_column(word(Disclosure))
    chosen_at: Mapped[datetime]


class SignedBeginning(Base):
    """What many signed documents begin with, kept once: issuer and achievement, nobody's name."""

    __tablename__ = "signed_beginning"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    digest: Mapped[str] = mapped_column(unique=True)
    """SHA-256 of the content, in hexadecimal."""
    content: Mapped[bytes] = mapped_column(LargeBinary, repr=False)


class SignedDocument(Base):
    """The bytes that were signed for an award, once and for all."""

    __tablename__ = "signed_document"
    __table_args__ = (UniqueConstraint("award_id", "rendering"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    award_id: Mapped[int] = mapped_column(ForeignKey("award.id"), init=False)
    award: Mapped[Badge] = relationship(repr=False)
    rendering: Mapped[Rendering] = mapped_column(word(Rendering))
    beginning_id: Mapped[int | None] = mapped_column(ForeignKey("signed_beginning.id"), init=False)
    beginning: Mapped[SignedBeginning | None] = relationship(repr=False, default=None)
    """`None` where all of it stands in `rest`."""
    rest: Mapped[bytes] = mapped_column("content", LargeBinary, repr=False)
    """What follows the beginning."""
    signed_at: Mapped[datetime]

    @property
    def content(self) -> bytes:
        """The signed bytes, as they are given out."""
        return (self.beginning.content if self.beginning else b"") + self.rest


class Endorsement(Base):
    """What one of our issuers says in its own name of exactly one thing that is another's.

    That is an achievement, a stack that can be earned, one badge, or an issuer.
    """

    __tablename__ = "endorsement"
    __table_args__ = (
        CheckConstraint(
            " + ".join(
                f"(CASE WHEN {column} IS NULL THEN 0 ELSE 1 END)"
                for column in (
                    "credential_version_id",
                    "program_version_id",
                    "award_id",
                    "about_issuer_id",
                )
            )
            + " = 1",
            name="one_thing_is_endorsed",
        ),
        CheckConstraint(
            "(program_version_id IS NULL) = (stack IS NULL)", name="a_stack_of_a_program"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    public_id: Mapped[str] = mapped_column(unique=True, default_factory=opaque_id)
    """Stands in `/badges/endorsements/<public_id>`."""
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuer.id"), init=False, index=True)
    issuer: Mapped[Issuer] = relationship(repr=False, foreign_keys=[issuer_id])
    credential_version_id: Mapped[int | None] = mapped_column(
        ForeignKey("credential_version.id"), init=False, index=True
    )
    credential_version: Mapped[CredentialVersion | None] = relationship(default=None, repr=False)
    program_version_id: Mapped[int | None] = mapped_column(
        ForeignKey("program_version.id"), init=False, index=True
    )
    program_version: Mapped[ProgramVersion | None] = relationship(default=None, repr=False)
    stack: Mapped[str | None] = mapped_column(default=None)
    """Slug of the stack in that version."""
    award_id: Mapped[int | None] = mapped_column(ForeignKey("award.id"), init=False, index=True)
    award: Mapped[Badge | None] = relationship(default=None, repr=False)
    about_issuer_id: Mapped[int | None] = mapped_column(
        ForeignKey("issuer.id"), init=False, index=True
    )
    about_issuer: Mapped[Issuer | None] = relationship(
        default=None, repr=False, foreign_keys=[about_issuer_id]
    )
    comment: Mapped[str] = mapped_column(LongText)
    endorsed_at: Mapped[datetime]
    status_list_id: Mapped[int] = mapped_column(ForeignKey("status_list.id"), init=False)
    status_list: Mapped["StatusList"] = relationship(repr=False)
    status_index: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, default=b"", repr=False)
    """The signed bytes; empty until the background has signed it."""
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)
    withdrawal_reason: Mapped[str] = mapped_column(LongText, default="")


class StatusList(Base):
    """A Bitstring status list of one issuer: 131,072 places given out at random."""

    __tablename__ = "status_list"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    issuer_id: Mapped[int] = mapped_column(ForeignKey("issuer.id"), init=False)
    issuer: Mapped[Issuer] = relationship(repr=False)
    number: Mapped[int] = mapped_column(unique=True)
    """Stands in `/badges/status/<number>`."""
    length: Mapped[int] = mapped_column(default=131_072)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    """When a place was last revoked; the list credential is valid from then on."""


class StatusPlace(Base):
    """A place of a status list that was given out; a constraint keeps it from being given twice."""

    __tablename__ = "status_place"
    __table_args__ = (
        UniqueConstraint("status_list_id", "place"),
        Index(
            "ix_status_place_revoked",
            "status_list_id",
            "place",
            sqlite_where=text("is_revoked = 1"),
            postgresql_where=text("is_revoked"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    status_list_id: Mapped[int] = mapped_column(ForeignKey("status_list.id"))
    place: Mapped[int]
    is_revoked: Mapped[bool] = mapped_column(default=False)
