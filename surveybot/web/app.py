"""The web application: `create_app()` for gunicorn, `create_app(settings, clock=...)` for tests."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from importlib import import_module
from pathlib import Path

from flask import Flask

from surveybot.catalogue import load_catalogue
from surveybot.config import ROOT, Settings
from surveybot.links import LinkSigner
from surveybot.records import database
from surveybot.rules.calendar.dates_in_words import say_at, say_on
from surveybot.web import errors, headers, language, limits, sessions
from surveybot.web.compress import compress
from surveybot.web.forms import csrf
from surveybot.web.house import House, rehearsed
from surveybot.web.house import clock as real_clock

PAGES = (
    "student",
    "passport",
    "stop",
    "mine",
    "strangers",
    "hooks",
    "health",
    "demo",
    "three_years",
    "staff.sign_in",
    "staff.two_step",
    "staff.home",
    "staff.rounds",
    "staff.tutor_words",
    "staff.new_round",
    "staff.reminders",
    "staff.calendar",
    "staff.charts",
    "staff.wordings",
    "staff.school_dates",
    "staff.in_person",
    "staff.board",
    "staff.slips",
    "staff.see_first",
    "staff.students",
    "staff.inbox",
    "staff.worries",
    "staff.doubts",
    "staff.comparison",
    "staff.student_deeds",
    "staff.contact",
    "staff.reachability",
    "staff.roster",
    "staff.exports",
    "staff.settings",
    "staff.clock",
    "staff.people",
)
"""Each page group: a module of surveybot/web/ with a `blueprint`."""

LARGEST_FORM = 6 * 1024 * 1024


def create_app(settings: Settings | None = None, *, clock: Callable[[], datetime] = real_clock) -> Flask:
    app = build()
    move_in(app, settings or Settings.from_environment(os.environ), clock=clock)
    return app


def build() -> Flask:
    """The pages, with nobody in them yet: the same whatever the settings."""
    app = Flask(
        "surveybot.web",
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "surveybot" / "web" / "static"),
    )
    app.config.update(
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=365),
        SESSION_COOKIE_HTTPONLY=True,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=sessions.STAFF_HOURS),
        MAX_CONTENT_LENGTH=LARGEST_FORM,
        WTF_CSRF_CHECK_DEFAULT=False,  # doors check it
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
        WTF_CSRF_SSL_STRICT=False,  # no page of ours sends a Referer
    )
    app.session_interface = sessions.PathBoundSessions()
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(at=say_at, on=say_on)
    csrf.init_app(app)
    language.install(app)
    headers.install(app)
    app.after_request(compress)
    errors.install(app)
    _serve_static_files(app)
    for page in PAGES:
        app.register_blueprint(import_module(f"surveybot.web.{page}").blueprint)
    return app


def move_in(app: Flask, settings: Settings, *, clock: Callable[[], datetime] = real_clock) -> None:
    """Give the pages their settings, database, keys and clock."""
    app.config.update(
        SECRET_KEY=_session_key(settings.keys[0][1]),
        SECRET_KEY_FALLBACKS=[_session_key(secret) for _, secret in settings.keys[1:]],
        SESSION_COOKIE_SECURE=settings.public_url.startswith("https:"),
    )
    engine = database.make_engine(settings.database_url)
    if settings.rehearsal and clock is real_clock:
        clock = partial(rehearsed, engine)
    app.extensions["surveybot"] = House(
        settings=settings,
        engine=engine,
        signer=LinkSigner(settings.keys),
        catalogue=load_catalogue(),
        clock=clock,
    )
    limits.install(app, settings.redis_url)


def _session_key(secret: str) -> str:
    """A key of its own for cookies: a link's key never signs one."""
    return sha256(f"surveybot.session:{secret}".encode()).hexdigest()


def _serve_static_files(app: Flask) -> None:
    """Static addresses change with their content, so that a phone may keep a file for a year."""
    folder = Path(str(app.static_folder))
    tags = {path.name: sha256(path.read_bytes()).hexdigest()[:8] for path in folder.iterdir()}
    app.jinja_env.globals["asset"] = lambda name: f"/static/{name}?{tags[name]}"
    setattr(app.view_functions["static"], "door", "open")  # noqa: B010
