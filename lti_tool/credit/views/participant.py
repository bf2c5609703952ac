"""A participant's pages: what it counts for, what to choose, own hours, the evidence pack."""

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from lti_tool.credit import elections, evidence, hours, journal, licence, pages, recording, wishes
from lti_tool.credit.calendar import Calendar
from lti_tool.credit.models import HoursEntry, HoursSource
from lti_tool.credit.views.blueprint import (
    CREDENTIAL,
    ID,
    Page,
    bp,
    download,
    today_of,
    version_for,
)
from lti_tool.database import opaque_id
from lti_tool.errors import NotFound
from lti_tool.programs.models import CredentialVersion
from lti_tool.web.permissions import require, signed_in
from lti_tool.web.session import clock, find, here, reading, settings, transaction

UNDECIDED = "later"
"""Stands in the form for no choice yet; no option's slug can be empty."""
NO_CREDIT = "none"


@bp.get("/")
@signed_in
def show() -> Page:
    """What my awards count for, year by year."""
    with reading() as session:
        return credit_page(session)


def credit_page(session: Session, *, register: str = "", given: str = "", fault: str = "") -> str:
    """The page of what my awards count for; `register` says which of its forms has a fault."""
    return render_template(
        "credit/show.html",
        page=pages.credit_page(session, settings(), here(), now=clock()),
        now=clock(),
        register=register,
        given=given,
        fault=fault,
    )


@bp.get(CREDENTIAL)
@signed_in
def choose(program: str, credential: str) -> Page:
    """What this credential will count for: choices, rules, forecast (S1-16)."""
    with reading() as session:
        return _choice_page(session, version_for(session, here().id, program, credential))


def _choice_page(session: Session, version: CredentialVersion, fault: str = "") -> str:
    election = wishes.find(session, here().id, version.credential_id)
    page = pages.choice_page(session, here(), version, election, now=clock(), fault=fault)
    return render_template("credit/choose.html", page=page, later=UNDECIDED, none=NO_CREDIT)


@bp.post(CREDENTIAL)
@signed_in
def elect(program: str, credential: str) -> Page:
    """Choose what an award will count as."""
    wanted = request.form.get("option", UNDECIDED)
    option = None if wanted == UNDECIDED else "" if wanted == NO_CREDIT else wanted[5:]
    with transaction() as session:
        version = version_for(session, here().id, program, credential)
        election = wishes.open_for(session, here().id, version, now=clock())
        try:
            elections.elect(session, election, option, now=clock())
        except elections.NotToBeHad as refusal:
            return _choice_page(session, version, str(refusal)), refusal.status
    flash("Your choice is kept. You can change it until the award is made.")
    return redirect(url_for(".choose", program=program, credential=credential), 303)


@bp.post(f"{CREDENTIAL}/about")
@signed_in
def tell(program: str, credential: str) -> Page:
    """Say what I am and where I work, where that decides which credit I may have."""
    with transaction() as session:
        version = version_for(session, here().id, program, credential)
        page = pages.choice_page(
            session,
            here(),
            version,
            wishes.find(session, here().id, version.credential_id),
            now=clock(),
        )
        known, places = {role[0] for role in page.roles}, {region[0] for region in page.regions}
        region = request.form.get("region", "")
        elections.tell(
            session,
            here(),
            version,
            roles=[role for role in request.form.getlist("role") if role in known],
            region=region if region in places else "",
            now=clock(),
        )
    flash("Kept. What you can choose follows from it.")
    return redirect(url_for(".choose", program=program, credential=credential), 303)


# ---- hours ---------------------------------------------------------------------------------------


@bp.get(f"{CREDENTIAL}/hours")
@signed_in
def my_hours(program: str, credential: str) -> Page:
    """My hours: what counts, what is missing, and my own entries."""
    with reading() as session:
        return _hours_page(session, version_for(session, here().id, program, credential))


def _hours_page(session: Session, version: CredentialVersion, fault: str = "") -> str:
    entries = hours.entries_of(session, here().id, version.credential_id)
    rule = hours.rule_of(version)
    return render_template(
        "credit/hours.html",
        version=version,
        address=pages.address_of(version),
        tally=hours.tally(rule, entries),
        lines=pages.hours_lines(entries, rule.categories, here()),
        zone=Calendar.of(version.program_version.document).zone,
        own=[one for one in rule.categories if one.may_enter_own],
        given=request.form if fault else {},
        once=request.form.get("once") or opaque_id(),
        today=today_of(version),
        is_awarded=journal.current(session, here().id, version.credential_id) is not None,
        fault=fault,
    )


@bp.post(f"{CREDENTIAL}/hours")
@signed_in
def add_hours(program: str, credential: str) -> Page:
    """Write down hours of my own."""
    form = request.form
    with transaction() as session:
        version = version_for(session, here().id, program, credential)
        wishes.open_for(session, here().id, version, now=clock())
        try:
            given = recording.Given(
                category=form.get("category", ""),
                hours=recording.read_hours(form.get("hours", "")),
                done_on=recording.read_day(form.get("day", ""), today=today_of(version)),
                words=recording.read_words(form.get("words", "")),
            )
            once = form.get("once", "")[:22]
            recording.enter_own(
                session,
                here(),
                version,
                given,
                once=f"own-{here().id}-{once}" if once else None,
                now=clock(),
            )
        except recording.HoursRefused as refusal:
            return _hours_page(session, version, str(refusal)), refusal.status
    flash("Your hours are written down.")
    return redirect(url_for(".my_hours", program=program, credential=credential), 303)


