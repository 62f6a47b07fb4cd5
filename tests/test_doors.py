"""Every view names its door, and no staff door opens on another school's rows."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy.engine import Engine
from sqlmodel import select
from werkzeug.routing import Rule

from surveybot.catalogue import load_catalogue
from surveybot.links import LinkPurpose, LinkSigner
from surveybot.records import database
from surveybot.records.answers import Answer
from surveybot.records.deliveries import Delivery
from surveybot.records.follow_ups import HelpRequest
from surveybot.records.invitations import Audience, Link, LinkMedium
from surveybot.records.roster import Student
from surveybot.records.rounds import Round
from surveybot.records.schools import School
from surveybot.records.texts import InboundText, TextState
from surveybot.records.worries import WorryingAnswer
from surveybot.steps.open_round import open_round, plan_round
from tests.conftest import NOW, TEST_KEY, SmallSchool

DOORS = ("link:", "passport", "staff:", "hook", "open", "demo")
CANARY = "Canary"
"""The surname of the other school's only student."""


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
def their_values(engine: Engine, other_school: SmallSchool) -> dict[str, str]:
    """The other school's codes and numbers, by the word that stands before them in an address."""
    survey = load_catalogue().survey("after-mocks")
    with database.writing(engine) as session:
        row = session.get_one(School, other_school.id)
        plan = plan_round(session, row, survey, leaving=2026, year_group=11, now=NOW)
        opened = open_round(session, row, plan, opened_by="x", now=NOW)
        student = session.exec(select(Student).where(Student.school_id == other_school.id)).one()
        delivery = session.exec(select(Delivery).where(Delivery.school_id == other_school.id)).one()
        session.add(
            Link(
                school_id=other_school.id,
                student_id=student.id,
                invitation_id=delivery.invitation_id,
                medium=LinkMedium.PAPER,
                created_at=NOW,
            )
        )
        text = InboundText(
            message_sid="SM-theirs",
            from_number="+447700900180",
            body=CANARY,
            received_at=NOW,
            school_id=other_school.id,
            student_id=student.id,
            state=TextState.INBOX,
        )
        asked = HelpRequest(
            school_id=other_school.id, student_id=student.id or 0, promised_by=NOW, asked_at=NOW
        )
        session.add_all([text, asked])
        said = Answer(
            school_id=other_school.id,
            student_id=student.id or 0,
            invitation_id=delivery.invitation_id or 0,
            survey="goodbye",
            version=1,
            page_number="0" * 12,
            content_sha256="0" * 64,
            content={"words": CANARY},
            receipt="AAAA-AAAA",
            given_by=Audience.STUDENT,
            medium=LinkMedium.SMS,
            answered_at=NOW,
        )
        session.add(said)
        session.flush()
        worry = WorryingAnswer(
            school_id=other_school.id, student_id=student.id or 0, answer_id=said.id or 0, noted_at=NOW
        )
        session.add(worry)
        session.flush()
        return {
            "inbox": str(text.id),
            "help": str(asked.id),
            "worries": str(worry.id),
            "rounds": opened.code,
            "students": student.code,
            "deliveries": str(delivery.id),
            "people": str(other_school.staff["careers_leader"]),
            "staff": str(other_school.staff["careers_leader"]),
        }


def fill(rule: Rule, values: dict[str, str]) -> str:
    """The address of a rule with the other school's values in it."""
    path = []
    for part in rule.rule.split("/"):
        if part.startswith("<"):
            before = next((word for word in reversed(path) if word in values), "")
            path.append(values.get(before, "999999"))
        else:
            path.append(part)
    return "/".join(path)


def test_no_staff_page_shows_another_schools_rows(
    app: Flask,
    their_values: dict[str, str],
    sign_in: Callable[..., FlaskClient],
) -> None:
    token = {
        "csrf_token": URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps("for-tests")
    }
    for role in ("careers_leader", "adviser", "tutor"):
        for rule in rules(app):
            if not door_of(app, rule).startswith("staff:") or rule.rule == "/staff/sign-out":
                continue  # signing out would end the walk
            client = sign_in(role, totp=True)
            for method in sorted(rule.methods & {"GET", "POST"} if rule.methods else ()):
                data = token if method == "POST" else None
                answer = client.open(fill(rule, their_values), method=method, data=data)
                assert CANARY not in answer.text, f"{role} {method} {rule}"
                if rule.arguments:
                    assert answer.status_code in (403, 404), f"{role} {method} {rule}: {answer.status_code}"


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


def test_every_page_carries_the_headers(app: Flask, client: FlaskClient) -> None:
    pages = [
        rule.rule for rule in rules(app) if not rule.arguments and rule.methods and "GET" in rule.methods
    ]
    for page in [*pages, "/nothing-here", "/r/mistyped", "/me/mistyped", "/stop/mistyped"]:
        headers = client.get(page).headers
        assert headers["Referrer-Policy"] == "no-referrer", page
        assert headers["Cache-Control"] == "no-store", page
        assert headers["X-Robots-Tag"].startswith("noindex"), page
        assert headers["X-Content-Type-Options"] == "nosniff", page
        assert "default-src 'none'" in headers["Content-Security-Policy"], page
        assert "unsafe" not in headers["Content-Security-Policy"], page


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
