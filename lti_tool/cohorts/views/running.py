"""For a program's administrators: its cohorts; gauge, staff, teams and exceptions of one."""

from collections.abc import Callable
from typing import TypeVar

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool.cohorts import (
    doors,
    exceptions,
    forming,
    gauges,
    organisations,
    staffing,
    teams,
    went_on,
)
from lti_tool.cohorts.forming import Facts
from lti_tool.cohorts.models import (
    Cohort,
    CohortStaff,
    Delivery,
    Door,
    Matter,
    RuleException,
    StaffSeat,
    Team,
    TeamKind,
)
from lti_tool.cohorts.rules import cohort_rule, team_rule
from lti_tool.cohorts.seats import administers, effective_staff, staff_of
from lti_tool.cohorts.views.blueprint import (
    KINDS,
    SEATS,
    STATES,
    TEAM_KINDS,
    FieldRefused,
    Page,
    acting,
    bp,
    cohort_to_see,
    day,
    given,
    program_to_run,
    somebody,
    text,
)
from lti_tool.errors import NotFound
from lti_tool.programs.catalogue import current_version
from lti_tool.programs.models import ProgramVersion
from lti_tool.web.permissions import signed_in
from lti_tool.web.session import clock, find, here, reading

DELIVERIES = {
    Delivery.ONLINE: "Online",
    Delivery.IN_PERSON: "In person",
    Delivery.BLENDED: "Blended",
}


@bp.get("/run/<slug>")
@signed_in
def program_cohorts(slug: str) -> Page:
    """The cohorts of a program I administer, and a form for another."""
    with reading() as session:
        return _cohorts(session, slug)


def _cohorts(session: Session, slug: str, fault: str = "") -> str:
    program, version = program_to_run(session, slug)
    return render_template(
        "cohorts/run.html",
        offer=version,
        slug=slug,
        cohorts=forming.all_of(session, program),
        excepted=exceptions.of_people(session, program),
        matters={one.value: exceptions.WORDS[one] for one in exceptions.MATTERS_OF_A_PERSON},
        **_choices(session, version),
        fault=fault,
        given=given(),
    )


def _choices(session: Session, version: ProgramVersion) -> dict[str, object]:
    licence = version.document.get("licence", {})
    return {
        "organisations": organisations.everything(session),
        "deliveries": DELIVERIES,
        "terms": version.document.get("calendar", {}).get("terms", []),
        "number_name": licence.get("offering_number", "Number of the offering"),
        "states": STATES,
        "kinds": KINDS,
    }


def _facts(session: Session) -> Facts:
    provider, delivery = text("provider"), text("delivery")
    if delivery not in {"", *Delivery}:
        raise FieldRefused("Choose how the cohort meets.")
    return Facts(
        title=text("title"),
        provider=organisations.find(session, provider) if provider else None,
        delivery=Delivery(delivery) if delivery else None,
        begins_on=day("begins_on", "First day"),
        ends_on=day("ends_on", "Last day"),
        term=text("term")[:60],
        activity_number=text("activity_number"),
        listed_on=day("listed_on", "Listed on"),
        apply_by=day("apply_by", "Apply until"),
        seats=_seats(),
        is_announced=text("announced") == "yes",
    )


def _seats() -> int | None:
    typed = text("seats")
    if typed and not (typed.isdecimal() and len(typed) < 6):
        raise FieldRefused("Seats: write a whole number, or nothing.")
    return int(typed) if typed else None


@bp.post("/run/<slug>")
@signed_in
def form_cohort(slug: str) -> Page:
    """Begin another cohort."""

    def act(session: Session) -> Response:
        program, version = program_to_run(session, slug)
        organisations.of_partners(session, version, now=clock())
        made = forming.form(session, program, _facts(session), actor=here(), now=clock())
        flash(f"“{made.title}” is forming. Add its teams and staff, then open it.")
        return redirect(url_for(".cohort", public_id=made.public_id), 303)

    return acting(act, lambda session, words: _cohorts(session, slug, words))


@bp.post("/run/<slug>/exceptions")
@signed_in
def except_person(slug: str) -> Page:
    """Except one person from a rule of the program, or end that."""

    def act(session: Session) -> Response:
        program, _ = program_to_run(session, slug)
        if ended := text("end"):
            _end(session, ended)
            flash("Ended. The rule binds again.")
        else:
            person = somebody(session, text("who"))
            exceptions.grant(
                session,
                program,
                _matter(),
                person,
                reason=text("reason"),
                actor=here(),
                now=clock(),
            )
            flash(f"{person.name} is excepted.")
        return redirect(url_for(".program_cohorts", slug=slug, _anchor="exceptions"), 303)

    return acting(act, lambda session, words: _cohorts(session, slug, words))