@bp.route(f"/hours/{ID}/take-back", methods=["GET", "POST"])
@signed_in
def take_back(public_id: str) -> Page:
    """Take back an entry that I wrote; the right one is then written anew."""
    if request.method == "GET":
        with reading() as session:
            return _take_back_page(_written_by_me(session, public_id))
    with transaction() as session:
        entry = _written_by_me(session, public_id)
        reason = request.form.get("reason", "")
        try:
            recording.take_back(session, entry, by=here(), reason=reason, now=clock())
        except recording.HoursRefused as refusal:
            return _take_back_page(entry, str(refusal)), refusal.status
        back = _back_from(entry)
    flash("Taken back. Both entries stay to be seen; write the right hours down anew.")
    return redirect(back, 303)


def _take_back_page(entry: HoursEntry, fault: str = "") -> str:
    return render_template(
        "credit/take_back.html", entry=entry, back=_back_from(entry), fault=fault
    )


def _written_by_me(session: Session, public_id: str) -> HoursEntry:
    entry = find(session, HoursEntry, public_id=public_id)
    if here().id not in (entry.person_id, entry.recorded_by_id):
        raise NotFound("There is nothing at this address, or it is not yours to see.")
    require(
        entry.recorded_by_id == here().id,
        "Your instructor recorded these hours. If they are wrong, ask them to correct it.",
    )
    return entry


def _back_from(entry: HoursEntry) -> str:
    page = ".my_hours" if entry.source is HoursSource.SELF else ".attendance"
    credential = entry.credential
    return url_for(page, program=credential.program.slug, credential=credential.slug)


# ---- licence and evidence ------------------------------------------------------------------------


@bp.post("/number")
@signed_in
def tell_number() -> Page:
    """Keep my number in a licence register, or forget it."""
    register, given = request.form.get("register", ""), request.form.get("number", "")
    with transaction() as session:
        mine = pages.credit_page(session, settings(), here(), now=clock()).numbers
        if register not in {one.register.name for one in mine}:
            raise NotFound("None of your programs reports to that register.")
        try:
            licence.tell_number(session, settings(), here(), register, given, now=clock())
        except licence.NumberRefused as refusal:
            page = credit_page(session, register=register, given=given, fault=str(refusal))
            return page, refusal.status
    flash("Kept, sealed." if given.strip() else "Your number is forgotten.")
    return redirect(url_for(".show"), 303)


@bp.post(f"/awards/{ID}/confirm")
@signed_in
def confirm(public_id: str) -> Page:
    """Note that an award stands on my licence."""
    with transaction() as session:
        completion = journal.completion_of(session, public_id)
        if completion is None or completion.person_id != here().id:
            raise NotFound("There is nothing at this address, or it is not yours to see.")
        try:
            day = recording.read_day(
                request.form.get("day", ""), today=today_of(completion.credential_version)
            )
        except recording.HoursRefused as refusal:
            page = credit_page(session, register=public_id, fault=str(refusal))
            return page, refusal.status
        reference = request.form.get("reference", "")
        licence.confirm(session, completion, by=here(), on=day, reference=reference, now=clock())
    flash("Noted.")
    return redirect(url_for(".show"), 303)


@bp.get("/evidence.<any(pdf,csv):form>")
@signed_in
def evidence_pack(form: str) -> Page:
    """Everything an auditor asks of me, in one file."""
    with reading() as session:
        pack = evidence.pack_of(
            session, here(), address_of=_badge, on=clock().astimezone(settings().zone).date()
        )
    return _pack(pack, form, "evidence")


@bp.get(f"/awards/{ID}/evidence.<any(pdf,csv):form>")
@signed_in
def evidence_of_one(public_id: str, form: str) -> Page:
    """What an auditor asks of one award of mine, in one file."""
    with reading() as session:
        completion = journal.completion_of(session, public_id)
        if completion is None or completion.person_id != here().id or completion.reversed_at:
            raise NotFound("There is nothing at this address, or it is not yours to see.")
        version = completion.credential_version
        name = f"evidence-{version.credential.slug}"
        pack = evidence.pack_of(
            session,
            here(),
            address_of=_badge,
            on=today_of(version),
            award_ref=public_id,
        )
    return _pack(pack, form, name)


def _badge(award_ref: str) -> str:
    return settings().base_url + url_for("sharing.show", public_id=award_ref)


def _pack(pack: evidence.Pack, form: str, name: str) -> Page:
    if form == "csv":
        return download(evidence.as_table(pack), "text/csv; charset=utf-8", f"{name}.csv")
    return download(evidence.as_pdf(pack, now=clock()), "application/pdf", f"{name}.pdf")
