"""The page of a round: its numbers, its lists, and what a careers leader does there."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine
from sqlmodel import Session, func, select

from surveybot.records import database
from surveybot.records.audit import AuditEntry
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.report.round_progress import progress_of_rounds
from surveybot.records.roster.students import Student
from surveybot.records.round.rounds import Round, RoundState
from surveybot.rules.delivery.delivery_states import DeliveryState
from tests.conftest import NOW, Clock, SmallSchool
from tests.statements import counted
from tests.web.staff_room import a_round, a_school_of, invitation, mark_answered, post

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def code(engine: Engine, school: SmallSchool) -> str:
    return a_round(engine, school)


def tiles(page: str) -> dict[str, int]:
    found = re.findall(r'tile-number">(\d+)</span> <span class="tile-label">([^<]+)<', page)
    return {label: int(number) for number, label in found}


def test_the_numbers_add_up_and_leave_out_who_died(
    engine: Engine, sign_in: SignIn, school: SmallSchool, code: str
) -> None:
    mark_answered(engine, school, code, "Amira", help=True)
    page = sign_in("careers_leader").get(f"/staff/rounds/{code}").text
    assert tiles(page) == {
        "in the round": 11,
        "answered": 1,
        "not yet": 9,
        "unreachable": 1,
        "want help": 1,
    }
    assert "Kit Moss" not in page


def test_a_message_that_did_not_arrive_makes_its_reader_unreachable_with_the_reason(
    engine: Engine, sign_in: SignIn, school: SmallSchool, code: str
) -> None:
    with database.writing(engine) as session:
        sent = session.exec(select(Delivery).where(Delivery.student_id == school.ids["Ewa"])).one()
        sent.state, sent.reason = DeliveryState.UNDELIVERED, "bounced"
    page = sign_in("careers_leader").get(f"/staff/rounds/{code}?part=unreachable").text
    assert "Ewa Wiśniewska" in page
    assert "Did not arrive: emails come back" in page
    assert "No email address or mobile number on the roster" in page  # Finn
    assert "Amira" not in page


def test_an_answer_shows_in_the_fragment_that_the_page_polls(
    engine: Engine, sign_in: SignIn, school: SmallSchool, code: str
) -> None:
    client = sign_in("careers_leader")
    assert f'data-live="/staff/rounds/{code}/live"' in client.get(f"/staff/rounds/{code}").text
    before = tiles(client.get(f"/staff/rounds/{code}/live").text)
    mark_answered(engine, school, code, "Ben")
    after = tiles(client.get(f"/staff/rounds/{code}/live").text)
    assert (before["answered"], after["answered"]) == (0, 1)


@pytest.mark.parametrize(
    ("query", "there", "not_there"),
    [
        ("?part=answered", "Ben O’Neill", "Amira"),
        ("?part=not-yet", "Amira Khan", "Ben O’Neill"),
        ("?q=wisn", "Ewa Wiśniewska", "Amira"),
        ("?group=11B", "Grace Walsh", "Amira"),
        ("?q=nobody-at-all", "Nobody here", "Amira"),
        ("?part=nonsense&sort=nonsense&page=abc", "Amira Khan", "Kit Moss"),
    ],
)
def test_the_list_is_narrowed(
    engine: Engine, sign_in: SignIn, school: SmallSchool, code: str, query: str, there: str, not_there: str
) -> None:
    mark_answered(engine, school, code, "Ben")
    page = sign_in("careers_leader").get(f"/staff/rounds/{code}/live{query}").text
    assert there in page
    assert not_there not in page


def test_the_list_is_sorted_both_ways(sign_in: SignIn, code: str) -> None:
    client = sign_in("careers_leader")
    up = client.get(f"/staff/rounds/{code}/live?sort=name").text
    down = client.get(f"/staff/rounds/{code}/live?sort=-name").text
    assert up.index("Chloe Brown") < up.index("Ewa Wiśniewska")
    assert down.index("Chloe Brown") > down.index("Ewa Wiśniewska")
    assert 'aria-sort="descending"' in down


def test_a_tutor_sees_the_own_group_alone(
    engine: Engine, sign_in: SignIn, school: SmallSchool, code: str
) -> None:
    tutor = sign_in("tutor")
    page = tutor.get(f"/staff/rounds/{code}").text
    assert tiles(page)["in the round"] == 5
    assert "Grace" not in page
    assert "11B" not in page
    assert "Grace" not in tutor.get(f"/staff/rounds/{code}?q=grace&group=11B").text
    mine = tutor.get(f"/staff/rounds/{code}/mine").text
    assert "Amira Khan" in mine
    assert "Answer for them" in mine
    assert "Grace" not in mine


def test_a_tutor_whose_group_is_not_in_a_round_does_not_find_it(
    engine: Engine, sign_in: SignIn, school: SmallSchool, code: str
) -> None:
    with database.writing(engine) as session:
        for student in session.exec(select(Student)):
            student.tutor_group = "11Z"
    tutor = sign_in("tutor")
    assert tutor.get(f"/staff/rounds/{code}").status_code == 404
    assert tutor.get(f"/staff/rounds/{code}/mine").status_code == 404
    assert code not in tutor.get("/staff/").text


def test_a_careers_leader_gets_the_whole_list_of_who_is_missing(sign_in: SignIn, code: str) -> None:
    answer = sign_in("careers_leader").get(f"/staff/rounds/{code}/mine")
    assert answer.location == f"/staff/rounds/{code}?part=not-yet"


@pytest.mark.parametrize("role", ["tutor", "adviser"])
@pytest.mark.parametrize("deed", ["pause", "resume", "close", "remind"])
def test_only_leaders_steer_a_round(app: Flask, sign_in: SignIn, code: str, role: str, deed: str) -> None:
    assert post(app, sign_in(role), f"/staff/rounds/{code}/{deed}", sure="yes").status_code == 403


def test_a_round_is_paused_and_goes_on(app: Flask, engine: Engine, sign_in: SignIn, code: str) -> None:
    client = sign_in("careers_leader")
    post(app, client, f"/staff/rounds/{code}/pause")
    assert "The round is paused" in client.get(f"/staff/rounds/{code}").text
    assert state(engine, code) is RoundState.PAUSED
    post(app, client, f"/staff/rounds/{code}/resume")
    assert state(engine, code) is RoundState.OPEN


def test_a_closed_round_is_neither_paused_nor_resumed_and_nothing_is_noted(
    app: Flask, engine: Engine, sign_in: SignIn, code: str
) -> None:
    client = sign_in("careers_leader")
    post(app, client, f"/staff/rounds/{code}/resume")  # it is open
    post(app, client, f"/staff/rounds/{code}/close", sure="yes")
    for deed in ("pause", "resume", "close"):
        post(app, client, f"/staff/rounds/{code}/{deed}", sure="yes")
    assert "Nothing has changed" in client.get(f"/staff/rounds/{code}").text
    assert state(engine, code) is RoundState.CLOSED
    with database.reading(engine) as session:
        deeds = [entry.deed for entry in session.exec(select(AuditEntry)) if entry.subject == code]
    assert deeds.count("round_closed") == 1
    assert not {"round_paused", "round_resumed"} & set(deeds)


def test_closing_asks_first_with_nothing_chosen(
    app: Flask, engine: Engine, sign_in: SignIn, code: str
) -> None:
    client = sign_in("careers_leader")
    assert "checked" not in client.get(f"/staff/rounds/{code}/close").text
    assert post(app, client, f"/staff/rounds/{code}/close").status_code == 422
    post(app, client, f"/staff/rounds/{code}/close", sure="no")
    assert state(engine, code) is RoundState.OPEN
    post(app, client, f"/staff/rounds/{code}/close", sure="yes")
    assert state(engine, code) is RoundState.CLOSED


def state(engine: Engine, code: str) -> RoundState:
    with database.reading(engine) as session:
        return session.exec(select(Round).where(Round.code == code)).one().state


def reminders(session: Session) -> int:
    query = select(func.count()).select_from(Delivery).where(Delivery.template == "reminder")
    return session.exec(query).one()


def test_reminders_go_to_those_who_have_not_answered_once_a_day(
    app: Flask, engine: Engine, sign_in: SignIn, school: SmallSchool, code: str
) -> None:
    mark_answered(engine, school, code, "Amira")
    client = sign_in("careers_leader")
    page = client.get(f"/staff/rounds/{code}/remind").text
    assert "9 students get a reminder" in page
    assert "Finn Walsh" in page
    assert "No email address or mobile number on the roster" in page
    assert "Kit Moss" not in page
    for _ in range(2):
        post(app, client, f"/staff/rounds/{code}/remind")
    with database.reading(engine) as session:
        assert reminders(session) == 9


def test_a_post_without_its_token_changes_nothing(engine: Engine, sign_in: SignIn, code: str) -> None:
    client = sign_in("careers_leader")
    for deed in ("pause", "close", "remind"):
        assert client.post(f"/staff/rounds/{code}/{deed}", data={"sure": "yes"}).status_code == 400
    assert state(engine, code) is RoundState.OPEN


def test_another_schools_round_does_not_exist(
    app: Flask, sign_in: SignIn, code: str, other_school: SmallSchool
) -> None:
    client = sign_in("careers_leader", at=other_school)
    for page in ("", "/live", "/mine", "/close", "/remind"):
        assert client.get(f"/staff/rounds/{code}{page}").status_code == 404
    for deed in ("pause", "resume", "close", "remind"):
        assert post(app, client, f"/staff/rounds/{code}/{deed}", sure="yes").status_code == 404


def test_home_shows_rounds_with_progress_and_what_to_do_next(
    engine: Engine, sign_in: SignIn, school: SmallSchool, code: str, clock: Clock
) -> None:
    mark_answered(engine, school, code, "Amira", help=True)
    clock.time = NOW + timedelta(days=19)
    client = sign_in("careers_leader")
    page = client.get("/staff/").text
    assert "1 of 11 answered" in page
    assert f"/staff/rounds/{code}?part=wants-help" in page
    assert f"/staff/rounds/{code}?part=unreachable" in page
    assert f"/staff/rounds/{code}/remind" in page


def test_no_page_asks_more_queries_of_a_bigger_roster(engine: Engine, sign_in: SignIn) -> None:
    """The same pages over 20 students and over 200 run the same number of statements."""
    seen: dict[int, list[int]] = {}
    for count, urn in ((20, "210020"), (200, "220200")):
        made = a_school_of(engine, count, urn=urn)
        code = a_round(engine, made)
        client = sign_in("careers_leader", at=made)
        preview = "/staff/rounds/new/preview?survey=before-leaving&cohort=11-2026"
        for page in (
            "/staff/",
            f"/staff/rounds/{code}",
            f"/staff/rounds/{code}?q=pupil",
            f"/staff/rounds/{code}/remind",
            "/staff/students",
            f"/staff/students/{made.codes['Pupil1']}",
            preview,
        ):
            with counted() as statements:
                assert client.get(page).status_code == 200
            seen.setdefault(count, []).append(len(statements))
        tutor = sign_in("tutor", at=made)
        with counted() as statements:
            assert tutor.get(f"/staff/rounds/{code}/mine").status_code == 200
        seen[count].append(len(statements))
    assert seen[20] == seen[200]
    assert max(seen[200]) < 25


def test_progress_counts_declined_among_the_answered(engine: Engine, school: SmallSchool, code: str) -> None:
    mark_answered(engine, school, code, "Amira")
    with database.writing(engine) as session:
        row = invitation(session, code, school.ids["Amira"])
        row.declined_at = NOW
        session.flush()
        progress = progress_of_rounds(session, school.id)[row.round_id]
    assert (progress.answered, progress.declined, progress.people) == (1, 1, 11)
    assert progress.answered + progress.not_yet + progress.unreachable == progress.people
