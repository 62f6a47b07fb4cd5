"""The plan runs by itself: rows follow the roster and the consents, and what is due is asked once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete
from sqlalchemy.engine import Engine
from sqlmodel import Session, col, select

from surveybot.config import Settings
from surveybot.records import database
from surveybot.records.answer.consents import ConsentEvent
from surveybot.records.plan.planned import PlannedCohort, PlannedOccurrence, PlannedReminder, PlannedState
from surveybot.records.roster.students import Leaving, Route, Student
from surveybot.records.round.invitations import Link, LinkMedium, invitation_of, mark_answered
from surveybot.records.schools import School
from surveybot.rules.answer.consent import Actor, Decision, Purpose
from surveybot.rules.delivery.channels import Channel, RouteKind, RouteOwner
from surveybot.rules.roster.people import LeavingKind
from surveybot.steps.plan.plan_check_ins import plan_check_ins
from surveybot.steps.roster.mark_student import mark_deceased, mark_left
from surveybot.steps.round.open_round import open_round, plan_round
from tests.conftest import SmallSchool
from tests.steps.planning import CATALOGUE, Bot, at


@pytest.fixture
def bot(engine: Engine, settings: Settings, school: SmallSchool) -> Bot:
    """Hillview's cohort of 2026, set up after Christmas and looked at once."""
    made = Bot(engine, settings, school)
    made.start("2026-01-05T08:00")
    made.tick("2026-01-05T08:01")
    return made


def change(bot: Bot, what: Any) -> None:
    with database.writing(bot.engine) as session:
        what(session)


def consent(session: Session, school: SmallSchool, forename: str, decision: Decision, when: str) -> None:
    session.add(
        ConsentEvent(
            school_id=school.id,
            student_id=school.ids[forename],
            purpose=Purpose.CONTACT_AFTER_LEAVING,
            decision=decision,
            actor=Actor.SELF,
            age_on_day=16,
            wording="test",
            wording_sha256="0" * 64,
            channel=LinkMedium.PAPER,
            at=at(when),
        )
    )


def test_setting_a_cohort_up_writes_a_row_per_person_and_occurrence_and_sends_nothing(bot: Bot) -> None:
    surveys = {row.survey for row in bot.rows("Amira")}
    assert surveys == {
        *("after-mocks", "before-leaving", "results-day", "enrolled", "check-in-november"),
        *("check-in-spring", "check-in-year-2", "check-in-year-3", "goodbye"),
    }  # autumn is over, and is not made up for
    assert bot.deliveries() == [] and bot.rounds() == []
    assert {row.state for row in bot.rows("Amira")} == {PlannedState.PLANNED}
    assert {row.reason for row in bot.rows("Kit")} == {"deceased"}
    assert {row.reason for row in bot.rows("Ben") if row.destination_year} == {"no_consent"}


def test_a_second_look_changes_nothing(bot: Bot) -> None:
    before = [row.model_dump() for row in bot.rows()]
    bot.tick("2026-01-05T10:30")
    bot.tick("2026-01-06T10:30")
    assert [row.model_dump() for row in bot.rows()] == before


def test_what_is_due_opens_one_round_and_asks_everybody_once(bot: Bot) -> None:
    assert bot.tick("2026-01-26T09:59").planned == 0  # mocks end on 16 January
    result = bot.tick("2026-01-26T10:00")
    assert result.planned == 10 and result.sent == 10
    (row,) = bot.rounds()
    assert (row.survey, row.opens_at, row.closes_at) == (
        "after-mocks",
        at("2026-01-26T10:00"),
        at("2026-02-16T10:00"),
    )
    assert bot.states("after-mocks") == {"opened": 10, "skipped:no_route": 1, "skipped:deceased": 1}
    assert bot.tick("2026-01-26T10:01").sent == 0
    assert len({message.to for message in bot.wire.taken}) == len(bot.wire.taken)


