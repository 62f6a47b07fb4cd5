"""A tutor's own list of students whose destination is unknown, from the email to the last one done."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine
from sqlmodel import col, select

from surveybot.links import LinkPurpose
from surveybot.records import database
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.destination.destinations import DestinationFact
from surveybot.records.destination.providers import Provider
from surveybot.records.round.invitations import Invitation, Link
from surveybot.records.round.rounds import Round
from surveybot.records.staff import StaffPost
from surveybot.rules.roster.people import StaffRole
from tests.conftest import Clock, SmallSchool
from tests.steps.tutors import OCTOBER, learn, open_now
from tests.web.staff_room import post

SignIn = Callable[..., FlaskClient]
KNOWN = {"kind": "further_education_college", "how": "student", "learned": "2026-10-05"}
PREVIEW = "/staff/rounds/new/preview?survey=tutor-unknowns&cohort=11-2026&group=&opens=&closes="
CHOSEN = {"survey": "tutor-unknowns", "cohort": "11-2026"}


@pytest.fixture(autouse=True)
def october(clock: Clock) -> None:
    clock.time = OCTOBER


@pytest.fixture
def code(engine: Engine, school: SmallSchool) -> str:
    return open_now(engine, school)


def page_of(code: str, school: SmallSchool, forename: str = "") -> str:
    return f"/staff/rounds/{code}/mine" + (f"/{school.codes[forename]}" if forename else "")


def facts(engine: Engine) -> list[DestinationFact]:
    with database.reading(engine) as session:
        return list(session.exec(select(DestinationFact).order_by(col(DestinationFact.id))))


def test_the_list_holds_the_own_group_alone_and_says_how_far_it_is(
    engine: Engine, sign_in: SignIn, school: SmallSchool, code: str
) -> None:
    learn(engine, school, "Amira")
    learn(engine, school, "Ben", destination="looking")
    text = sign_in("tutor").get(page_of(code, school)).text
    assert "1 of 5 done" in text
    assert "Last word: " in text
    assert "Nobody has said anything yet" in text
    assert "from the student, Mon 5 Oct 2026" in text
    assert "Finn" not in text and "Walsh" not in text
    assert "/r/" not in text


def test_nobody_else_s_student_list_or_school_opens(
    app: Flask, engine: Engine, sign_in: SignIn, school: SmallSchool, other_school: SmallSchool, code: str
) -> None:
    with database.writing(engine) as session:
        staff = other_school.staff["careers_leader"]
        session.add(
            StaffPost(staff_id=staff, school_id=other_school.id, role=StaffRole.TUTOR, tutor_group="11A")
        )
    tutor, stranger = sign_in("tutor"), sign_in("careers_leader", at=other_school)
    assert tutor.get(page_of(code, school, "Finn")).status_code == 404
    for deed in ("", "/help", "/pass-on", "/take-back"):
        path = page_of(code, school, "Finn") + deed
        assert post(app, tutor, path, **KNOWN).status_code == 404
        assert post(app, stranger, path, **KNOWN).status_code == 404
    assert stranger.get(page_of(code, school)).status_code == 404
    assert facts(engine) == []


def test_who_is_not_signed_in_asks_there_and_comes_back_to_the_list(
    app: Flask, engine: Engine, client: FlaskClient, school: SmallSchool, code: str
) -> None:
    answer = client.get(page_of(code, school))
    assert answer.location == f"/staff/sign-in?next=%2Fstaff%2Frounds%2F{code}%2Fmine"
    assert post_open(client, answer.location, email="tutor@example.org").status_code == 302
    with database.reading(engine) as session:
        link = session.exec(select(Link).where(Link.staff_id == school.staff["tutor"])).one()
    token = app.extensions["surveybot"].signer.sign(LinkPurpose.SIGN_IN, link.id)
    elsewhere = app.test_client()  # the email is opened on a phone, the page was on a desk
    back = post_open(elsewhere, f"/staff/sign-in/{token}", email="tutor@example.org")
    assert back.location == page_of(code, school)
    assert "0 of 5 done" in elsewhere.get(back.location).text


def post_open(client: FlaskClient, path: str, **fields: str) -> Any:
    """Post a form of a page for which nobody is signed in yet, with its own token."""
    page = client.get(path).text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    return client.post(path.partition("?")[0], data={"csrf_token": token, **fields})


def test_what_is_known_is_written_down_with_its_provider_and_the_list_says_so(
    app: Flask, engine: Engine, sign_in: SignIn, school: SmallSchool, code: str
) -> None:
    with database.writing(engine) as session:
        session.add(Provider(name="Saltern College", folded_name="saltern college"))
    tutor, path = sign_in("tutor"), page_of(code, school, "Amira")
    page = tutor.get(path).text
    assert "checked" not in page and "selected" not in page.replace('value="" selected', "")
    said = {**KNOWN, "provider": "Saltern Colege", "since": "september", "course": "Plumbing"}
    unsure = post(app, tutor, path, **said)
    assert unsure.status_code == 422 and "Which place do you mean?" in unsure.text
    answer = post(app, tutor, path, **said, meant="Saltern College")
    again = post(app, tutor, path, **said, meant="Saltern College")
    assert answer.location == again.location == page_of(code, school)
    (fact,) = facts(engine)
    assert (fact.provider_name, fact.provider_id is not None) == ("Saltern College", True)
    assert (
        "on a tutor&#39;s list: the student said so"
        in tutor.get(f"/staff/students/{school.codes['Amira']}").text
    )
    page = tutor.get(page_of(code, school)).text
    assert "1 of 5 done" in page
    assert "Saltern College, Plumbing" in page and "Tia Tutor, the student said so" in page


@pytest.mark.parametrize(
    ("deed", "fields", "problem"),
    [
        ("", {}, "Choose what they are doing"),
        ("", {**KNOWN, "how": ""}, "Choose how you know it"),
        ("", {**KNOWN, "kind": "not_sure"}, "Not a valid choice"),
        ("", {**KNOWN, "learned": "2026-10-06"}, "not to come"),
        ("", {**KNOWN, "learned": "2026-08-25"}, "since Tue 1 Sep 2026"),
        ("", {**KNOWN, "learned": "yesterday"}, "Not a valid date"),
        ("", {**KNOWN, "provider": "x" * 121}, "at most 120 letters"),
        ("/pass-on", {}, "Choose who shall follow it up"),
        ("/pass-on", {"to": "999", "why": "x"}, "Not a valid choice"),
        ("/help", {"note": "x" * 301}, "at most 300 letters"),
    ],
)
def test_what_makes_no_sense_is_said_and_nothing_is_written(
    app: Flask,
    engine: Engine,
    sign_in: SignIn,
    school: SmallSchool,
    code: str,
    deed: str,
    fields: dict[str, str],
    problem: str,
) -> None:
    answer = post(app, sign_in("tutor"), page_of(code, school, "Amira") + deed, **fields)
    assert answer.status_code == 422
    assert problem in answer.text and "There is a problem" in answer.text
    assert facts(engine) == []


def test_a_student_is_passed_to_an_adviser_who_reads_the_note_in_the_inbox_and_it_can_be_taken_back(
    app: Flask, engine: Engine, sign_in: SignIn, school: SmallSchool, code: str
) -> None:
    tutor, path = sign_in("tutor"), page_of(code, school, "Chloe")
    adviser = sign_in("adviser")
    to = str(school.staff["adviser"])
    post(app, tutor, f"{path}/pass-on", to=to, why="The number is dead <b>")
    inbox = adviser.get("/staff/inbox/help").text
    assert "Chloe Brown" in inbox and "Passed on by Tia Tutor" in inbox
    assert "The number is dead &lt;b&gt;" in inbox
    with database.reading(engine) as session:
        alert = session.exec(select(Delivery).where(Delivery.template == "alert-passed-on")).one()
    assert alert.staff_id == school.staff["adviser"]
    assert "Passed to an adviser" in tutor.get(page_of(code, school)).text
    post(app, tutor, f"{path}/take-back")
    assert "Chloe Brown" not in adviser.get("/staff/inbox/help").text
    post(app, tutor, f"{path}/help")
    assert "Careers leader" in adviser.get("/staff/inbox/help").text


def test_leaders_see_counts_of_staff_and_the_students_without_a_tutor_are_theirs(
    app: Flask, sign_in: SignIn, school: SmallSchool, code: str
) -> None:
    leader, adviser, tutor = sign_in("careers_leader"), sign_in("adviser"), sign_in("tutor")
    page = leader.get(f"/staff/rounds/{code}").text
    assert "tutors asked" in page and "Tia Tutor" in page and "0 / 5" in page and "0 / 6" in page
    assert leader.get(f"/staff/rounds/{code}/live").text.count("still unknown") == 1
    own = leader.get(page_of(code, school)).text
    assert "0 of 6 done" in own and "Amira" not in own
    assert "0 of 2 tutors done, 11 students still unknown" in leader.get("/staff/").text
    assert "0 of 5 done" in tutor.get("/staff/").text
    assert adviser.get(page_of(code, school)).location == f"/staff/rounds/{code}"
    assert tutor.get(f"/staff/rounds/{code}").location == page_of(code, school)
    assert "Tia Tutor" in leader.get(f"/staff/rounds/{code}/remind").text
    post(app, leader, f"/staff/rounds/{code}/remind")
    assert "5 of 11 students" not in leader.get(f"/staff/rounds/{code}/close").text
    post(app, leader, f"/staff/rounds/{code}/close", sure="yes")
    assert tutor.get(page_of(code, school)).status_code == 200


def test_a_new_round_shows_which_tutor_gets_what_and_makes_no_link(
    app: Flask, engine: Engine, sign_in: SignIn, school: SmallSchool
) -> None:
    leader = sign_in("careers_leader")
    page = leader.get(PREVIEW).text
    assert "11 students who left Year 11 in summer 2026 are unknown in destination year 1" in page
    assert "Tia Tutor" in page and "/mine" in page and "/r/" not in page
    assert post(app, leader, "/staff/rounds/new/test", **CHOSEN).status_code == 422
    number = app.extensions["surveybot"].signer.new_page(school.staff["careers_leader"])
    answers = [post(app, leader, "/staff/rounds/new/open", request=number, **CHOSEN) for _ in range(2)]
    with database.reading(engine) as session:
        (row,) = session.exec(select(Round)).all()
        assert session.exec(select(Invitation)).first() is None
        assert session.exec(select(Link)).first() is None
        assert {one.template for one in session.exec(select(Delivery))} == {"tutor-unknowns"}
    assert [answer.location for answer in answers] == [f"/staff/rounds/{row.code}"] * 2
    assert leader.get(PREVIEW).status_code == 422
    assert leader.get(f"/staff/rounds/{row.code}/answer/{school.codes['Amira']}").status_code == 404
