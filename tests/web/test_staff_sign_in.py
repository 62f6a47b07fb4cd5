"""Signing in, as a person and as somebody who should not get in meets it."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.links import LinkPurpose
from surveybot.records import database
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.round.invitations import Link
from surveybot.records.staff import StaffMember, StaffPost
from surveybot.rules.roster.people import StaffRole
from surveybot.steps.staff.sign_in import new_sign_in_link
from surveybot.web.staff.coming_back import safe_next
from tests.conftest import NOW, Clock, SmallSchool
from tests.web.staff_room import post

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    """A browser that has opened the sign-in page."""
    client = app.test_client()
    with client.session_transaction(path="/staff/sign-in") as cookie:
        cookie["csrf_token"] = "for-tests"
    return client


@pytest.fixture
def link(app: Flask, engine: Engine, school: SmallSchool) -> str:
    """A fresh sign-in link of the careers leader."""
    with database.writing(engine) as session:
        staff = session.get_one(StaffMember, school.staff["careers_leader"])
        row = new_sign_in_link(session, staff, now=NOW)
        assert row.id is not None
        token = app.extensions["surveybot"].signer.sign(LinkPurpose.SIGN_IN, row.id)
        return f"/staff/sign-in/{token}"


def links(engine: Engine) -> list[Link]:
    with database.reading(engine) as session:
        return list(session.exec(select(Link)))


def test_the_page_says_the_same_to_a_stranger_and_to_staff(
    app: Flask, stranger: FlaskClient, school: SmallSchool, engine: Engine
) -> None:
    answers = []
    for email in ("leader@example.org", "nobody@example.org"):
        answer = post(app, stranger, "/staff/sign-in", email=email)
        assert answer.status_code == 302
        answers.append(stranger.get(answer.location).text)
    assert answers[0] == answers[1]
    assert len(links(engine)) == 1


def test_five_links_in_a_quarter_of_an_hour_are_enough(
    app: Flask, stranger: FlaskClient, school: SmallSchool, engine: Engine
) -> None:
    for _ in range(7):
        assert post(app, stranger, "/staff/sign-in", email="adviser@example.org").status_code == 302
    assert len(links(engine)) == 5


def test_opening_a_link_uses_nothing_up(stranger: FlaskClient, link: str, engine: Engine) -> None:
    for _ in range(3):
        page = stranger.get(link)
        assert "Write your email address once more" in page.text
    assert links(engine)[0].used_at is None


@pytest.mark.parametrize("email", ["", "tutor@example.org"])
def test_a_wrong_or_empty_address_uses_nothing_up(
    app: Flask, stranger: FlaskClient, link: str, engine: Engine, email: str
) -> None:
    answer = post(app, stranger, link, email=email)
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert links(engine)[0].used_at is None
    assert post(app, stranger, link, email="leader@example.org").status_code == 302


def test_a_link_signs_in_once(app: Flask, stranger: FlaskClient, link: str) -> None:
    assert post(app, stranger, link, email=" Leader@example.org").location == "/staff/"
    assert "Lee Leader" in stranger.get("/staff/").text
    other = app.test_client()
    again = other.get(link)
    assert again.status_code == 410
    assert "Ask for a new link" in again.text


def test_a_link_is_too_old_after_a_quarter_of_an_hour(
    app: Flask, stranger: FlaskClient, link: str, clock: Clock
) -> None:
    clock.time = NOW + timedelta(minutes=15)
    assert stranger.get(link).status_code == 410
    assert post(app, stranger, link, email="leader@example.org").status_code == 410


def test_a_post_without_its_token_is_refused(stranger: FlaskClient, link: str, engine: Engine) -> None:
    assert stranger.post(link, data={"email": "leader@example.org"}).status_code == 400
    assert stranger.post("/staff/sign-in", data={"email": "leader@example.org"}).status_code == 400
    assert len(links(engine)) == 1


def test_signing_in_replaces_whatever_cookie_came_in(app: Flask, stranger: FlaskClient, link: str) -> None:
    with stranger.session_transaction(path="/staff/sign-in") as cookie:
        cookie["planted"] = "by somebody else"
        cookie["totp_at"] = NOW.timestamp()
    answer = post(app, stranger, link, email="leader@example.org")
    said = answer.headers["Set-Cookie"]
    assert all(word in said for word in ("HttpOnly", "SameSite=Lax", "Secure", "Path=/staff"))
    with stranger.session_transaction(path="/staff/") as cookie:
        assert "planted" not in cookie
        assert "totp_at" not in cookie


def test_a_tutor_comes_back_to_the_list_on_another_device(
    app: Flask, stranger: FlaskClient, school: SmallSchool, engine: Engine
) -> None:
    stranger.get("/staff/sign-in?next=/staff/rounds/R-ABC123/mine")
    with stranger.session_transaction(path="/staff/sign-in") as cookie:
        cookie["csrf_token"] = "for-tests"
    post(app, stranger, "/staff/sign-in", email="tutor@example.org")
    token = app.extensions["surveybot"].signer.sign(LinkPurpose.SIGN_IN, links(engine)[0].id)
    phone = app.test_client()
    with phone.session_transaction(path="/staff/") as cookie:
        cookie["csrf_token"] = "for-tests"
    answer = post(app, phone, f"/staff/sign-in/{token}", email="tutor@example.org")
    assert answer.location == "/staff/rounds/R-ABC123/mine"


@pytest.mark.parametrize(
    "wanted",
    [
        "https://elsewhere.example.org/staff/",
        "//elsewhere.example.org/staff",
        "/staff//elsewhere.example.org",
        "/staff/\\elsewhere",
        "/r/token",
        "/staffx",
        "/staff/sign-out",
        "/staff/?q=\r\nSet-Cookie: x",
        "javascript:alert(1)",
        "",
        None,
    ],
)
def test_nobody_is_sent_to_another_site_after_signing_in(wanted: str | None) -> None:
    assert safe_next(wanted) == "/staff/"


def test_a_staff_page_with_its_query_is_come_back_to() -> None:
    assert safe_next("/staff/rounds/R-ABC123?part=not-yet") == "/staff/rounds/R-ABC123?part=not-yet"


def test_a_session_lasts_eight_hours(sign_in: SignIn, clock: Clock) -> None:
    client = sign_in("careers_leader")
    clock.time = NOW + timedelta(hours=7, minutes=59)
    assert client.get("/staff/").status_code == 200
    clock.time = NOW + timedelta(hours=8, minutes=1)
    assert client.get("/staff/").status_code == 302


def test_signing_out_ends_a_copied_cookie_too(app: Flask, sign_in: SignIn) -> None:
    client, copy = sign_in("careers_leader"), sign_in("careers_leader")
    assert post(app, client, "/staff/sign-out").location == "/staff/sign-in"
    assert copy.get("/staff/").status_code == 302


def test_one_person_with_two_schools_chooses(
    app: Flask,
    engine: Engine,
    stranger: FlaskClient,
    school: SmallSchool,
    other_school: SmallSchool,
    link: str,
) -> None:
    with database.writing(engine) as session:
        session.add(
            StaffPost(
                staff_id=school.staff["careers_leader"],
                school_id=other_school.id,
                role=StaffRole.CAREERS_LEADER,
            )
        )
    assert post(app, stranger, link, email="leader@example.org").location == "/staff/school"
    with stranger.session_transaction(path="/staff/") as cookie:
        cookie["csrf_token"] = "for-tests"
    assert post(app, stranger, "/staff/school").status_code == 422
    assert post(app, stranger, "/staff/school", school="999").status_code == 422
    post(app, stranger, "/staff/school", school=str(other_school.id))
    page = stranger.get("/staff/").text
    assert "Riverside School" in page
    assert "Change school" in page


def test_a_second_step_is_set_up_and_then_asked_for_before_an_export(
    app: Flask, sign_in: SignIn, engine: Engine, school: SmallSchool, clock: Clock
) -> None:
    client = sign_in("careers_leader")
    page = client.get("/staff/two-step?next=/staff/export", follow_redirects=True).text
    assert "Show me the code to scan" in page
    post(app, client, "/staff/two-step/set-up?next=/staff/export")
    assert "<svg" in client.get("/staff/two-step/set-up").text
    with database.reading(engine) as session:
        secret = session.get_one(StaffMember, school.staff["careers_leader"]).totp_secret
    assert secret
    wrong = post(app, client, "/staff/two-step/set-up", code="12345")
    assert wrong.status_code == 422
    assert "wrong, or was used already" in wrong.text
    code = pyotp.TOTP(secret).at(NOW)
    right = post(app, client, "/staff/two-step/set-up?next=/staff/export", code=code)
    assert right.location == "/staff/export"
    assert secret not in client.get("/staff/two-step/set-up", follow_redirects=True).text
    replay = post(app, sign_in("careers_leader"), "/staff/two-step", code=code)
    assert replay.status_code == 422
    clock.time = NOW + timedelta(minutes=1)
    fresh = pyotp.TOTP(secret).at(clock.time)
    assert post(app, sign_in("careers_leader"), "/staff/two-step", code=fresh).status_code == 302


def test_a_first_set_up_comes_back_to_the_whole_page(app: Flask, sign_in: SignIn) -> None:
    client = sign_in("careers_leader")
    wanted = "/staff/export/preview?what=intended&cohort=11-2026"
    asked = client.get(wanted).headers["Location"]
    set_up = client.get(asked).headers["Location"]
    again = post(app, client, set_up).headers["Location"]
    assert [parse_qs(urlsplit(address).query)["next"] for address in (asked, set_up, again)] == [[wanted]] * 3


def test_a_tutor_has_no_second_step(sign_in: SignIn) -> None:
    assert sign_in("tutor").get("/staff/two-step").status_code == 403


def test_the_email_goes_to_the_outbox_with_no_text_yet(
    app: Flask, stranger: FlaskClient, school: SmallSchool, engine: Engine
) -> None:
    post(app, stranger, "/staff/sign-in", email="leader@example.org")
    with database.reading(engine) as session:
        row = session.exec(select(Delivery)).one()
    assert (row.template, row.body_text, row.to_address) == ("sign-in", "", "")