def test_a_newcomer_joins_the_round_that_runs(bot: Bot) -> None:
    bot.tick("2026-01-26T10:00")

    def joins(session: Session) -> None:
        student = session.get_one(Student, bot.school.ids["Amira"])
        values = student.model_dump(exclude={"id", "code", "admission_number"})
        new = Student(**values, code="S-NEW001", admission_number="99999")
        session.add(new)
        session.flush()
        assert new.id is not None
        session.add(Leaving(school_id=bot.school.id, student_id=new.id, year_group=11, summer=2026))
        bot.school.ids["New"] = new.id

    change(bot, joins)
    bot.tick("2026-01-28T12:00")
    rows = [row for row in bot.rows("New") if row.survey == "after-mocks"]
    assert [(row.state, row.reason) for row in rows] == [(PlannedState.SKIPPED, "no_route")]
    assert len(bot.rounds()) == 1


def test_consent_and_its_withdrawal_move_only_rows_to_come(bot: Bot) -> None:
    bot.tick("2026-01-26T10:00")
    change(bot, lambda s: consent(s, bot.school, "Chloe", Decision.GRANTED, "2026-02-01T12:00"))
    change(bot, lambda s: consent(s, bot.school, "Amira", Decision.WITHDRAWN, "2026-02-01T12:00"))
    bot.tick("2026-02-02T12:00")
    assert {row.reason for row in bot.rows("Chloe") if row.destination_year} == {""}
    assert {row.reason for row in bot.rows("Amira") if row.destination_year} == {"no_consent"}
    assert [row.state for row in bot.rows("Amira") if row.survey == "after-mocks"] == [PlannedState.OPENED]


def test_who_dies_is_left_out_of_everything_and_what_waited_is_stopped(bot: Bot) -> None:
    def dies(session: Session) -> None:
        mark_deceased(session, session.get_one(Student, bot.school.ids["Amira"]), now=bot.now)

    change(bot, dies)
    bot.tick("2026-01-26T10:00")
    assert {row.reason for row in bot.rows("Amira")} == {"deceased"}
    assert "+447700900101" not in bot.wire.addresses()


def test_who_leaves_early_is_asked_two_weeks_later_if_they_agreed(bot: Bot) -> None:
    def leaves(session: Session) -> None:
        student = session.get_one(Student, bot.school.ids["Amira"])
        mark_left(session, student, on=date(2026, 1, 12), now=at("2026-01-12T12:00"))

    change(bot, leaves)
    bot.tick("2026-01-12T13:00")
    early = [row for row in bot.rows("Amira") if row.step == "left-early"]
    assert [(row.due_at, row.state) for row in early] == [(at("2026-01-26T10:00"), PlannedState.PLANNED)]
    bot.tick("2026-01-26T10:00")
    assert {row.survey for row in bot.rounds()} == {"after-mocks", "enrolled"}
    amira = [row.survey for row in bot.rows("Amira") if row.state is PlannedState.OPENED]
    assert amira == ["enrolled"]


def test_who_stays_in_the_own_sixth_form_leaves_the_leavers_plan(bot: Bot) -> None:
    def stays(session: Session) -> None:
        session.add(
            Leaving(school_id=bot.school.id, student_id=bot.school.ids["Amira"], year_group=13, summer=2028)
        )

    change(bot, stays)
    bot.tick("2026-09-02T12:00")
    assert not [row for row in bot.rows("Amira") if row.destination_year and row.settled_at is None]


def test_who_repeats_a_year_is_asked_again_in_the_next(bot: Bot) -> None:
    bot.tick("2026-01-26T10:00")

    def repeats(session: Session) -> None:
        row = session.exec(select(Leaving).where(Leaving.student_id == bot.school.ids["Amira"])).one()
        row.summer = 2027
        session.add(row)

    change(bot, repeats)
    bot.tick("2026-09-02T12:00")
    assert [row.survey for row in bot.rows("Amira")] == ["after-mocks"]
    bot.start("2026-09-02T13:00", leaving=2027)
    bot.tick("2026-09-02T13:01")
    again = [(row.step, row.leaving) for row in bot.rows("Amira") if row.survey == "after-mocks"]
    assert again == [("year-11", 2026), ("year-11~2027", 2027)]
    bot.tick("2027-01-25T10:00")
    (row,) = [row for row in bot.rows("Amira") if row.step == "year-11~2027"]
    assert row.state is PlannedState.OPENED


