"""/mine/<token>: "is this address yours?"; asked on the survey and the passport, proven by a choice."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.config import Settings
from surveybot.links import LinkPurpose
from surveybot.records import database
from surveybot.records.answer.answers import Answer
from surveybot.records.answer.contact_proofs import ContactProof
from surveybot.records.installations import take_over
from surveybot.records.roster.students import Route, Student
from surveybot.records.round.invitations import Link
from surveybot.rules.delivery.channels import RouteKind
from surveybot.rules.roster.people import StudentState
from surveybot.steps.roster.change_contact import change_contact
from tests.conftest import NOW, Clock, SmallSchool, open_house
from tests.steps.sending.outbox import INSTANCE, Wire, run
from tests.web.holders import SCANNERS, csrf_of, give_link, look, rows, token
from tests.web.staff_room import a_round, invitation

HOME, NEW = "amira@home.example.org", "+447700900777"
EMAIL, MOBILE = RouteKind.PERSONAL_EMAIL, RouteKind.MOBILE


@pytest.fixture
def app(settings: Settings, engine: Engine, clock: Clock) -> Iterator[Flask]:
    with open_house(replace(settings, demo=True), clock) as app:  # the drama numbers are valid here
        yield app


@dataclass
class Post:
    """The messages that asked at an address, and what was made of the answers."""

    engine: Engine
    settings: Settings
    school: SmallSchool
    clock: Clock

    def ask(self, name: str = "Amira", kind: RouteKind = EMAIL, address: str = HOME) -> str:
        """Give an address, send, and open the message: the path behind its link."""
        with database.writing(self.engine) as session:
            student = session.get_one(Student, self.school.ids[name])
            change_contact(session, student=student, kind=kind, address=address, now=self.clock())
        return self.paths()[-1]

    def paths(self) -> list[str]:
        wire = Wire()
        run(self.engine, self.settings, wire, at=self.clock())
        return [path for one in wire.taken for path in re.findall(r"example.org(/mine/\w+)", one.text)]

    def proven(self, name: str = "Amira", kind: RouteKind = EMAIL) -> str:
        with look(self.engine) as session:
            query = select(Route).where(Route.student_id == self.school.ids[name], Route.kind == kind)
            route = session.exec(query).one_or_none()
            return route.address if route and route.proven_at else ""

    def given(self, name: str = "Amira") -> dict[str, str]:
        with look(self.engine) as session:
            query = select(ContactProof).where(ContactProof.student_id == self.school.ids[name])
            return {row.kind: row.address for row in session.exec(query)}


@pytest.fixture
def mail(engine: Engine, settings: Settings, school: SmallSchool, clock: Clock) -> Post:
    with database.writing(engine) as session:
        take_over(session, INSTANCE, by="test", now=NOW)
    return Post(engine, settings, school, clock)


def test_the_page_shows_the_school_and_nobody(client: FlaskClient, mail: Post) -> None:
    page = client.get(mail.ask())
    assert page.status_code == 200
    assert "Is this email address yours?" in page.text
    assert "Hillview School" in page.text
    assert "checked" not in page.text and "Set-Cookie" not in page.headers
    for secret in ("Amira", "Khan", HOME, "11A", "07700"):
        assert secret not in page.text


def test_no_scanner_proves_anything_and_the_student_then_does(app: Flask, mail: Post) -> None:
    path = mail.ask()
    for name, behave in SCANNERS.items():
        behave(app.test_client(), path)
        assert mail.proven() == "", name
    done = app.test_client().post(path, data={"who": "mine"})
    assert (done.status_code, mail.proven()) == (200, HOME)
    assert "Thank you, that is noted" in done.text
    again = app.test_client()
    assert "noted" in again.get(path).text and "noted" in again.post(path, data={"who": "mine"}).text


def test_an_empty_submit_says_what_to_do(client: FlaskClient, mail: Post) -> None:
    page = client.post(mail.ask())
    assert page.status_code == 422
    assert '<a href="#who">Choose one of the two</a>' in page.text


def test_this_isnt_me_is_thanked_for_and_ends_it(client: FlaskClient, mail: Post) -> None:
    path = mail.ask("Ewa", MOBILE, NEW)
    assert "Is this mobile number yours?" in client.get(path).text
    assert "We will not write here about this again" in client.post(path, data={"who": "wrong"}).text
    assert "not write here" in client.post(path, data={"who": "mine"}).text
    assert mail.proven("Ewa", MOBILE) == ""


def test_a_link_that_has_run_out_offers_a_new_message_to_the_same_place(
    client: FlaskClient, mail: Post, clock: Clock
) -> None:
    path = mail.ask()
    clock.time = NOW + timedelta(days=14)
    old = client.get(path)
    assert (old.status_code, "This link has run out" in old.text) == (410, True)
    assert client.post(path, data={"who": "mine"}).status_code == 422
    assert client.post(path, data={"who": "again"}).status_code == 200
    (new,) = mail.paths()
    assert client.post(new, data={"who": "mine"}).status_code == 200
    assert mail.proven() == HOME


def test_a_replaced_question_and_one_of_somebody_who_died_are_plain_pages(
    client: FlaskClient, mail: Post, engine: Engine, school: SmallSchool
) -> None:
    first = mail.ask()
    second = mail.ask(address="amira.khan@home.example.org")
    assert (client.get(first).status_code, client.post(first, data={"who": "mine"}).status_code) == (410, 410)
    with database.writing(engine) as session:
        session.get_one(Student, school.ids["Amira"]).state = StudentState.DECEASED
    assert client.get(second).status_code == 410
    assert client.post(second, data={"who": "mine"}).status_code == 410
    assert mail.proven() == ""


def test_mistyped_tokens_and_links_of_other_messages_open_nothing(
    app: Flask, client: FlaskClient, mail: Post, engine: Engine, school: SmallSchool
) -> None:
    path = mail.ask()
    survey = give_link(app, engine, school, "Amira", carried_to=NEW)
    with look(engine) as session:
        carried = session.exec(select(Link).where(Link.id != survey)).one().id
    assert carried
    for wrong in (path[:-1], path + "x", f"/mine/{token(app, LinkPurpose.PROVE, survey)}"):
        assert client.get(wrong).status_code == 404
        assert client.post(wrong, data={"who": "mine"}).status_code == 404
    assert client.get(f"/mine/{token(app, LinkPurpose.STOP, carried)}").status_code == 404


# On the survey ---------------------------------------------------------------------------------------


@pytest.fixture
def survey(app: Flask, engine: Engine, school: SmallSchool) -> str:
    """Amira's own page of the survey before leaving."""
    code = a_round(engine, school, "before-leaving")
    with database.writing(engine) as session:
        invited = invitation(session, code, school.ids["Amira"])
    link = give_link(app, engine, school, "Amira", invitation_id=invited.id)
    return f"/r/{token(app, LinkPurpose.SURVEY, link)}"