def _matter() -> Matter:
    try:
        return Matter(text("matter"))
    except ValueError:
        raise FieldRefused("Choose the rule to except from.") from None


def _end(session: Session, typed: str) -> None:
    number = int(typed) if typed.isdecimal() and len(typed) < 10 else 0
    made = find(session, RuleException, id=number)
    exceptions.end(session, made, actor=here(), now=clock())


# ---- one cohort ----------------------------------------------------------------------------------


@bp.get("/<public_id>")
@signed_in
def cohort(public_id: str) -> Page:
    """One cohort: how far it is, who runs it, its teams and people."""
    with reading() as session:
        return _cohort(session, public_id)


def _cohort(session: Session, public_id: str, fault: str = "") -> str:
    cohort = cohort_to_see(session, public_id)
    version = current_version(session, cohort.program)
    now = clock()
    rule, team_says = cohort_rule(version.document), team_rule(version.document)
    excepted = exceptions.teams_excepted(session, cohort.program)
    effective = {one.id for one in effective_staff(session, cohort, now=now)}
    return render_template(
        "cohorts/cohort.html",
        cohort=cohort,
        offer=version,
        slug=cohort.program.slug,
        may_run=administers(session, here(), cohort.program, now=now),
        gauge=gauges.gauge_of(session, cohort, rule, now=now),
        warnings=[
            words
            for words in (
                gauges.listing_warning(cohort, version.document, now=now),
                gauges.provider_warning(cohort, version.document, now=now),
            )
            if words
        ],
        staff=[(one, one.id in effective) for one in staff_of(session, cohort)],
        teams=[
            (team, teams.sized(team, team_says, is_excepted=team.id in excepted))
            for team in teams.all_in(session, cohort)
        ],
        members=forming.members_of(session, cohort),
        doors=doors.doors_of(session, cohort),
        went_on=went_on.in_cohort(session, cohort, version.document),
        excepted=exceptions.all_of(session, cohort.program, cohort),
        matters=exceptions.WORDS,
        rule=rule,
        team_rule=team_says,
        team_kinds={kind: TEAM_KINDS[kind] for kind in team_says.kinds},
        seats=SEATS,
        partners={one["slug"]: one["name"] for one in version.document.get("partners", ())},
        **_choices(session, version),
        fault=fault,
        given=given(),
    )


def _done(public_id: str, anchor: str | None = None) -> Response:
    return redirect(url_for(".cohort", public_id=public_id, _anchor=anchor), 303)


def _on_cohort(public_id: str, act: Callable[[Session, Cohort], str], anchor: str = "") -> Page:
    """Carry something out on a cohort and come back to its page, which says what happened."""

    def whole(session: Session) -> Response:
        flash(act(session, cohort_to_see(session, public_id)))
        return _done(public_id, anchor or None)

    return acting(whole, lambda session, words: _cohort(session, public_id, words))


@bp.post("/<public_id>/facts")
@signed_in
def change_cohort(public_id: str) -> Page:
    """Change dates, provider, number and so on."""

    def act(session: Session, cohort: Cohort) -> str:
        forming.change(session, cohort, _facts(session), actor=here(), now=clock())
        return "Kept."

    return _on_cohort(public_id, act)


@bp.post("/<public_id>/state")
@signed_in
def open_or_close(public_id: str) -> Page:
    """Open the cohort, which is refused with what is missing by name; or close it."""

    def act(session: Session, cohort: Cohort) -> str:
        if request.form.get("then") == "close":
            forming.close(session, cohort, actor=here(), now=clock())
            return "Closed. What was begun goes on; nobody joins any more."
        document = current_version(session, cohort.program).document
        forming.open_(session, cohort, document, actor=here(), now=clock())
        return "Open. Its participants can begin."

    return _on_cohort(public_id, act)


@bp.post("/<public_id>/staff")
@signed_in
def place_staff(public_id: str) -> Page:
    """Put somebody in place, sent by a partner; or take them out again."""

    def act(session: Session, cohort: Cohort) -> str:
        if ended := text("end"):
            placed = _of_cohort(session, CohortStaff, ended, cohort)
            staffing.take_out(session, placed, actor=here(), now=clock())
            return f"{placed.person.name} is no longer staff of this cohort."
        if text("seat") not in set(StaffSeat):
            raise FieldRefused("Choose what they do for the cohort.")
        _require_admin(session, cohort)  # before anybody is looked for by name
        version = current_version(session, cohort.program)
        known = {one["slug"] for one in version.document.get("partners", ())}
        partner = text("partner")
        if partner and partner not in known:
            raise FieldRefused("Choose one of the program's partners.")
        person = somebody(session, text("who"))
        staffing.place(
            session,
            cohort,
            person,
            StaffSeat(text("seat")),
            partner=partner,
            actor=here(),
            now=clock(),
        )
        return f"{person.name} is in place."

    return _on_cohort(public_id, act, "staff")


