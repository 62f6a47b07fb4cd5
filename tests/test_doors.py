"""Every view names its door, and no staff door opens on another school's rows."""

from collections.abc import Callable, Mapping

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy.engine import Engine
from sqlmodel import select
from werkzeug.routing import Rule

from surveybot.config import Settings
from surveybot.links import LinkPurpose, LinkSigner
from surveybot.records import database
from surveybot.records.round.invitations import Link
from surveybot.records.round.rounds import Round
from tests.conftest import TEST_KEY, SmallSchool
from tests.other_rows import CANARY, everything_of, rows_of
from tests.web.staff_room import a_round

DOORS = ("link:", "passport", "staff:", "hook", "open", "demo")


def rules(app: Flask) -> list[Rule]:
    return list(app.url_map.iter_rules())


def door_of(app: Flask, rule: Rule) -> str:
    return str(getattr(app.view_functions[rule.endpoint], "door", ""))


def test_every_view_names_its_door(app: Flask) -> None:
    for rule in rules(app):
        assert door_of(app, rule).startswith(DOORS), (
            f"{rule} has no door: wrap the view in one of web/doors.py"
        )


def test_only_the_staff_part_of_the_site_has_staff_doors(app: Flask) -> None:
    for rule in rules(app):
        door = door_of(app, rule)
        if door.startswith("staff:"):
            assert rule.rule.startswith("/staff/"), f"{rule} would not get the staff cookie"
        if door == "passport":
            assert rule.rule.startswith("/me/"), f"{rule} would not get the passport's cookie"


@pytest.fixture
def their_values(engine: Engine, other_school: SmallSchool, settings: Settings) -> dict[str, str]:
    return rows_of(engine, other_school, settings.var / "uploads")


def fill(rule: Rule, values: Mapping[str, str]) -> str:
    """The address of a rule with these values in it: by the argument's name, or by the word before it."""
    path: list[str] = []
    for part in rule.rule.split("/"):
        name = part.strip("<>").rpartition(":")[2]
        path.append(values.get(name, values.get(path[-1], "999999")) if part.startswith("<") else part)
    return "/".join(path)


NAMES_NO_ROW = {"/staff/calendar/words/<slug>"}
"""A survey's words: every school has its own under the same slug."""


def test_every_row_that_an_address_can_name_is_tried(app: Flask, their_values: dict[str, str]) -> None:
    for rule in rules(app):
        if door_of(app, rule).startswith("staff:") and rule.rule not in NAMES_NO_ROW:
            assert "999999" not in fill(rule, their_values), f"give tests/other_rows.py a row for {rule}"


@pytest.mark.parametrize("own_round", [False, True])
@pytest.mark.parametrize("role", ["careers_leader", "adviser", "tutor"])
def test_no_staff_door_opens_on_another_schools_rows(
    app: Flask,
    engine: Engine,
    school: SmallSchool,
    other_school: SmallSchool,
    their_values: dict[str, str],
    sign_in: Callable[..., FlaskClient],
    role: str,
    own_round: bool,
) -> None:
    """With their rows, and with a student of theirs in a round of ours: 404, and nothing has changed."""
    token = URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps("for-tests")
    data = {"csrf_token": token, "student": their_values["students"], "action": "cancel", "reason": "x"}
    values = {**their_values, "rounds": a_round(engine, school)} if own_round else their_values
    before = everything_of(engine, other_school)
    for rule in rules(app):
        if not door_of(app, rule).startswith("staff:") or rule.rule == "/staff/sign-out":
            continue  # signing out would end the walk
        foreign = rule.arguments - ({"code"} if own_round and "/rounds/" in rule.rule else set())
        client = sign_in(role, totp=True)
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            answer = client.open(fill(rule, values), method=method, data=data if method == "POST" else None)
            assert CANARY.encode() not in answer.data, f"{role} {method} {rule}"
            if foreign and rule.rule not in NAMES_NO_ROW:
                refused = {404} if role == "careers_leader" else {403, 404}
                assert answer.status_code in refused, f"{role} {method} {rule}: {answer.status_code}"
    assert everything_of(engine, other_school) == before


def test_nobody_passes_a_staff_door_without_a_session(
    app: Flask, client: FlaskClient, school: SmallSchool
) -> None:
    values = {"rounds": "R-000000", "students": school.codes["Amira"]}
    for rule in rules(app):
        if door_of(app, rule).startswith("staff:"):
            assert client.get(fill(rule, values)).status_code in (302, 405), str(rule)
            if rule.methods and "POST" in rule.methods:
                assert client.post(fill(rule, values)).status_code in (400, 401), str(rule)


def test_every_staff_form_needs_its_token(
    app: Flask, sign_in: Callable[..., FlaskClient], their_values: dict[str, str]
) -> None:
    client = sign_in("careers_leader", totp=True)
    for rule in rules(app):
        if door_of(app, rule).startswith("staff:") and rule.methods and "POST" in rule.methods:
            assert client.post(fill(rule, their_values)).status_code == 400, str(rule)


SAME_EVERYWHERE = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def test_every_answer_of_every_route_carries_the_headers(
    app: Flask,
    client: FlaskClient,
    their_values: dict[str, str],
    sign_in: Callable[..., FlaskClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Pages, refusals, redirects, what is not found and what breaks: signed in or not, by every method."""
    leader = sign_in("careers_leader", totp=True)
    walked = [(fill(rule, their_values), rule.methods or set()) for rule in rules(app)]
    walked += [(path, {"GET"}) for path in ("/nothing-here", "/r/mistyped", "/me/mistyped", "/stop/mistyped")]
    seen = set()
    for path, methods in walked:
        for method in [*sorted(methods & {"GET", "POST"}), "DELETE"]:
            for who in (client, leader):
                answer = who.open(path, method=method)
                seen.add(answer.status_code)
                told = {name: answer.headers.get(name) for name in SAME_EVERYWHERE}
                assert told == SAME_EVERYWHERE, f"{method} {path}: {told}"
                policy = answer.headers["Content-Security-Policy"]
                assert policy.startswith("default-src 'none'"), path
                assert "unsafe" not in policy and "http" not in policy, path
                kept = path.startswith("/static/") and answer.status_code == 200
                assert kept or answer.headers["Cache-Control"] == "no-store", path
    assert seen >= {200, 302, 400, 404, 405}, seen
    monkeypatch.setitem(app.view_functions, "health.health", lambda: 1 / 0)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    broken = client.get("/health")
    assert broken.status_code == 500
    assert {name: broken.headers.get(name) for name in SAME_EVERYWHERE} == SAME_EVERYWHERE


def test_public_links_set_no_cookie_and_take_no_get_for_an_answer(
    app: Flask, client: FlaskClient, engine: Engine, their_values: dict[str, str]
) -> None:
    with database.reading(engine) as session:
        link = session.exec(select(Link)).one()
        round_id = session.exec(select(Round)).one().id
    assert link.id is not None
    assert round_id is not None
    signer = LinkSigner([(1, TEST_KEY)])
    for purpose, path in (
        (LinkPurpose.SURVEY, "/r/"),
        (LinkPurpose.STOP, "/stop/"),
        (LinkPurpose.PASSPORT, "/me/"),
    ):
        answer = client.get(path + signer.sign(purpose, link.id))
        assert answer.status_code == 200, path
        assert "Set-Cookie" not in answer.headers, path
