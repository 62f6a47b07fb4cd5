"""The calendar page: what goes when, and how a careers leader holds it."""

from collections import Counter
from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine
from sqlmodel import col, select

from surveybot.records import database
from surveybot.records.plan.planned import PlannedOccurrence, PlannedState
from surveybot.records.roster.students import Leaving
from tests.conftest import SmallSchool
from tests.web.staff_room import post

SignIn = Callable[..., FlaskClient]


def rows(engine: Engine, survey: str) -> list[PlannedOccurrence]:
    with database.reading(engine) as session:
        query = select(PlannedOccurrence).where(PlannedOccurrence.survey == survey)
        return list(session.exec(query.order_by(col(PlannedOccurrence.id))))


def started(app: Flask, client: FlaskClient) -> None:
    answer = post(app, client, "/staff/calendar/start", leaving="2026", year_group="11")
    assert answer.status_code == 302


def test_a_careers_leader_sees_everything_beforehand_and_starts_it(
    app: Flask, sign_in: SignIn, engine: Engine
) -> None:
    client = sign_in("careers_leader")
    page = client.get("/staff/calendar?leaving=2026").text
    assert "Start the plan" in page and "January 2026" in page and "June 2029" in page
    assert "Mon 26 Jan 2026, 10:00" in page and "destination year 3" in page
    assert "No email address or mobile number on the roster" in page
    assert rows(engine, "after-mocks") == []
    started(app, client)
    assert "Stop the plan" in client.get("/staff/calendar?leaving=2026").text
    assert len(rows(engine, "after-mocks")) == 12


def test_an_occasion_is_held_for_everybody_with_a_reason_and_let_go(
    app: Flask, sign_in: SignIn, engine: Engine
) -> None:
    client = sign_in("careers_leader")
    started(app, client)
    fields = {
        "leaving": "2026",
        "year_group": "11",
        "survey": "after-mocks",
        "step": "year-11",
        "destination_year": "0",
    }
    post(app, client, "/staff/calendar/occasion", action="hold", reason=" ", **fields)
    assert {row.state for row in rows(engine, "after-mocks")} <= {PlannedState.PLANNED, PlannedState.SKIPPED}
    post(app, client, "/staff/calendar/occasion", action="hold", reason="Inspection week", **fields)
    assert Counter(row.state for row in rows(engine, "after-mocks")) == {PlannedState.HELD: 12}
    page = client.get("/staff/calendar?leaving=2026").text
    assert "On hold" in page and "Inspection week" in page
    post(app, client, "/staff/calendar/occasion", action="resume", **fields)
    assert {row.state for row in rows(engine, "after-mocks")} == {PlannedState.PLANNED}


def test_the_page_says_costs_names_and_the_days_of_the_authority(
    sign_in: SignIn, school: SmallSchool
) -> None:
    page = sign_in("careers_leader").get("/staff/calendar?leaving=2026").text
    assert "Finn Walsh" in page and "Kit Moss" in page
    assert "£0.04" in page and "1 parts" not in page
    for day in ("Sun 31 May 2026", "Wed 30 Sep 2026", "Sun 1 Nov 2026", "Sun 31 Jan 2027", "Mon 5 Apr 2027"):
        assert f"The local authority: {day}" in page, day
    assert "every offer is made" in page


def test_what_is_on_hold_can_be_let_go_or_cancelled(app: Flask, sign_in: SignIn, engine: Engine) -> None:
    client = sign_in("careers_leader")
    started(app, client)
    fields = {
        "leaving": "2026",
        "year_group": "11",
        "survey": "after-mocks",
        "step": "year-11",
        "destination_year": "0",
    }
    post(app, client, "/staff/calendar/occasion", action="hold", reason="Inspection", **fields)
    page = client.get("/staff/calendar?leaving=2026").text
    assert "Let go or cancel" in page and 'value="resume"' in page
    post(app, client, "/staff/calendar/occasion", action="cancel", reason="No mocks", **fields)
    assert Counter(row.state for row in rows(engine, "after-mocks")) == {PlannedState.CANCELLED: 12}
    elsewhere = post(
        app, client, "/staff/calendar/occasion", action="hold", reason="x", **fields | {"step": "no"}
    )
    assert elsewhere.status_code == 404


def test_one_person_is_left_out_of_one_occasion(
    app: Flask, sign_in: SignIn, engine: Engine, school: SmallSchool
) -> None:
    client = sign_in("careers_leader")
    started(app, client)
    mine = next(row for row in rows(engine, "results-day") if row.student_id == school.ids["Amira"])
    code = school.codes["Amira"]
    answer = post(
        app,
        client,
        f"/staff/calendar/rows/{mine.id}",
        student=code,
        action="cancel",
        reason="Collects in person",
    )
    assert answer.status_code == 302
    page = client.get(f"/staff/calendar/students/{code}").text
    assert "Collects in person" in page and "Cancelled" in page and "Goodbye" in page
    other = post(
        app,
        client,
        f"/staff/calendar/rows/{mine.id}",
        student=school.codes["Ben"],
        action="cancel",
        reason="x",
    )
    assert other.status_code == 404


def test_a_results_day_that_is_not_official_is_marked(sign_in: SignIn, engine: Engine, app: Flask) -> None:
    with database.writing(engine) as session:
        for row in session.exec(select(Leaving)):
            row.summer = 2027
            session.add(row)
    assert "not official yet" in sign_in("careers_leader").get("/staff/calendar?leaving=2027").text


def test_a_tutor_has_no_calendar_and_other_schools_have_their_own(
    sign_in: SignIn, school: SmallSchool, other_school: SmallSchool
) -> None:
    assert sign_in("tutor").get("/staff/calendar").status_code == 403
    leader = sign_in("careers_leader", at=other_school)
    assert leader.get(f"/staff/calendar/students/{school.codes['Amira']}").status_code == 404
