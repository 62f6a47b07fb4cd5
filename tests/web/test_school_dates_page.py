"""A careers leader sets the dates of the school, and what the plan does at other times."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine

from surveybot.records import database
from surveybot.records.schools import School
from tests.conftest import SmallSchool
from tests.web.staff_room import post
from tests.web.test_student_page import Page

SignIn = Callable[..., FlaskClient]
PAGE = "/staff/calendar/dates?summer=2027"


def fields(html: str) -> dict[str, str]:
    """The form as it stands on the page."""
    controls = Page(html).controls
    named = [one for one in controls if one["tag"] == "input" and one.get("type") != "checkbox"]
    return {str(one["name"]): one.get("value") or "" for one in named if one.get("name") != "csrf_token"}


def own(engine: Engine, school: SmallSchool) -> dict[str, str]:
    with database.reading(engine) as session:
        stored = session.get_one(School, school.id).settings
    return {key: value for key, value in stored.items() if key.startswith(("calendar.", "plan."))}


def test_dates_are_set_and_the_calendar_follows_and_what_is_as_usual_is_not_stored(
    app: Flask, engine: Engine, school: SmallSchool, sign_in: SignIn
) -> None:
    client = sign_in("careers_leader")
    page = client.get(PAGE).text
    assert "This day is official" in page and "Fri 25 Dec 2026" in page and "September Guarantee" in page
    usual = fields(page)
    assert post(app, client, PAGE, **usual).status_code == 302 and own(engine, school) == {}

    changed = {
        "calendar.mocks.2027-first": "2026-11-30",
        "calendar.mocks.2027-last": "2026-12-11",
        "calendar.results.gcse.2027-first": "2027-08-26",
        "calendar.results.a_level.2027-official": "yes",
        "calendar.closed-first": "2026-12-04",
        "plan.check-in-spring.1-first": "off",
        "plan.check-in-november.1-first": "+7",
    }
    assert post(app, client, PAGE, **{**usual, **changed}).status_code == 302
    assert own(engine, school) == {
        "calendar.mocks.2027": "2026-11-30/2026-12-11",
        "calendar.results.gcse.2027": "2027-08-26",
        "calendar.results.a_level.2027": usual["calendar.results.a_level.2027-first"],
        "calendar.closed": "2026-12-04",
        "plan.check-in-spring.1": "off",
        "plan.check-in-november.1": "+7",
    }
    again = client.get(PAGE).text
    assert "This day is official" not in again and "Your own dates." in again
    assert "Check in spring" not in client.get("/staff/calendar?leaving=2026").text.split("August 2027")[0]

    emptied = {**fields(again), "calendar.mocks.2027-first": "", "calendar.mocks.2027-last": ""}
    post(app, client, PAGE, **emptied)
    assert "calendar.mocks.2027" not in own(engine, school)


def test_a_date_that_cannot_be_stores_nothing_and_says_why(
    app: Flask, engine: Engine, school: SmallSchool, sign_in: SignIn
) -> None:
    client = sign_in("careers_leader")
    wrong = {
        **fields(client.get(PAGE).text),
        "calendar.exams.2027-first": "2027-06-30",
        "plan.enrolled.1-first": "later",
        "calendar.results.gcse.2027-first": "2026-08-20",
    }
    refused = post(app, client, PAGE, **wrong)
    assert refused.status_code == 422 and own(engine, school) == {}
    for words in ("ends before it begins", "write on, off, or days", "is not in 2027"):
        assert words in refused.text
    assert sign_in("tutor").get(PAGE).status_code == 403
    assert client.get("/staff/calendar/dates?summer=1999").status_code == 404
