"""How is it going? For administrators of a program, facilitators and coaches."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from sqlalchemy.orm import Session

from lti_tool.cohorts import organisations
from lti_tool.cohorts.gauges import listing_warning
from lti_tool.cohorts.seats import may_coach
from lti_tool.errors import NotFound
from lti_tool.oversight import groups, overview, people, reports, stalls
from lti_tool.oversight.overview import SEARCH_LONGEST, Wanted
from lti_tool.oversight.patience import Patience
from lti_tool.oversight.scope import HIDDEN, Scope, scope_in, scope_of_cohort, scopes
from lti_tool.oversight.stalls import RULES, Kind
from lti_tool.oversight.standings import NOT_BEGUN, NOT_BEGUN_WORDS, WORDS, Standing
from lti_tool.portfolio.views import send_artifact
from lti_tool.web.permissions import require, signed_in
from lti_tool.web.session import clock, here, reading, transaction

bp = Blueprint("oversight", __name__, url_prefix="/oversight")

PROGRAM = "/of/<slug>"
PERSON = f"{PROGRAM}/people/<int:person_id>"
MOST_PAGES = 1_000_000

STANDINGS = {NOT_BEGUN: NOT_BEGUN_WORDS} | {one.value: WORDS[one] for one in Standing}
"""What the list may be narrowed to, in the order of the way."""


@bp.get("/")
@signed_in
def home() -> str:
    """What I run, and how each of it is going."""
    with reading() as session:
        found = scopes(session, here(), now=clock())
        require(found, "This page is for those who run a program: no seat of yours opens it.")
        return render_template(
            "oversight/home.html",
            runs=[(scope, overview.figures(session, scope)) for scope in found],
        )


def _scope(session: Session, slug: str) -> Scope:
    return scope_in(session, here(), slug, now=clock())


def _wanted(session: Session, scope: Scope) -> Wanted:
    """What the address asks for. Raises `NotFound` for a cohort or team that is not theirs."""
    asked = request.args
    cohort = asked.get("cohort", "")
    team = asked.get("team", "")
    organisation = asked.get("organisation", "")
    standing = asked.get("standing", "")
    number = asked.get("page", "1")
    return Wanted(
        name=" ".join(asked.get("name", "").replace("\0", "").split())[:SEARCH_LONGEST],
        standing=standing if standing in STANDINGS else "",
        cohort=scope.cohort(cohort) if cohort else None,
        team=groups.find_team(session, scope, team) if team else None,
        organisation=organisations.find(session, organisation) if organisation else None,
        page=min(int(number), MOST_PAGES)
        if number.isascii() and number.isdigit() and len(number) < 8
        else 1,
    )


def _asked(wanted: Wanted) -> dict[str, str]:
    """The same as an address says it, without the page."""
    found = {
        "name": wanted.name,
        "standing": wanted.standing,
        "cohort": wanted.cohort.public_id if wanted.cohort else "",
        "team": wanted.team.public_id if wanted.team else "",
        "organisation": wanted.organisation.public_id if wanted.organisation else "",
    }
    return {key: value for key, value in found.items() if value}


def _turns(page: int, pages: int, endpoint: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Where the pages before and after lie."""
    return {
        "page": page,
        "pages": pages,
        "before": url_for(endpoint, **values, page=page - 1) if page > 1 else "",
        "after": url_for(endpoint, **values, page=page + 1) if page < pages else "",
    }


@bp.get(PROGRAM)
@signed_in
def program(slug: str) -> str:
    """Everybody I see in a program: figures first, then people, a page at a time."""
    with reading() as session:
        scope = _scope(session, slug)
        wanted = _wanted(session, scope)
        # The figures are those of the place; a name or a state narrows the list below them.
        place = Wanted(cohort=wanted.cohort, team=wanted.team, organisation=wanted.organisation)
        figures = overview.figures(session, scope, place)
        found = overview.overview(session, scope, wanted, count=figures.count_of(wanted))
        asked = _asked(wanted)
        return render_template(
            "oversight/program.html",
            scope=scope,
            wanted=wanted,
            figures=figures,
            found=found,
            turns=_turns(found.page, found.pages, ".program", {"slug": slug, **asked}),
            asked=asked,
            standings=STANDINGS,
            words=WORDS,
            organisations=overview.organisations_in(session, scope),
        )