def test_who_answers_before_the_day_is_not_asked_again_and_nothing_else_changes(bot: Bot) -> None:
    """A round that staff opened a fortnight early: the row to come knows, and those of other surveys stay."""
    before = {row.id: (row.state, row.reason, row.due_at) for row in bot.rows("Amira")}
    others = [row.model_dump() for row in bot.rows() if row.student_id != bot.school.ids["Amira"]]

    def answers(session: Session) -> None:
        school, survey = session.get_one(School, bot.school.id), CATALOGUE.survey("after-mocks")
        when = at("2026-01-12T10:00")
        plan = plan_round(session, school, survey, leaving=2026, year_group=11, tutor_group="11A", now=when)
        row = open_round(session, school, plan, opened_by="test", now=when)
        session.flush()
        found = invitation_of(session, row.id or 0, bot.school.ids["Amira"])
        assert found is not None and found.id is not None
        mark_answered(
            session, found.id, declined=False, wants_help=False, half=False, now=at("2026-01-13T10:00")
        )

    change(bot, answers)
    bot.tick("2026-01-13T12:00")
    after = {row.id: (row.state, row.reason, row.due_at) for row in bot.rows("Amira")}
    (answered,) = [row.id for row in bot.rows("Amira") if row.survey == "after-mocks"]
    assert after.pop(answered)[:2] == (PlannedState.SKIPPED, "answered")
    before.pop(answered)
    assert after == before
    assert [r.model_dump() for r in bot.rows() if r.student_id != bot.school.ids["Amira"]] == others
    bot.tick("2026-01-26T10:00")
    assert [row.reason for row in bot.rows("Amira") if row.survey == "after-mocks"] == ["answered"]
    sent = [row for row in bot.deliveries("invitation") if row.student_id == bot.school.ids["Amira"]]
    assert len(sent) == 1  # by the round of January 12, and not by the plan


def test_an_answer_stops_the_reminders(bot: Bot) -> None:
    bot.tick("2026-01-26T10:00")
    (row,) = bot.rounds()

    def answers(session: Session) -> None:
        assert row.id is not None
        found = invitation_of(session, row.id, bot.school.ids["Amira"])
        assert found is not None and found.id is not None
        mark_answered(
            session, found.id, declined=False, wants_help=False, half=False, now=at("2026-01-27T10:00")
        )

    change(bot, answers)
    bot.tick("2026-01-30T10:00")
    reminded = {one.student_id for one in bot.deliveries("reminder-1")}
    assert len(reminded) == 9 and bot.school.ids["Amira"] not in reminded


def test_reminders_go_as_planned_the_second_by_the_other_channel_and_tutors_hear_first(bot: Bot) -> None:
    bot.tick("2026-01-26T10:00")
    assert bot.tick("2026-01-30T09:59").planned == 0
    assert bot.tick("2026-01-30T10:00").planned == 10
    bot.tick("2026-02-04T09:59")
    assert not bot.deliveries("last-reminder")
    for _ in range(2):
        bot.tick("2026-02-04T10:00")  # tomorrow is the last
    (letter,) = bot.deliveries("last-reminder")
    assert letter.to_address == "tutor@example.org" and "/mine" in letter.body_text
    assert not bot.deliveries("reminder-2")
    bot.tick("2026-02-05T10:00")
    second = bot.deliveries("reminder-2")
    assert {one.student_id: one.channel for one in second}[bot.school.ids["Amira"]] is Channel.SMS
    assert bot.tick("2026-02-05T10:05").planned == 0
    assert len(bot.deliveries("last-reminder")) == 1


