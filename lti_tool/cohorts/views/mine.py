"""For who takes part: my team, my cohort, joining by code, coaching, and who should hear of it."""

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool.cohorts import (
    admission,
    coaching,
    conflicts,
    forming,
    organisations,
    schedules,
    supervisors,
    teams,
)
from lti_tool.cohorts.models import (
    Cohort,
    CohortMember,
    OrganisationKind,
    SupervisorWish,
    Team,
    TeamKind,
    TeamMember,
)
from lti_tool.cohorts.rules import team_rule
from lti_tool.cohorts.seats import cohorts_served, effective_staff
from lti_tool.cohorts.views.blueprint import (
    KINDS,
    SEATS,
    STATES,
    TEAM_KINDS,
    FieldRefused,
    Page,
    acting,
    bp,
    given,
    require_learner,
    text,
    the_program,
)
from lti_tool.errors import NotFound
from lti_tool.people.models import Person
from lti_tool.people.roles import Role, Seat
from lti_tool.programs import appointments, catalogue
from lti_tool.programs.models import Credential, ProgramVersion
from lti_tool.web.permissions import signed_in
from lti_tool.web.session import clock, find, here, reading, settings, visit


@bp.get("/")
@signed_in
def home() -> Page:
    """Where I take part, what I run, and the field for a code."""
    with reading() as session:
        return _home(session)


def _home(session: Session, fault: str = "") -> str:
    person = here()
    offers = {offer.program_id: offer for offer in catalogue.offers(session)}
    in_teams = session.scalars(
        select(Team)
        .join(TeamMember, TeamMember.team_id == Team.id)
        .where(TeamMember.person_id == person.id, TeamMember.left_at.is_(None))
    ).all()
    in_cohorts = session.scalars(
        select(Cohort)
        .join(CohortMember, CohortMember.cohort_id == Cohort.id)
        .where(CohortMember.person_id == person.id, CohortMember.left_at.is_(None))
        .order_by(Cohort.id)
    ).all()
    team_names = {team.program_id: team.name for team in in_teams}
    cohort_names = {cohort.program_id: cohort.title for cohort in in_cohorts}
    rules = {key: team_rule(offer.document) for key, offer in offers.items()}
    seats = appointments.seats_of(session, person, now=clock())
    return render_template(
        "cohorts/home.html",
        mine=[
            (offer, team_names.get(key, ""), cohort_names.get(key, ""))
            for key, offer in offers.items()
            if key in team_names or key in cohort_names
        ],
        others=[
            offer
            for key, offer in offers.items()
            if key not in team_names
            and key not in cohort_names
            and not (rules[key].is_offered and rules[key].by_participants)
            and (offer.document.get("team") or offer.document.get("cohort"))
        ],
        formable=[
            offer
            for key, offer in offers.items()
            if key not in team_names and rules[key].is_offered and rules[key].by_participants
        ],
        runs=[
            offers[seat.program_id]
            for seat in seats
            if seat.seat is Seat.ADMIN and seat.program_id in offers
        ],
        serves=cohorts_served(session, person, now=clock()),
        drafts=coaching.shared_with(session, person, now=clock()),
        is_learner=visit().role is Role.LEARNER,
        fault=fault,
        given=given(),
        states=STATES,
    )


@bp.post("/join")
@signed_in
def join() -> Page:
    """Join a team or a cohort by the code somebody gave me, from whatever LMS I come."""
    require_learner()

    def act(session: Session) -> Response:
        found = teams.of_code(session, text("code"))
        _, version = the_program(session, found.program.slug)
        if isinstance(found, Team):
            rule = team_rule(version.document)
            teams.join(session, found, here(), rule, now=clock())
            flash(f"You are in the team “{found.name}”.")
        else:
            forming.join(session, found, here(), now=clock())
            flash(f"You are in the cohort “{found.title}”.")
        return redirect(url_for(".program", slug=found.program.slug), 303)

    return acting(act, _home)


@bp.get("/programs/<slug>")
@signed_in
def program(slug: str) -> Page:
    """One program: my team, my cohort, coaching, and who should hear of my award."""
    with reading() as session:
        return _program(session, slug)


