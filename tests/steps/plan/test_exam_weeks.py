"""Exam weeks leave Year 11 and 13 alone, and a round whose time is over closes by itself."""

import pytest
from sqlalchemy.engine import Engine

from surveybot.config import Settings
from surveybot.records import database
from surveybot.records.round.rounds import Round, RoundState
from surveybot.records.schools import School
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.steps.plan.exam_weeks import allow_in_exam_weeks
from surveybot.steps.round.open_round import open_round, plan_round
from tests.conftest import SmallSchool
from tests.steps.planning import CATALOGUE, Bot, at

IN_EXAMS = "2026-05-20T10:00"  # a Wednesday


@pytest.fixture
def bot(engine: Engine, settings: Settings, school: SmallSchool) -> Bot:
    made = Bot(engine, settings, school)
    made.start(IN_EXAMS, leaving=2031)  # a cohort of nobody: this installation sends
    return made


def opened(bot: Bot, survey: str, *, why: str = "", closes: str = "2026-07-10T10:00") -> int:
    with database.writing(bot.engine) as session:
        school = session.get_one(School, bot.school.id)
        plan = plan_round(
            session,
            school,
            CATALOGUE.survey(survey),
            leaving=2026,
            year_group=11,
            closes_at=at(closes),
            now=at(IN_EXAMS),
        )
        row = open_round(session, school, plan, opened_by="test", now=at(IN_EXAMS))
        if why:
            allow_in_exam_weeks(session, row, reason=why, by="leader@example.org", now=at(IN_EXAMS))
        return len(plan.invited)


def test_a_round_that_staff_open_waits_for_the_end_of_the_exams(bot: Bot) -> None:
    asked = opened(bot, "before-leaving")
    assert asked and bot.tick(IN_EXAMS).sent == 0
    after = CATALOGUE.calendar.exams(2026).last
    assert {row.next_at.date() > after for row in bot.deliveries()} == {True}
    assert {row.state for row in bot.deliveries()} == {DeliveryState.PENDING}
    waiting = bot.deliveries()[0].next_at
    assert bot.tick(waiting.replace(tzinfo=None).isoformat()).sent > 0


def test_staff_may_write_all_the_same_and_say_why(bot: Bot) -> None:
    opened(bot, "before-leaving", why="Agreed with the head of Year 11")
    assert bot.tick(IN_EXAMS).sent > 0


def test_a_round_closes_when_its_time_is_over(bot: Bot) -> None:
    opened(bot, "before-leaving", closes="2026-05-28T10:00")
    bot.tick("2026-05-28T09:59")
    assert [row.state for row in bot.rounds()] == [RoundState.OPEN]
    bot.tick("2026-05-28T10:00")
    with database.reading(bot.engine) as session:
        row = session.get_one(Round, bot.rounds()[0].id)
        assert (row.state, row.closes_at) == (RoundState.CLOSED, at("2026-05-28T10:00"))
    assert {row.state for row in bot.deliveries()} <= {DeliveryState.EXPIRED, DeliveryState.CANCELLED}
