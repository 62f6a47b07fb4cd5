"""The calendar tells what went from the messages, and of everybody who is left out the name and why."""

from datetime import date

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import col, select

from surveybot.config import Settings
from surveybot.records import database
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.plan.planned import PlannedOccurrence
from surveybot.records.roster.students import Student
from surveybot.records.round.invitations import mark_answered
from surveybot.records.schools import School
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.rules.school_settings import SchoolSettings
from surveybot.steps.calendar.entry import Entry, Standing, cost_in_pence
from surveybot.steps.calendar.show import View, calendars_of, entries_of_person
from surveybot.steps.round.open_round import open_round, plan_round
from tests.conftest import SmallSchool
from tests.steps.planning import CATALOGUE, Bot, at

SENT, PLANNED, SKIPPED = Standing.SENT, Standing.PLANNED, Standing.SKIPPED


@pytest.fixture
def bot(engine: Engine, settings: Settings, school: SmallSchool) -> Bot:
    made = Bot(engine, settings, school)
    made.start("2026-01-05T08:00")
    made.tick("2026-01-05T08:01")
    return made


def calendar(bot: Bot, survey: str = "after-mocks", message: str = "first") -> list[Entry]:
    with database.reading(bot.engine) as session:
        view = View(
            session, session.get_one(School, bot.school.id), CATALOGUE, "https://school.example.org", bot.now
        )
        (found,) = calendars_of(view, leaving=2026, until=date(2029, 8, 31))
        return [one for one in found.entries if (one.survey, one.message) == (survey, message)]


def own(bot: Bot, forename: str) -> dict[tuple[str, str], tuple[Standing, str]]:
    with database.reading(bot.engine) as session:
        row = session.get_one(School, bot.school.id)
        view = View(session, row, CATALOGUE, "https://school.example.org", bot.now)
        student = session.get_one(Student, bot.school.ids[forename])
        return {
            (one.survey, one.message): (one.state, one.reason) for one in entries_of_person(view, student)
        }


def counted(entries: list[Entry]) -> dict[tuple[str, str | None, str], int]:
    return {(one.state.value, one.channel and one.channel.value, one.reason): one.people for one in entries}


def answer(bot: Bot, forename: str) -> None:
    number = next(row.invitation_id for row in bot.deliveries() if row.student_id == bot.school.ids[forename])
    assert number
    with database.writing(bot.engine) as session:
        mark_answered(session, number, declined=False, wants_help=False, half=False, now=bot.now)


def test_what_went_is_told_from_the_messages_and_not_from_the_rows_of_the_plan(bot: Bot) -> None:
    bot.tick("2026-01-26T10:00")
    with database.writing(bot.engine) as session:  # the provider took it; the plan knows nothing of it
        query = select(Delivery).where(Delivery.student_id == bot.school.ids["Ben"])
        row = session.exec(query).one()
        row.state, row.reason, row.ended_at = DeliveryState.SUPPRESSED, "opted_out", bot.now
        session.add(row)
    assert counted(calendar(bot)) == {
        ("sent", "email", ""): 8,
        ("sent", "sms", ""): 1,
        ("not_sent", "email", "opted_out"): 1,
        ("skipped", None, "no_route"): 1,
        ("skipped", None, "deceased"): 1,
    }
    names = {one.reason: [who.name for who in one.who] for one in calendar(bot) if one.who}
    assert names == {"opted_out": ["Ben O’Neill"], "no_route": ["Finn Walsh"], "deceased": ["Kit Moss"]}
    assert own(bot, "Ben")["after-mocks", "first"] == (Standing.NOT_SENT, "opted_out")


def test_a_round_that_was_opened_by_hand_stands_there_too(bot: Bot) -> None:
    with database.writing(bot.engine) as session:
        school = session.get_one(School, bot.school.id)
        survey = CATALOGUE.survey("before-leaving")
        plan = plan_round(session, school, survey, leaving=2026, year_group=11, now=bot.now)
        open_round(session, school, plan, opened_by="leader@example.org", now=bot.now)
    bot.tick("2026-01-05T09:00")
    sent = [one for one in calendar(bot, "before-leaving") if one.state is SENT]
    assert {one.channel: one.people for one in sent} == {Channel.EMAIL: 9, Channel.SMS: 1}
    assert {one.send_at for one in sent} == {at("2026-01-05T09:00")}


def test_texts_cost_what_their_parts_cost_before_and_after_they_went(bot: Bot) -> None:
    settings = SchoolSettings()
    to_come = [one for one in calendar(bot) if one.channel is Channel.SMS]
    assert [(one.people, one.segments) for one in to_come] == [(1, 1)]
    bot.tick("2026-01-26T10:00")
    with database.writing(bot.engine) as session:
        row = session.exec(select(Delivery).where(Delivery.channel == Channel.SMS)).one()
        row.segments = 3  # as it was written
        session.add(row)
    (went,) = [one for one in calendar(bot) if one.channel is Channel.SMS]
    assert (went.state, went.segments, cost_in_pence(went, settings)) == (SENT, 3, 12.0)


def test_a_reminder_says_who_gets_it_and_by_what_it_was_taken_away(bot: Bot) -> None:
    bot.tick("2026-01-26T10:00")
    answer(bot, "Amira")
    bot.tick("2026-01-27T09:00")
    before = counted(calendar(bot, message="reminder-1"))
    assert before["planned", "email", ""] == 8 and before["skipped", None, "answered"] == 1
    bot.tick("2026-01-29T10:01")  # the text after the email, to whoever has a number
    bot.tick("2026-01-30T10:00")
    after = calendar(bot, message="reminder-1")
    assert counted(after)["sent", "email", ""] == 8
    assert [who.name for one in after if one.reason == "answered" for who in one.who] == ["Amira Khan"]
    assert own(bot, "Amira")["after-mocks", "reminder-1"] == (SKIPPED, "answered")
    assert own(bot, "Ben")["after-mocks", "reminder-1"] == (SENT, "")


def test_downtime_says_that_it_would_have_come_too_late(bot: Bot) -> None:
    bot.tick("2026-01-26T10:00")
    bot.tick("2026-02-09T10:00")
    assert counted(calendar(bot, message="reminder-1")) == {
        ("skipped", None, "expired"): 10,
        ("skipped", None, "no_route"): 1,
        ("skipped", None, "deceased"): 1,
    }


def test_what_was_left_out_in_the_past_stays_on_the_page(bot: Bot) -> None:
    bot.tick("2026-03-07T10:00")
    assert counted(calendar(bot)) == {("skipped", None, "expired"): 12}


def test_nothing_is_written_by_looking(bot: Bot, engine: Engine) -> None:
    before = [row.model_dump() for row in bot.rows()]
    calendar(bot)
    with database.reading(engine) as session:
        assert [
            row.model_dump()
            for row in session.exec(
                select(PlannedOccurrence).order_by(col(PlannedOccurrence.due_at), col(PlannedOccurrence.id))
            )
        ] == before


def test_results_day_is_ready_and_sealed_a_week_before(bot: Bot) -> None:
    bot.tick("2026-08-14T10:00")
    states = {one.state for one in calendar(bot, "results-day") if one.channel}
    assert states == {Standing.SEALED}
    bot.tick("2026-08-20T07:00")
    assert {one.state for one in calendar(bot, "results-day") if one.channel} == {SENT}