def _require_admin(session: Session, cohort: Cohort) -> None:
    program_to_run(session, cohort.program.slug)


Row = TypeVar("Row", CohortStaff, Door)


def _of_cohort(session: Session, kind: type[Row], typed: str, cohort: Cohort) -> Row:
    number = int(typed) if typed.isdecimal() and len(typed) < 10 else 0
    found = find(session, kind, id=number)
    if found.cohort_id != cohort.id:
        raise NotFound("This belongs to another cohort.")
    return found


@bp.post("/<public_id>/teams")
@signed_in
def add_team(public_id: str) -> Page:
    """Put a team of the cohort together; its members join by its code."""

    def act(session: Session, cohort: Cohort) -> str:
        _require_admin(session, cohort)
        version = current_version(session, cohort.program)
        if text("kind") not in set(TeamKind):
            raise FieldRefused("Choose what kind of team it is.")
        leader, home = text("leader"), text("organisation")
        made = teams.form(
            session,
            cohort.program,
            team_rule(version.document),
            name=text("name"),
            kind=TeamKind(text("kind")),
            organisation=organisations.find(session, home) if home else None,
            cohort=cohort,
            leader=somebody(session, leader) if leader else None,
            actor=here(),
            now=clock(),
        )
        return f"“{made.name}” is there. Its code is {made.code}."

    return _on_cohort(public_id, act, "teams")


@bp.post("/<public_id>/doors")
@signed_in
def door(public_id: str) -> Page:
    """Let everybody of an organisation in, into a team if one is named; or shut that door."""

    def act(session: Session, cohort: Cohort) -> str:
        if shut := text("shut"):
            doors.shut_door(
                session, _of_cohort(session, Door, shut, cohort), actor=here(), now=clock()
            )
            return "Shut. Who is in stays in."
        organisation = organisations.find(session, text("organisation"))
        named = text("team")
        team = find(session, Team, public_id=named) if named else None
        doors.open_door(session, cohort, organisation, team, actor=here(), now=clock())
        into = f", into the team “{team.name}”" if team else ""
        return f"Everybody from {organisation.name} comes in when they begin{into}."

    return _on_cohort(public_id, act, "doors")


@bp.post("/<public_id>/exceptions")
@signed_in
def except_cohort(public_id: str) -> Page:
    """Except the cohort or one of its teams from a rule, with a reason; or end that."""

    def act(session: Session, cohort: Cohort) -> str:
        if ended := text("end"):
            _end(session, ended)
            return "Ended. The rule binds again."
        subject: Cohort | Team = cohort
        if named := text("team"):
            subject = find(session, Team, public_id=named, cohort_id=cohort.id)
        exceptions.grant(
            session,
            cohort.program,
            _matter(),
            subject,
            reason=text("reason"),
            actor=here(),
            now=clock(),
        )
        return "Excepted. The reason is kept."

    return _on_cohort(public_id, act, "exceptions")


@bp.get("/teams/<public_id>")
@signed_in
def team(public_id: str) -> Page:
    """One team of a cohort I see: members, code, and its size."""
    with reading() as session:
        return _team(session, public_id)


def _team_to_see(session: Session, public_id: str) -> Team:
    team = find(session, Team, public_id=public_id)
    if team.cohort is not None:
        cohort_to_see(session, team.cohort.public_id)
    else:
        program_to_run(session, team.program.slug)
    return team


def _team(session: Session, public_id: str, fault: str = "") -> str:
    team = _team_to_see(session, public_id)
    version = current_version(session, team.program)
    rule = team_rule(version.document)
    return render_template(
        "cohorts/team.html",
        team=team,
        offer=version,
        size=teams.size_of(session, team, rule),
        may_run=administers(session, here(), team.program, now=clock()),
        excepted=exceptions.all_of(session, team.program, team),
        prices=teams.prices(version.document, len(team.current)) if team.current else (),
        team_kinds=TEAM_KINDS,
        fault=fault,
        given=given(),
    )


@bp.post("/teams/<public_id>/out")
@signed_in
def take_out_of_team(public_id: str) -> Page:
    """Take a member out; what they made stays theirs."""

    def act(session: Session) -> Response:
        team = _team_to_see(session, public_id)
        member = next((one for one in team.current if f"{one.person_id}" == text("person")), None)
        if member is None:
            raise NotFound("This person is not in the team.")
        teams.leave(session, team, member.person, actor=here(), now=clock())
        flash(f"{member.person.name} is out of the team. What they made stays theirs.")
        return redirect(url_for(".team", public_id=public_id), 303)

    return acting(act, lambda session, words: _team(session, public_id, words))
