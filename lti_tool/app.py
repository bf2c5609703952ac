"""Put the house together: rooms, templates, error pages, headers."""

from flask import Flask
from sqlalchemy import Engine

from lti_tool.accounts.views import bp as accounts
from lti_tool.admin import clocks
from lti_tool.admin.views import bp as admin
from lti_tool.badges import documents, issuers
from lti_tool.badges.views import bp as badges
from lti_tool.badges.views.corrections import bp as corrections
from lti_tool.badges.views.issuers import bp as issuing
from lti_tool.badges.views.marks import bp as marks
from lti_tool.cohorts.views import bp as cohorts
from lti_tool.connect.views import bp as connecting
from lti_tool.credit.views import bp as credit
from lti_tool.database import connect, sessions
from lti_tool.grades import figures
from lti_tool.grades.views import bp as grades
from lti_tool.home.views import bp as home
from lti_tool.keyring import Keyring
from lti_tool.launch.views import bp as launch
from lti_tool.oversight.views import bp as oversight
from lti_tool.portfolio.views import bp as portfolio
from lti_tool.privacy.views import bp as privacy
from lti_tool.programs.views import bp as programs
from lti_tool.review.views import bp as review
from lti_tool.settings import Settings, templates
from lti_tool.sharing.views import bp as sharing
from lti_tool.stacks.views import bp as stacks
from lti_tool.verification.views import bp as verification
from lti_tool.wallets.views import bp as wallets
from lti_tool.web import intake, notes, observing, pages, permissions, restraint
from lti_tool.web.session import House, clock

ROOMS = (
    home,
    launch,
    programs,
    portfolio,
    review,
    grades,
    badges,
    corrections,
    issuing,
    marks,
    verification,
    sharing,
    wallets,
    credit,
    stacks,
    cohorts,
    connecting,
    accounts,
    oversight,
    privacy,
    admin,
)


def create_app(settings: Settings) -> Flask:
    """One application on one database. Migrations are not its business (`cairn db upgrade`)."""
    return open_on(assemble(), settings, connect(settings.database_url))


def assemble() -> Flask:
    """The rooms, what stands before and behind every request, and the templates.

    Nothing in it comes from a setting or a database, so that one assembly can be opened on many.
    """
    app = Flask("lti_tool", template_folder=str(templates()), static_folder="static")
    app.config.update(
        # The cookie session carries notes from one page to the next, nothing else.
        SESSION_COOKIE_NAME="cairn_notes",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="None",
        SESSION_COOKIE_PARTITIONED=True,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
    )
    observing.install(app)
    notes.install(app)
    permissions.install(app)
    intake.install(app)
    pages.install(app)
    for room in ROOMS:
        app.register_blueprint(room)
    return app


def open_on(app: Flask, settings: Settings, engine: Engine) -> Flask:
    """Give an assembled application its settings, its database, its keys and its counters."""
    now = clock()
    keyring = Keyring.open(settings, engine, now=now)
    app.extensions["cairn"] = House(settings=settings, engine=engine, keyring=keyring)
    app.config.update(
        SECRET_KEY=settings.secret_key.get_secret_value(),
        MAX_CONTENT_LENGTH=settings.upload_limit + 64 * 1024,
    )
    with sessions(engine).begin() as session:
        issuers.default_issuer(session, settings, now)
        holders = issuers.give_own_keys(session, now)
    for holder in holders:
        keyring.prepare(holder, now)
    restraint.begin(app)
    observing.begin(app)
    observing.include(app, documents.SIGNATURES)
    observing.watch(
        app, "cairn_deliveries", "Scores on their way", label="state", count=figures.deliveries
    )
    observing.watch(
        app,
        "cairn_platform_clock_seconds",
        "Seconds by which a platform's clock is ahead of ours",
        label="platform",
        count=clocks.figures,
    )
    return app


def wsgi() -> Flask:
    """The application for a WSGI server, from the environment: `lti_tool.app:wsgi()`."""
    return create_app(Settings.load())