@bp.get("/cohorts/<public_id>")
@signed_in
def cohort(public_id: str) -> str:
    """One cohort: how far from opening, its teams, what is excepted and why."""
    with reading() as session:
        now = clock()
        scope, found = scope_of_cohort(session, here(), public_id, now=now)
        wanted = Wanted(cohort=found, page=_wanted(session, scope).page)
        group = groups.group(session, scope, found, now=now)
        shown = overview.overview(session, scope, wanted, count=group.figures.people)
        return render_template(
            "oversight/cohort.html",
            scope=scope,
            cohort=found,
            group=group,
            warning=listing_warning(found, scope.version.document, now=now),
            found=shown,
            turns=_turns(shown.page, shown.pages, ".cohort", {"public_id": public_id}),
            stalled=stalls.how_many(session, scope, Wanted(cohort=found), now=now),
            words=WORDS,
        )


@bp.get(f"{PROGRAM}/stalled")
@signed_in
def stalled(slug: str) -> str:
    """What has stopped moving, and who can do what about it."""
    with reading() as session:
        scope = _scope(session, slug)
        wanted = _wanted(session, scope)
        kind = next((one for one in Kind if one.value == request.args.get("kind")), None)
        found = stalls.stalled(session, scope, wanted, kind=kind, viewer=here(), now=clock())
        asked = _asked(wanted)
        by_kind = {**asked, "kind": kind.value} if kind else asked
        return render_template(
            "oversight/stalled.html",
            scope=scope,
            found=found,
            kind=kind,
            rules=RULES,
            wanted=wanted,
            asked=asked,
            patience=Patience.of(scope.version.document),
            turns=_turns(found.page, found.pages, ".stalled", {"slug": slug, **by_kind}),
        )


@bp.get(PERSON)
@signed_in
def person(slug: str, person_id: int) -> str:
    """One participant: what was begun, handed in and said of it."""
    with reading() as session:
        now = clock()
        scope = _scope(session, slug)
        seen = people.seen(session, scope, person_id, viewer=here(), now=now)
        logs = [
            one.cohort
            for one in seen.cohorts
            if one.left_at is None and may_coach(session, here(), one.cohort, now=now)
        ]
        return render_template(
            "oversight/person.html",
            scope=scope,
            seen=seen,
            places=overview.places_of(session, scope, [person_id])[person_id],
            log=logs[0] if logs else None,
            stacks=people.stacks_of(session, scope, seen.person),
        )


@bp.get(f"{PERSON}/artifacts/<public_id>")
@signed_in
def artifact(slug: str, person_id: int, public_id: str) -> str:
    """One thing that was handed in, and what the judges said of the criteria it shows."""
    with reading() as session:
        scope = _scope(session, slug)
        owner, found = people.find_artifact(session, scope, person_id, public_id)
        return render_template(
            "oversight/artifact.html",
            scope=scope,
            person=owner,
            artifact=found,
            feedback=people.feedback_on(session, found),
            words=people.STATE_WORDS,
            tones=people.STATE_TONES,
        )


@bp.get(f"{PERSON}/artifacts/<public_id>/file")
@signed_in
def file(slug: str, person_id: int, public_id: str) -> Response:
    """The file of an artifact that was handed in."""
    with reading() as session:
        _, found = people.find_artifact(session, _scope(session, slug), person_id, public_id)
        if found.file_key is None:
            raise NotFound(HIDDEN)
        return send_artifact(found)


def _reported(session: Session, slug: str) -> Scope:
    scope = _scope(session, slug)
    require(scope.administers, "Reports are for the administrators of the program.")
    return scope


@bp.get(f"{PROGRAM}/reports")
@signed_in
def report(slug: str) -> str:
    """How many people, for hubs and funders."""
    with reading() as session:
        scope = _reported(session, slug)
        whole = reports.report(session, scope)
        hub = request.args.get("hub", "")
        return render_template(
            "oversight/report.html",
            scope=scope,
            report=whole.of_hub(hub),
            hub=hub,
            hubs=reports.hubs_in(whole),
            funders=reports.funders_of(scope),
        )


@bp.post(f"{PROGRAM}/reports")
@signed_in
def take_report(slug: str) -> Response:
    """The same as a file."""
    with transaction() as session:
        scope = _reported(session, slug)
        hub, funder = request.form.get("hub", ""), request.form.get("funder", "")
        found = reports.report(session, scope).of_hub(hub)
        purpose = funder if funder in reports.funders_of(scope) else hub or reports.TOTAL
        text = reports.as_file(session, scope, found, purpose=purpose, by=here(), now=clock())
    answer = Response(text, mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{slug}-report.csv")
    return answer