def test_a_reminder_that_comes_too_late_says_so(bot: Bot) -> None:
    bot.tick("2026-01-26T10:00")
    bot.tick("2026-02-09T10:00")
    with database.reading(bot.engine) as session:
        rows = session.exec(select(PlannedReminder).order_by(col(PlannedReminder.number))).all()
    assert [(row.state, row.reason) for row in rows] == [(PlannedState.SKIPPED, "expired")] * 2


@pytest.mark.parametrize(
    ("when", "state"),
    [("2026-01-26T11:00", "opened"), ("2026-01-29T10:00", "opened"), ("2026-03-07T10:00", "skipped:expired")],
)
def test_after_downtime_it_is_asked_late_or_left_out_with_a_reason(bot: Bot, when: str, state: str) -> None:
    bot.tick(when)
    assert bot.states("after-mocks")[state] == (10 if state == "opened" else 12)
    assert len(bot.wire.taken) == (10 if state == "opened" else 0)


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(days=-1), timedelta(days=-400)])
def test_a_clock_that_goes_back_asks_nothing_twice(bot: Bot, jump: timedelta) -> None:
    bot.tick("2026-01-26T10:00")
    sent = len(bot.wire.taken)
    bot.now = bot.now + jump
    bot.worker.tick_once()
    assert len(bot.wire.taken) == sent
    bot.tick("2026-01-26T10:05")
    assert len(bot.wire.taken) == sent and len(bot.rounds()) == 1


def test_what_staff_hold_or_cancel_stays_so(bot: Bot) -> None:
    def hold(session: Session) -> None:
        for row in session.exec(select(PlannedOccurrence).where(PlannedOccurrence.survey == "after-mocks")):
            row.state, row.reason = PlannedState.HELD, "inspection"
            session.add(row)

    change(bot, hold)
    assert bot.tick("2026-01-26T10:00").planned == 0
    assert bot.states("after-mocks") == {"held:inspection": 12}


def test_two_workers_open_it_once(bot: Bot) -> None:
    other = Bot(bot.engine, bot.settings, bot.school, wire=bot.wire, name="worker-2")
    bot.tick("2026-01-26T10:00")
    other.tick("2026-01-26T10:00")
    assert len(bot.wire.taken) == 10 and len(bot.rounds()) == 1


def test_a_school_moves_results_day_and_the_rows_follow(bot: Bot) -> None:
    def moves(session: Session) -> None:
        school = session.get_one(School, bot.school.id)
        school.settings = {**school.settings, "calendar.results.gcse.2026": "2026-08-27"}
        session.add(school)

    change(bot, moves)
    bot.tick("2026-01-06T12:00")
    due = {row.due_at for row in bot.rows() if row.survey == "results-day"}
    assert due == {at("2026-08-27T07:00")}


def test_results_day_opens_at_eight_sharp_and_first_for_those_staff_want_to_see(bot: Bot) -> None:
    def first(session: Session) -> None:
        student = session.get_one(Student, bot.school.ids["Lena"])
        student.see_me_first = True
        session.add(student)
        session.get_one(School, bot.school.id).settings = {}

    change(bot, first)
    bot.tick("2026-08-20T06:59")
    assert bot.wire.taken == []
    result = bot.tick("2026-08-20T07:00")
    rows = bot.deliveries("invitation")
    assert result.sent == len(rows) == 10
    assert rows[0].student_id == bot.school.ids["Lena"]
    texts = {row.channel for row in rows if row.student_id == bot.school.ids["Amira"]}
    assert texts == {Channel.SMS}


