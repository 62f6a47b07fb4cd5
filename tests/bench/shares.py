"""Where the time of a survey journey goes: the application alone, in this process, under Python's profiler.

The profiler makes many small calls look dearer than few long ones, so the shares say which layer to look
at, not how long it takes; that is measured from outside.
"""

import cProfile
import pstats
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from werkzeug.test import EnvironBuilder

from surveybot.config import ROOT, Settings
from surveybot.web.app import create_app
from tests.bench.product import answer_form, survey_paths

WARM, COUNTED = 30, 200
LAYERS = {
    "links (itsdangerous, HMAC)": ("itsdangerous", "hmac", "_hashlib", "surveybot/links.py"),
    "database (SQLAlchemy and driver)": ("sqlalchemy", "sqlmodel", "psycopg", "sqlite3"),
    "Flask and Werkzeug": ("flask", "werkzeug", "blinker"),
    "form (WTForms)": ("wtforms", "flask_wtf"),
    "page (Jinja)": ("jinja2", "markupsafe"),
    "ours: web": ("surveybot/web",),
    "ours: records": ("surveybot/records",),
    "ours: steps and rules": ("surveybot",),
}
REST = "Python's own library"


def shares_of_a_journey(environ: dict[str, str], link_ids: list[int]) -> dict[str, float]:
    """The share of each layer in a GET and the POST that follows, largest first; together they are 1."""
    application, form = create_app(Settings.from_environment(environ)), answer_form()
    profile = cProfile.Profile()
    for number, path in enumerate(survey_paths(link_ids[: WARM + COUNTED])):
        watched = profile if number >= WARM else None
        page = _ask(application, path, None, watched)
        _ask(application, path, b"page=%s&%s" % (form.page_number(page), form.rest(number)), watched)
    return _by_layer(pstats.Stats(profile))


def in_words(shares: dict[str, float]) -> list[str]:
    return ["  of the application's own time in a journey:"] + [
        f"  {share:>5.0%} {layer}" for layer, share in shares.items()
    ]


def _ask(application: Flask, path: str, posted: bytes | None, profile: cProfile.Profile | None) -> bytes:
    environ = EnvironBuilder(
        path=path,
        method="GET" if posted is None else "POST",
        data=posted,
        content_type=None if posted is None else "application/x-www-form-urlencoded",
    ).get_environ()
    lines: list[str] = []

    def start(line: str, _headers: object, _failed: object = None, /) -> Callable[[bytes], object]:
        lines.append(line)
        return lambda _: None

    if profile:
        profile.enable()
    answer = application.wsgi_app(environ, start)
    body = b"".join(answer)
    if profile:
        profile.disable()
    if lines != ["200 OK"]:
        raise SystemExit(f"The application answered {lines}")
    return body


def _by_layer(stats: pstats.Stats) -> dict[str, float]:
    """Own time by layer; what is built into Python counts for whoever called it."""
    seconds: Counter[str] = Counter()
    for (file, _, _), (_, _, own, _, callers) in stats.stats.items():  # type: ignore[attr-defined]
        if file != "~":
            seconds[_layer_of(file)] += own
        for (caller, _, _), (_, _, part, _) in callers.items() if file == "~" else ():
            seconds[_layer_of(caller)] += part
    return {layer: round(part / seconds.total(), 3) for layer, part in seconds.most_common()}


def _layer_of(file: str) -> str:
    inside = f"/{Path(file).as_posix().removeprefix(f'{ROOT}/').rpartition('site-packages/')[2]}"
    found = (layer for layer, starts in LAYERS.items() if any(f"/{start}" in inside for start in starts))
    return next(found, REST)
