"""Organisations: make them known, say what belongs to them, find out where people come from."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import ColumnElement, CompoundSelect, Select, exists, func, or_, select, union
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from lti_tool.cohorts.models import Affiliation, Belonging, Organisation, OrganisationKind
from lti_tool.errors import NotFound, Refused
from lti_tool.launch.models import PlatformUser, Registration
from lti_tool.people.audit import note
from lti_tool.people.models import Course, Membership, Person
from lti_tool.people.roles import Role
from lti_tool.programs.models import ProgramVersion

NAME_LONGEST = 200
REGISTER_NUMBER_LONGEST = 60


class NameNeeded(Refused):
    """An organisation without a name, or with one that is there already."""

    status = 422


class RegistrationRefused(Refused):
    """A registration that does not say where, or whose words are too long."""

    status = 422


class OwnParent(Refused):
    """An organisation cannot lie within itself."""

    status = 422


def everything(session: Session) -> list[Organisation]:
    """All organisations by name, with their parents."""
    return list(
        session.scalars(
            select(Organisation)
            .options(joinedload(Organisation.parent))
            .order_by(func.lower(Organisation.name), Organisation.id)
        )
    )


def find(session: Session, public_id: str) -> Organisation:
    """The organisation of a public id.

    Raises:
        NotFound: there is none.
    """
    found = session.scalars(
        select(Organisation).where(Organisation.public_id == public_id)
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such organization here.")
    return found


def make(
    session: Session,
    name: str,
    kind: OrganisationKind,
    *,
    parent: Organisation | None = None,
    actor: Person | None,
    now: datetime,
) -> Organisation:
    """Make an organisation known.

    Raises:
        NameNeeded: no name, one that is too long, or the same one at the same place again.
    """
    name = " ".join(name.split())
    if not name:
        raise NameNeeded("Give the organization its name.")
    if len(name) > NAME_LONGEST:
        raise NameNeeded(f"Please keep the name below {NAME_LONGEST} characters.")
    if _named(session, name, kind, parent) is not None:
        raise NameNeeded(f"“{name}” is here already.")
    made = Organisation(name=name, kind=kind, parent=parent, created_at=now)
    session.add(made)
    session.flush()
    note(session, "cohorts.make-organisation", made.public_id, actor=actor, now=now, name=name)
    return made


def move(
    session: Session,
    organisation: Organisation,
    parent: Organisation | None,
    *,
    actor: Person | None,
    now: datetime,
) -> None:
    """Say within which other organisation this one lies.

    Raises:
        OwnParent: it would lie within itself, or within one of its own.
        NameNeeded: one of the same name and kind lies there already.
    """
    # All rows are held, in one order: of two who move at once, the second sees what the first did.
    within = {
        row.id: row.parent_id
        for row in session.execute(
            select(Organisation.id, Organisation.parent_id)
            .order_by(Organisation.id)
            .with_for_update()
        )
    }
    above = parent.id if parent else None
    while above is not None:
        if above == organisation.id:
            raise OwnParent(f"“{organisation.name}” cannot lie within itself.")
        above = within[above]
    same = _named(session, organisation.name, organisation.kind, parent)
    if same is not None and same is not organisation:
        raise NameNeeded(f"“{organisation.name}” is there already.")
    organisation.parent = parent
    note(
        session,
        "cohorts.move-organisation",
        organisation.public_id,
        actor=actor,
        now=now,
        within=parent.public_id if parent else None,
    )


def register(
    session: Session,
    organisation: Organisation,
    *,
    name: str,
    number: str,
    until: date | None,
    actor: Person | None,
    now: datetime,
) -> None:
    """Keep an organisation's registration as a provider; with nothing given it is forgotten.

    Cohorts of programs whose package says that providers register are warned by it (S7-09).

    Raises:
        RegistrationRefused: a number or a last day without the register's name, or too long.
    """
    name, number = " ".join(name.split()), " ".join(number.split())
    if not name and (number or until):
        raise RegistrationRefused("Say in which register it stands.")
    if len(name) > NAME_LONGEST or len(number) > REGISTER_NUMBER_LONGEST:
        raise RegistrationRefused(
            f"Please keep the register below {NAME_LONGEST} characters"
            f" and the number below {REGISTER_NUMBER_LONGEST}."
        )
    organisation.register_name = name or None
    organisation.register_number = number or None
    organisation.registered_until = until
    note(
        session,
        "cohorts.register-organisation",
        organisation.public_id,
        actor=actor,
        now=now,
        register=name,
        number=number,
        until=until.isoformat() if until else None,
    )


def _named(
    session: Session, name: str, kind: OrganisationKind, parent: Organisation | None
) -> Organisation | None:
    here = (
        Organisation.parent_id.is_(None) if parent is None else Organisation.parent_id == parent.id
    )
    return session.scalars(
        select(Organisation)
        .where(func.lower(Organisation.name) == name.lower(), Organisation.kind == kind, here)
        .limit(1)
    ).first()


def of_partners(session: Session, version: ProgramVersion, *, now: datetime) -> list[Organisation]:
    """The organisations that are partners of a program, made known where they are not yet.

    A partner that stands for several ("six regional offices") is no organisation: those are named
    one by one (S2-08).
    """
    found: dict[str, Organisation] = {}
    partners = [one for one in version.document.get("partners", ()) if "count" not in one]
    for partner in partners:
        kind = OrganisationKind(partner["kind"])
        found[partner["slug"]] = session.scalars(
            select(Organisation).where(
                func.lower(Organisation.name) == partner["name"].lower(), Organisation.kind == kind
            )
        ).first() or make(session, partner["name"], kind, actor=None, now=now)
    for partner in partners:
        within = found.get(partner.get("parent", ""))
        if within is not None and found[partner["slug"]].parent is None:
            found[partner["slug"]].parent = within
    return list(found.values())


def give_platform(
    session: Session,
    registration: Registration,
    organisation: Organisation,
    *,
    actor: Person | None,
    now: datetime,
) -> Belonging:
    """Say whose LMS a platform is: whoever comes from it is of that organisation."""
    held = session.scalars(
        select(Belonging).where(Belonging.registration_id == registration.id)
    ).one_or_none()
    if held is None:
        held = Belonging(organisation=organisation, registration=registration, since=now)
        session.add(held)
    return _given(session, held, organisation, f"platform {registration.id}", actor=actor, now=now)


def give_course(
    session: Session,
    course: Course,
    organisation: Organisation,
    *,
    actor: Person | None,
    now: datetime,
) -> Belonging:
    """Say whose course it is, where one LMS serves several organisations."""
    held = session.scalars(select(Belonging).where(Belonging.course_id == course.id)).one_or_none()
    if held is None:
        held = Belonging(organisation=organisation, course=course, since=now)
        session.add(held)
    return _given(session, held, organisation, f"course {course.id}", actor=actor, now=now)


def _given(
    session: Session,
    held: Belonging,
    organisation: Organisation,
    what: str,
    *,
    actor: Person | None,
    now: datetime,
) -> Belonging:
    held.organisation, held.since = organisation, now
    session.flush()
    note(session, "cohorts.give", what, actor=actor, now=now, to=organisation.public_id)
    return held


def affiliate(
    session: Session, person: Person, organisation: Organisation, *, now: datetime
) -> Affiliation:
    """Say that a person is of an organisation; saying it again changes nothing."""
    session.flush()
    held = session.scalars(
        select(Affiliation).where(
            Affiliation.person_id == person.id, Affiliation.organisation_id == organisation.id
        )
    ).one_or_none()
    if held is None:
        held = Affiliation(person=person, organisation=organisation, since=now)
        session.add(held)
        session.flush()
    return held


def names_of(session: Session, people: Collection[int]) -> list[str]:
    """The organisations these people were said to be of, by name, each once."""
    return list(
        session.scalars(
            select(Organisation.name)
            .join(Affiliation, Affiliation.organisation_id == Organisation.id)
            .where(Affiliation.person_id.in_(people))
            .distinct()
            .order_by(Organisation.name)
        )
    )


# That somebody teaches or judges through an LMS does not say who employs them: judges have to come
# from some LMS. So platform and course speak for learners only; of others it is said by hand.
_LEARNS = Membership.role == Role.LEARNER


def homes(person_id: int) -> CompoundSelect[int]:
    """Ids of the organisations a person comes from.

    Said of them by hand or by their team, or, where they learn, by whose course or LMS it is.
    """
    return union(
        select(Affiliation.organisation_id).where(Affiliation.person_id == person_id),
        _of_course().where(Membership.person_id == person_id),
        _of_platform().where(PlatformUser.person_id == person_id),
    )


def comes_from(
    person: ColumnElement[int] | InstrumentedAttribute[int], ids: Collection[int]
) -> ColumnElement[bool]:
    """Whether the person in a column of the query comes from one of these organisations."""
    within = Belonging.organisation_id.in_(ids)
    return or_(
        exists().where(Affiliation.person_id == person, Affiliation.organisation_id.in_(ids)),
        exists(_of_course().where(Membership.person_id == person, within)),
        exists(_of_platform().where(PlatformUser.person_id == person, within)),
    )


def people_from(ids: Collection[int]) -> list[Select[int]]:
    """Ids of the people who come from one of these organisations, by each way of telling so."""
    within = Belonging.organisation_id.in_(ids)
    return [
        select(Affiliation.person_id).where(Affiliation.organisation_id.in_(ids)),
        _of_course().with_only_columns(Membership.person_id).where(within),
        _of_platform().with_only_columns(Membership.person_id).where(within),
    ]


def _of_course() -> Select[int]:
    return (
        select(Belonging.organisation_id)
        .join(Membership, Membership.course_id == Belonging.course_id)
        .where(_LEARNS)
    )


def _of_platform() -> Select[int]:
    return (
        select(Belonging.organisation_id)
        .join(PlatformUser, PlatformUser.registration_id == Belonging.registration_id)
        .join(Membership, Membership.person_id == PlatformUser.person_id)
        .where(_LEARNS)
    )


def of_person(session: Session, person: Person) -> list[Organisation]:
    """The organisations a person comes from, the smallest first: a school before its district."""
    found = session.scalars(
        select(Organisation)
        .where(Organisation.id.in_(homes(person.id)))
        .options(joinedload(Organisation.parent))
        .order_by(Organisation.id)
    ).all()
    size = {OrganisationKind.SCHOOL: 0, OrganisationKind.DISTRICT: 1}
    return sorted(found, key=lambda one: size.get(one.kind, 2))


def counting(session: Session, person: Person, kinds: Collection[str]) -> Organisation | None:
    """The organisation a person counts for where only some kinds count; `None` without one."""
    mine = of_person(session, person)
    return next((one for one in mine if not kinds or one.kind.value in kinds), None)


def own_and_next(session: Session, person_id: int) -> set[int]:
    """Where a person comes from, and what is too near for an outsider (S4-31).

    That is the district of their school, and the schools of their district.
    """
    own = set(session.scalars(homes(person_id)))
    if not own:
        return own
    above = session.scalars(
        select(Organisation.parent_id).where(
            Organisation.id.in_(own),
            Organisation.kind == OrganisationKind.SCHOOL,
            Organisation.parent_id.is_not(None),
        )
    )
    below = session.scalars(
        select(Organisation.id).where(
            Organisation.parent_id.in_(own), Organisation.kind == OrganisationKind.SCHOOL
        )
    )
    return own | {one for one in above if one is not None} | set(below)