def test_a_week_before_results_day_the_round_is_there_with_links_and_slips_and_sealed(bot: Bot) -> None:
    bot.tick("2026-08-13T06:59")
    assert "results-day" not in {row.survey for row in bot.rounds()}
    result = bot.tick("2026-08-13T07:59")
    (row,) = [row for row in bot.rounds() if row.survey == "results-day"]
    assert (row.opens_at, row.closes_at) == (at("2026-08-20T07:00"), at("2026-09-03T07:00"))
    assert (result.planned, result.sent) == (10, 0)
    with database.reading(bot.engine) as session:
        links = session.exec(select(Link)).all()
        assert len(links) == 11 and {one.medium for one in links} == {LinkMedium.PAPER}  # Finn has no phone
    for early in ("2026-08-14T09:00", "2026-08-19T18:00", "2026-08-20T06:59:59"):
        assert bot.tick(early).sent == 0
    assert bot.tick("2026-08-20T07:00").sent == 10
    assert len(bot.rounds()) == 1
    assert bot.tick("2026-08-20T07:01").sent == 0


def test_who_gives_a_number_while_the_round_is_sealed_is_asked_at_eight_with_the_others(bot: Bot) -> None:
    bot.tick("2026-08-13T07:59")
    finn = bot.school.ids["Finn"]

    def gives_a_number(session: Session) -> None:
        session.add(
            Route(
                school_id=bot.school.id,
                student_id=finn,
                owner=RouteOwner.STUDENT,
                kind=RouteKind.MOBILE,
                channel=Channel.SMS,
                address="+447700900177",
                changed_at=bot.now,
            )
        )

    change(bot, gives_a_number)
    bot.tick("2026-08-17T10:00")
    assert bot.wire.taken == []
    assert bot.tick("2026-08-20T07:00").sent == 11
    assert "+447700900177" in bot.wire.addresses()
    assert {row.state for row in bot.rows("Finn") if row.survey == "results-day"} == {PlannedState.OPENED}
    assert bot.states("results-day") == {"opened": 11, "skipped:deceased": 1}


def test_who_changes_school_is_asked_nothing_more_and_what_was_asked_stays(bot: Bot, engine: Engine) -> None:
    bot.tick("2026-01-27T10:00")
    asked = [row.id for row in bot.rows("Amira") if row.state is PlannedState.OPENED]

    def moves(session: Session) -> None:
        leaving = session.exec(select(Leaving).where(Leaving.student_id == bot.school.ids["Amira"])).one()
        leaving.kind, leaving.left_on = LeavingKind.MOVED_SCHOOL, date(2026, 2, 13)
        session.add(leaving)

    change(bot, moves)
    bot.tick("2026-02-14T10:00")
    rows = bot.rows("Amira")
    assert [row.id for row in rows if row.state is PlannedState.OPENED] == asked and asked
    assert {row.reason for row in rows if row.state is not PlannedState.OPENED} == {"left"}


def test_two_planners_at_once_write_each_row_once(
    engine: Engine, settings: Settings, school: SmallSchool
) -> None:
    """Two workers at the same moment, then two that no lock of the cohort keeps apart."""
    first, second = (Bot(engine, settings, school, name=name) for name in ("worker-1", "worker-2"))
    first.start("2026-01-05T08:00")
    first.start("2026-01-05T08:00", leaving=2028, year_group=13)
    with database.writing(engine) as session:
        session.add(Leaving(school_id=school.id, student_id=school.ids["Jo"], year_group=13, summer=2028))
    second.now = first.now
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda one: one.worker.tick_once(), (first, second)))
    planned = occurrences(first)
    assert len(planned) == len(set(planned)) > 100
    with database.writing(engine) as session:
        session.execute(delete(PlannedOccurrence))

    def plans_past_the_lock(_: int) -> int:
        with database.writing(engine) as session:
            row = session.get_one(School, school.id)
            cohorts = session.exec(select(PlannedCohort).order_by(col(PlannedCohort.id))).all()
            return sum(plan_check_ins(session, row, one, CATALOGUE, now=first.now) for one in cohorts)

    with ThreadPoolExecutor(2) as both:
        list(both.map(plans_past_the_lock, range(2)))
    assert occurrences(first) == planned


def occurrences(bot: Bot) -> list[tuple[str, int, str, int, str]]:
    """What must be single, of every row there is."""
    return sorted(
        (str(row.student_id), row.destination_year, row.survey, row.leaving, row.step) for row in bot.rows()
    )
