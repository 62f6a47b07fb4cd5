"""The first page of the staff room, as each role sees it."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask.testing import FlaskClient
from sqlalchemy.engine import Engine

from surveybot.catalogue import load_catalogue
from surveybot.records import database
from surveybot.records.schools import School
from surveybot.steps.round.open_round import open_round, plan_round
from tests.conftest import Clock, SmallSchool
from tests.web.staff_room import a_round

SignIn = Callable[..., FlaskClient]
RESULTS = datetime(2026, 8, 20, 7, 0, tzinfo=UTC)


def test_without_signing_in_a_page_asks_for_it_and_remembers_where_one_was_going(
    client: FlaskClient, school: SmallSchool
) -> None:
    answer = client.get("/staff/rounds/R-ABC123/mine")
    assert answer.status_code == 302
    assert answer.location == "/staff/sign-in?next=%2Fstaff%2Frounds%2FR-ABC123%2Fmine"


def test_a_careers_leader_without_a_round_is_told_to_open_one(sign_in: SignIn) -> None:
    page = sign_in("careers_leader").get("/staff/").text
    assert "No round yet" in page
    assert 'href="/staff/rounds/new"' in page


def test_a_tutor_is_not_shown_what_only_leaders_may_do(sign_in: SignIn) -> None:
    page = sign_in("tutor").get("/staff/").text
    assert "No round yet" in page
    assert "/staff/rounds/new" not in page
    assert 'href="/staff/export"' not in page


def test_a_fortnight_before_results_slips_can_be_printed(
    engine: Engine, school: SmallSchool, sign_in: SignIn, clock: Clock
) -> None:
    a_round(engine, school)
    clock.time = datetime(2026, 8, 3, 9, 0, tzinfo=UTC)
    assert "print its slips" not in sign_in("careers_leader").get("/staff/").text
    clock.time = datetime(2026, 8, 7, 9, 0, tzinfo=UTC)
    leader, tutor = sign_in("careers_leader"), sign_in("tutor")
    page = leader.get("/staff/").text
    assert "Year 11 results come out on Thu 20 Aug 2026, 08:00" in page
    assert "print its slips" not in tutor.get("/staff/").text
    with database.writing(engine) as session:
        row, survey = session.get_one(School, school.id), load_catalogue().survey("results-day")
        plan = plan_round(session, row, survey, leaving=2026, year_group=11, opens_at=RESULTS, now=clock())
        open_round(session, row, plan, opened_by="leader@example.org", now=clock())
    assert "the round now and print its slips" not in leader.get("/staff/").text
