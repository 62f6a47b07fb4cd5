"""A round is looked at in full before it goes out, and opens once."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.records import database
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.round.rounds import Round
from tests.conftest import SmallSchool
from tests.web.staff_room import a_round, post

SignIn = Callable[..., FlaskClient]
PREVIEW = "/staff/rounds/new/preview?survey=after-mocks&cohort=11-2026&group=&opens=&closes="
CHOSEN = {"survey": "after-mocks", "cohort": "11-2026"}


def rounds(engine: Engine) -> list[Round]:
    with database.reading(engine) as session:
        return list(session.exec(select(Round)))


def request_number(page: str) -> str:
    found = re.search(r'name="request" value="(\w+)"', page)
    assert found
    return found[1]


def test_the_form_offers_the_surveys_and_the_cohorts_that_there_are(
    sign_in: SignIn, school: SmallSchool
) -> None:
    page = sign_in("careers_leader").get("/staff/rounds/new").text
    assert "Results day" in page
    assert "Year 11 finishing in summer 2026 (11 students)" in page
    assert "checked" not in page


def test_a_preview_shows_the_message_the_cost_and_who_is_left_out_and_writes_nothing(
    engine: Engine, sign_in: SignIn, school: SmallSchool
) -> None:
    page = sign_in("careers_leader").get(PREVIEW).text
    assert "Hi Sam," in page
    assert "Hillview School asks" in page
    assert "segments" in page
    assert "about £" in page
    assert "Finn Walsh" in page
    assert "No email address or mobile number on the roster" in page
    assert "Kit" not in page  # who died is in no list
    assert "Open the round for 10 students" in page
    assert rounds(engine) == []


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("", "Choose a survey"),
        ("survey=after-mocks", "Choose a year group"),
        ("survey=after-mocks&cohort=11-1999", "Not a valid choice"),
        ("survey=after-mocks&cohort=11-2026&opens=2026-03-29T01:30", "does not exist"),
        ("survey=after-mocks&cohort=11-2026&closes=2020-01-01T08:00", "would close before it opens"),
        ("survey=after-mocks&cohort=11-2026&closes=soon", "is not a time"),
    ],
)
def test_what_makes_no_sense_is_said_beside_its_field(
    sign_in: SignIn, school: SmallSchool, query: str, problem: str
) -> None:
    answer = sign_in("careers_leader").get(f"/staff/rounds/new/preview?{query}")
    assert answer.status_code == 422
    assert problem in answer.text
    assert "There is a problem" in answer.text


def test_a_double_click_opens_one_round_and_both_arrive_at_it(
    app: Flask, engine: Engine, sign_in: SignIn, school: SmallSchool
) -> None:
    client = sign_in("careers_leader")
    number = request_number(client.get(PREVIEW).text)
    answers = [post(app, client, "/staff/rounds/new/open", request=number, **CHOSEN) for _ in range(2)]
    (row,) = rounds(engine)
    assert [answer.location for answer in answers] == [f"/staff/rounds/{row.code}"] * 2
    assert row.opened_by == "leader@example.org"
    with database.reading(engine) as session:
        assert len(session.exec(select(Delivery)).all()) == 10


def test_a_second_round_for_the_same_students_is_refused_with_a_way_to_the_first(
    app: Flask, engine: Engine, sign_in: SignIn, school: SmallSchool
) -> None:
    code = a_round(engine, school)
    client = sign_in("careers_leader")
    answer = client.get(PREVIEW)
    assert answer.status_code == 422
    assert f'href="/staff/rounds/{code}"' in answer.text
    number = app.extensions["surveybot"].signer.new_page(school.staff["careers_leader"])
    again = post(app, client, "/staff/rounds/new/open", request=number, **CHOSEN)
    assert again.status_code == 422
    assert len(rounds(engine)) == 1


def test_a_page_number_that_was_not_given_out_opens_nothing(
    app: Flask, engine: Engine, sign_in: SignIn, school: SmallSchool
) -> None:
    client = sign_in("careers_leader")
    assert post(app, client, "/staff/rounds/new/open", request="made-up", **CHOSEN).status_code == 404
    assert client.post("/staff/rounds/new/open", data=CHOSEN).status_code == 400
    assert rounds(engine) == []


def test_the_message_goes_to_oneself_first_at_the_address_of_the_account(
    app: Flask, engine: Engine, sign_in: SignIn, school: SmallSchool
) -> None:
    client = sign_in("careers_leader")
    answer = post(app, client, "/staff/rounds/new/test", email="somebody@example.org", **CHOSEN)
    assert "leader@example.org" in client.get(answer.location).text
    with database.reading(engine) as session:
        row = session.exec(select(Delivery)).one()
    assert (row.template, row.staff_id) == ("test-to-self", school.staff["careers_leader"])
    assert row.facts == {"survey": "after-mocks", "year_group": 11}
    assert rounds(engine) == []


@pytest.mark.parametrize("role", ["tutor", "adviser"])
def test_only_leaders_open_rounds(app: Flask, sign_in: SignIn, school: SmallSchool, role: str) -> None:
    client = sign_in(role)
    assert client.get("/staff/rounds/new").status_code == 403
    assert client.get(PREVIEW).status_code == 403
    assert post(app, client, "/staff/rounds/new/open", **CHOSEN).status_code == 403
