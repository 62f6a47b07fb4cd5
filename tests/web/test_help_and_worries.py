"""What a person must see of an answer on a page: who asks for help, and worrying words; as with a text."""

import re
from collections.abc import Callable
from typing import TypeVar

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine
from sqlmodel import Session, SQLModel, select

from surveybot.links import LinkPurpose
from surveybot.messages import TEXTS, load_templates
from surveybot.records import database
from surveybot.records.answer.worries import WorryingAnswer
from surveybot.records.audit import AuditEntry
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.destination.destinations import DestinationFact
from surveybot.records.follow_ups import HelpRequest
from surveybot.records.round.invitations import Link, LinkMedium
from surveybot.records.schools import School
from surveybot.records.staff import StaffMember
from surveybot.rules.delivery.delivery_states import MessageClass
from tests.conftest import NOW, SmallSchool
from tests.web.staff_room import a_round, invitation, post

SignIn = Callable[..., FlaskClient]
Row = TypeVar("Row", bound=SQLModel)
COLLEGE = {"options-1-kind": "further_education_college", "options-1-provider": "City College"}
WORRY = {"options-1-kind": "not_sure", "options-1-course": "canary i want to die"}


@pytest.fixture
def code(engine: Engine, school: SmallSchool) -> str:
    with database.writing(engine) as session:
        row = session.get_one(School, school.id)
        row.settings = {**row.settings, "help_adult": "Ms Jones"}
    return a_round(engine, school)


@pytest.fixture
def send(app: Flask, engine: Engine, school: SmallSchool, code: str) -> Callable[..., str]:
    """Send Amira's page, with a new number each time; the words of the page after it."""
    with database.writing(engine) as session:
        invited = invitation(session, code, school.ids["Amira"])
        link = Link(
            school_id=school.id,
            student_id=invited.student_id,
            invitation_id=invited.id,
            medium=LinkMedium.PAPER,
            created_at=NOW,
        )
        session.add(link)
        session.flush()
        assert link.id is not None
        number = link.id
    signer = app.extensions["surveybot"].signer
    path = f"/r/{signer.sign(LinkPurpose.SURVEY, number)}"

    def sent(**said: object) -> str:
        answer = app.test_client().post(path, data={"page": signer.new_page(number), **said})
        assert answer.status_code == 200
        return " ".join(re.sub(r"<[^>]+>", "", answer.text).split())

    return sent


def rows(engine: Engine, table: type[Row]) -> list[Row]:
    with database.reading(engine) as session:
        return list(session.exec(select(table)))


def alerts(engine: Engine) -> list[str]:
    return [row.template for row in rows(engine, Delivery) if row.message_class is MessageClass.STAFF]


def test_who_asks_for_help_on_a_page_gets_a_promise_and_a_named_adult_is_told_once(
    engine: Engine, send: Callable[..., str], sign_in: SignIn
) -> None:
    promised = "Ms Jones at your school will get back to you by 4pm"
    assert promised in send(help="talk", **COLLEGE)
    assert promised in send(help=["talk", "money"], **COLLEGE)
    (request,) = rows(engine, HelpRequest)
    assert alerts(engine).count("alert-help") == 2  # an adviser and a leader: nobody is called Ms Jones
    listed = sign_in("careers_leader").get("/staff/inbox/help").text
    assert "Amira" in listed and "Ms Jones" in listed
    assert request.answer_id is not None and request.text_id is None


def test_who_asks_for_no_help_opens_nothing(engine: Engine, send: Callable[..., str]) -> None:
    assert "get back to you" not in send(help="none", **COLLEGE)
    assert (rows(engine, HelpRequest), rows(engine, WorryingAnswer)) == ([], [])
    assert alerts(engine) == []


def test_worrying_words_are_answered_as_a_text_is_and_the_safeguarding_lead_is_told_once(
    engine: Engine, send: Callable[..., str], caplog: pytest.LogCaptureFixture
) -> None:
    care = load_templates(TEXTS).files["care.txt"].split()
    for _twice in range(2):
        assert " ".join(care) in send(**WORRY)
    assert alerts(engine) == ["alert-safeguarding"]
    assert len(rows(engine, WorryingAnswer)) == 1
    assert "canary" not in caplog.text
    assert [fact.course_title for fact in rows(engine, DestinationFact)] == ["", ""]


@pytest.mark.parametrize(("role", "sees"), [("careers_leader", True), ("adviser", False), ("tutor", False)])
def test_the_words_of_a_worry_are_for_those_who_lead(
    app: Flask,
    engine: Engine,
    school: SmallSchool,
    send: Callable[..., str],
    sign_in: SignIn,
    role: str,
    sees: bool,
) -> None:
    send(**WORRY)
    client, (worry,) = sign_in(role), rows(engine, WorryingAnswer)
    page = f"/staff/inbox/worries/{worry.id}"
    assert (page in client.get("/staff/inbox").text) is sees
    assert client.get(page).status_code == (200 if sees else 404)
    assert ("canary" in client.get(page).text) is sees
    student = client.get(f"/staff/students/{school.codes['Amira']}").text
    assert ("canary" in student) is sees
    assert ("kept for the safeguarding lead" in student) is not sees
    assert post(app, client, f"{page}/done").status_code == (302 if sees else 404)
    assert (page in client.get("/staff/inbox").text) is False
    deeds = [entry.deed for entry in rows(engine, AuditEntry)]
    assert ("worry_closed" in deeds) is sees


def test_the_safeguarding_lead_reads_them_whatever_their_post(
    engine: Engine, school: SmallSchool, send: Callable[..., str], sign_in: SignIn
) -> None:
    send(**WORRY)
    with database.writing(engine) as session:
        _is_safeguarding_lead(session, school)
    (worry,) = rows(engine, WorryingAnswer)
    assert "canary" in sign_in("tutor").get(f"/staff/inbox/worries/{worry.id}").text


def _is_safeguarding_lead(session: Session, school: SmallSchool) -> None:
    row = session.get_one(School, school.id)
    email = session.get_one(StaffMember, school.staff["tutor"]).email
    row.settings = {**row.settings, "safeguarding_email": email}


def test_what_a_tutor_writes_down_is_looked_after_too(
    app: Flask, engine: Engine, school: SmallSchool, code: str, sign_in: SignIn
) -> None:
    client, where = sign_in("tutor"), f"/staff/rounds/{code}/answer/{school.codes['Amira']}"
    number = re.search(r'name="page" value="(\w+)"', client.get(where).text)
    assert number
    post(app, client, where, page=number[1], help="talk", **WORRY)
    shown = client.get("/staff/").text
    assert "Ms Jones will get back to them by" in shown
    assert "The safeguarding lead has been told" in shown
    assert len(rows(engine, HelpRequest)) == len(rows(engine, WorryingAnswer)) == 1