def answer(client: FlaskClient, path: str, **fields: str) -> tuple[int, str]:
    page = re.search(r'name="page" value="(\w+)"', client.get(path).text)
    assert page
    data = {
        "page": page[1],
        "options-1-kind": "apprenticeship",
        **{f"reach-{k}": v for k, v in fields.items()},
    }
    sent = client.post(path, data=data)
    return sent.status_code, sent.text


def test_the_survey_asks_for_both_and_a_message_goes_to_each_at_once(
    client: FlaskClient, survey: str, mail: Post
) -> None:
    status, page = answer(client, survey, personal_email=HOME, mobile="07700 900 777")
    assert (status, "How we reach you" in page) == (200, True)
    assert "We have sent an email to your own address" in page
    assert mail.given() == {EMAIL: HOME, MOBILE: NEW}
    for path in mail.paths():
        client.post(path, data={"who": "mine"})
    assert (mail.proven(), mail.proven(kind=MOBILE)) == (HOME, NEW)


def test_what_was_typed_is_no_part_of_the_answer_and_never_shown_by_the_link(
    client: FlaskClient, survey: str, mail: Post, engine: Engine
) -> None:
    answer(client, survey, personal_email=HOME)
    assert HOME not in client.get(survey).text
    with look(engine) as session:
        assert HOME not in str(session.exec(select(Answer)).one().content)


@pytest.mark.parametrize(
    ("field", "typed", "problem"),
    [
        ("personal_email", "amira@", "Enter an email address like name@example.org"),
        ("personal_email", "amira2@pupils.example.org", "Enter an email address of your own"),
        ("mobile", "12", "Enter a UK mobile number with 11 digits"),
    ],
)
def test_what_cannot_be_used_is_said_and_kept_and_nothing_is_taken(
    client: FlaskClient, survey: str, mail: Post, engine: Engine, field: str, typed: str, problem: str
) -> None:
    before = rows(engine, Answer, ContactProof)
    status, page = answer(client, survey, **{field: typed})
    assert (status, problem in page, f'value="{typed}"' in page) == (422, True, True)
    assert f'href="#reach-{field}"' in page and f'id="reach-{field}"' in page
    assert rows(engine, Answer, ContactProof) == before


def test_the_same_page_sent_twice_asks_once(client: FlaskClient, survey: str, mail: Post) -> None:
    answer(client, survey, mobile="07700900777")
    status, page = answer(client, survey, mobile="07700900777")
    assert (status, "ask again in an hour" in page) == (200, True)
    assert len(mail.paths()) == 1


# On the passport -------------------------------------------------------------------------------------


def test_the_passport_keeps_the_old_one_until_the_new_one_is_proven(
    app: Flask, engine: Engine, school: SmallSchool, mail: Post, clock: Clock
) -> None:
    client = app.test_client()
    path = f"/me/{token(app, LinkPurpose.PASSPORT, give_link(app, engine, school, 'Amira'))}"
    client.post(f"{path}/birthday", data={"day": "3", "month": "10"})

    def change(what: str, **fields: str) -> str:
        data = {"csrf_token": csrf_of(client.get(f"{path}/see").text), **fields}
        return client.post(f"{path}/see/{what}", data=data).text

    assert "We have sent a text to your number" in change("contact", mobile="07700 900777")
    page = client.get(f"{path}/see").text
    assert 'value="07700 900777"' in page
    assert "Until you say that it is yours we use 07700 900101." in page
    assert "They are the same as before." in change("contact", mobile="07700 900777")
    assert "Choose where to send it" in change("again")
    assert "ask again in an hour" in change("again", again="mobile")
    clock.time = NOW + timedelta(hours=1)
    client.post(f"{path}/birthday", data={"day": "3", "month": "10"})
    assert "We have sent a text" in change("again", again="mobile")
    client.post(mail.paths()[-1], data={"who": "mine"})
    assert mail.proven(kind=MOBILE) == NEW
    assert "Not yet confirmed" not in client.get(f"{path}/see").text