def _program(session: Session, slug: str, fault: str = "") -> str:
    program, version = the_program(session, slug)
    person, now = here(), clock()
    document = version.document
    rule = team_rule(document)
    place = admission.place_of(session, person.id, program)
    team = place.team
    cohort = place.cohorts[-1] if place.cohorts else None
    size = teams.size_of(session, team, rule) if team else None
    offered = catalogue.credentials_of(session, version)
    public_ids = {
        row.id: row.public_id
        for row in session.execute(
            select(Credential.id, Credential.public_id).where(Credential.program_id == program.id)
        )
    }
    wishes = {wish.credential_id: wish for wish in supervisors.wishes_of(session, person)}
    shares = coaching.shares_of(session, person)
    return render_template(
        "cohorts/program.html",
        offer=version,
        slug=slug,
        team=team,
        size=size,
        rule=rule,
        door=place.door,
        cohort=cohort,
        staff=effective_staff(session, cohort, now=now) if cohort else [],
        entries=coaching.entries_of(session, cohort, learner=person) if cohort else [],
        credentials=[one for one in offered if one.can_begin],
        titles={one.credential_id: one.title for one in offered},
        public_ids=public_ids,
        shares=shares,
        has_coaches=bool(document.get("coaching")) or cohort is not None,
        open_drafts=document.get("coaching", {}).get("drafts") == "open",
        wishes=wishes,
        declared=[
            one for one in conflicts.declared_by(session, person) if one.learner_id == person.id
        ],
        judges=[
            judge
            for judge in conflicts.judges_of(session, program, now=now)
            if judge.id != person.id
        ],
        schedule=schedules.planned(session, team) if team else (),
        prices=teams.prices(document, len(team.current)) if team else (),
        organisations=[
            one
            for one in organisations.everything(session)
            if one.kind in (OrganisationKind.SCHOOL, OrganisationKind.DISTRICT)
        ]
        if rule.by_participants
        else [],
        is_learner=visit().role is Role.LEARNER,
        team_kinds={kind: TEAM_KINDS[kind] for kind in rule.kinds},
        seats=SEATS,
        states=STATES,
        kinds=KINDS,
        fault=fault,
        given=given(),
        me=person,
    )


@bp.post("/programs/<slug>/come-in")
@signed_in
def come_in(slug: str) -> Page:
    """Join the cohort my district opened for its people."""
    require_learner()

    def act(session: Session) -> Response:
        program, version = the_program(session, slug)
        door = admission.come_in(session, here(), program, team_rule(version.document), now=clock())
        if door is None:
            raise NotFound("There is no cohort open to your organization just now.")
        flash(f"You are in the cohort “{door.cohort.title}”.")
        return redirect(url_for(".program", slug=slug), 303)

    return acting(act, lambda session, words: _program(session, slug, words))


@bp.post("/programs/<slug>/teams")
@signed_in
def form_team(slug: str) -> Page:
    """Put a team together and lead it, where participants do that themselves."""
    require_learner()

    def act(session: Session) -> Response:
        program, version = the_program(session, slug)
        try:
            kind = TeamKind(text("kind"))
        except ValueError:
            raise FieldRefused("Choose what kind of team it is.") from None
        home = text("organisation")
        made = teams.form(
            session,
            program,
            team_rule(version.document),
            name=text("name"),
            kind=kind,
            organisation=organisations.find(session, home) if home else None,
            leader=here(),
            actor=here(),
            now=clock(),
        )
        flash(f"“{made.name}” is there. Give its code to your colleagues.")
        return redirect(url_for(".program", slug=slug), 303)

    return acting(act, lambda session, words: _program(session, slug, words))


@bp.post("/programs/<slug>/leave")
@signed_in
def leave(slug: str) -> Page:
    """Leave my team; what I made stays mine."""

    def act(session: Session) -> Response:
        program, _ = the_program(session, slug)
        team = teams.of_person(session, here().id, program)
        if team is None:
            raise NotFound("You are in no team of this program.")
        teams.leave(session, team, here(), actor=here(), now=clock())
        flash(f"You have left “{team.name}”. What you made stays yours.")
        return redirect(url_for(".program", slug=slug), 303)

    return acting(act, lambda session, words: _program(session, slug, words))


@bp.get("/programs/<slug>/schedule")
@signed_in
def schedule(slug: str) -> Page:
    """Which credential my team takes in which term."""
    with reading() as session:
        return _schedule(session, slug)


def _own_team(session: Session, slug: str) -> tuple[Team, ProgramVersion]:
    program, version = the_program(session, slug)
    team = teams.of_person(session, here().id, program)
    if team is None or not team_rule(version.document).shared_schedule:
        raise NotFound("There is no schedule of a team of yours here.")
    return team, version


def _schedule(session: Session, slug: str, fault: str = "") -> str:
    team, version = _own_team(session, slug)
    planned = schedules.planned(session, team)
    offered = catalogue.credentials_of(session, version)
    return render_template(
        "cohorts/schedule.html",
        team=team,
        offer=version,
        slug=slug,
        credentials=offered,
        terms=schedules.terms(version.document, now=clock()),
        chosen={one.credential_id: one.begins_on for one in planned},
        crowded=schedules.crowded(
            version.document, planned, {one.credential_id: one.slug for one in offered}
        ),
        fault=fault,
    )


@bp.post("/programs/<slug>/schedule")
@signed_in
def plan(slug: str) -> Page:
    """Keep the team's schedule."""

    def act(session: Session) -> Response:
        team, version = _own_team(session, slug)
        choices: dict[int, date | None] = {}
        for one in catalogue.credentials_of(session, version):
            typed = text(f"term-{one.credential_id}")
            try:
                choices[one.credential_id] = date.fromisoformat(typed) if typed else None
            except ValueError:
                raise FieldRefused("Choose a term of the list.") from None
        schedules.plan(session, team, version.document, choices, actor=here(), now=clock())
        flash("Kept. Everybody in the team sees it.")
        return redirect(url_for(".schedule", slug=slug), 303)

    return acting(act, lambda session, words: _schedule(session, slug, words))


# ---- coaches, judges, supervisors ----------------------------------------------------------------


@bp.post("/drafts")
@signed_in
def share() -> Page:
    """Let my coaches see my draft of a credential, or stop it."""

    def act(session: Session) -> Response:
        credential = find(session, Credential, public_id=text("credential"))
        if request.form.get("then") == "stop":
            coaching.stop_sharing(session, here(), credential, now=clock())
            flash("Nobody but you sees this draft now.")
        else:
            coaching.share(session, here(), credential, now=clock())
            flash("Your coaches can see this draft now. You can stop it any time.")
        return redirect(url_for(".program", slug=credential.program.slug, _anchor="coaching"), 303)

    return acting(act, _home)


@bp.post("/programs/<slug>/conflicts")
@signed_in
def declare(slug: str) -> Page:
    """Say that a judge is too close to me, or take that back."""

    def act(session: Session) -> Response:
        program, _ = the_program(session, slug)
        judges = {f"{one.id}": one for one in conflicts.judges_of(session, program, now=clock())}
        if withdrawn := text("withdraw"):
            for held in conflicts.declared_by(session, here()):
                if f"{held.judge_id}" == withdrawn and held.learner_id == here().id:
                    conflicts.withdraw(session, held, by=here(), now=clock())
            flash("Taken back.")
        else:
            judge = judges.get(text("judge"))
            if judge is None:
                raise FieldRefused("Choose one of the judges of this program.")
            conflicts.declare(session, judge=judge, learner=here(), by=here(), now=clock())
            flash(f"{judge.name} will not judge your work.")
        return redirect(url_for(".program", slug=slug, _anchor="judges"), 303)

    return acting(act, lambda session, words: _program(session, slug, words))


@bp.post("/judging/<int:learner_id>/conflict")
@signed_in
def step_aside(learner_id: int) -> Page:
    """As a judge: this learner is too close to me, so somebody else judges."""

    def act(session: Session) -> Response:
        learner = session.get(Person, learner_id)
        seats = {one.seat for one in appointments.seats_of(session, here(), now=clock())}
        if learner is None or not seats & {Seat.ASSESSOR, Seat.APPROVER}:
            raise NotFound("You judge nothing here.")
        conflicts.declare(session, judge=here(), learner=learner, by=here(), now=clock())
        flash("Noted. You see no more of this participant's work; somebody else judges it.")
        return redirect(url_for("home.show"), 303)

    return acting(act, _home)


@bp.post("/supervisors")
@signed_in
def wish() -> Page:
    """Wish that my supervisor hears of an award, take that back, or say that they heard."""
    slug = ""

    def act(session: Session) -> Response:
        nonlocal slug
        credential = find(session, Credential, public_id=text("credential"))
        slug = credential.program.slug
        held = supervisors.wish_of(session, here(), credential)
        then = request.form.get("then", "")
        if then == "stop" and held is not None:
            supervisors.take_back(session, held)
            flash("Taken back. Nothing of it is kept.")
        elif then == "told" and held is not None:
            supervisors.was_told(session, held, now=clock())
            flash("Good. The name and address are not kept any longer.")
        else:
            supervisors.ask(
                session,
                here(),
                credential,
                name=text("supervisor"),
                email=text("email"),
                now=clock(),
            )
            flash("Noted. As soon as you have earned it, a letter is ready for you here.")
        return redirect(url_for(".program", slug=slug, _anchor="supervisor"), 303)

    return acting(act, lambda session, words: _program(session, slug, words))


@bp.get("/supervisors/<credential_id>/letter")
@signed_in
def letter(credential_id: str) -> Page:
    """The letter to my supervisor, to print, copy or send from my own mail program."""
    with reading() as session:
        credential = find(session, Credential, public_id=credential_id)
        held: SupervisorWish | None = supervisors.wish_of(session, here(), credential)
        if held is None or held.earned_at is None or held.told_at is not None:
            raise NotFound("There is no letter here: it is ready once you have earned it.")
        version = catalogue.current_version(session, credential.program)
        titles = {
            one.credential_id: one.title for one in catalogue.credentials_of(session, version)
        }
        base = settings().base_url
        address = f"{base}{url_for('sharing.show', public_id=held.award_public_id)}"
        return render_template(
            "cohorts/letter.html",
            wish=held,
            slug=credential.program.slug,
            credential=credential,
            title=titles.get(credential.id, credential.slug),
            letter=supervisors.letter(
                held,
                title=titles.get(credential.id, credential.slug),
                program=version.title,
                address=address,
            ),
        )
