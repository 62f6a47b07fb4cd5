"""Who stays in the own sixth form is asked on by the Year 13 plan, at school; who leaves at 16 is not."""

import pytest
from sqlalchemy.engine import Engine

from surveybot.config import Settings
from surveybot.records import database
from surveybot.records.plan.planned import PlannedCohort, cohorts_of
from surveybot.records.roster.students import Leaving
from surveybot.rules.answer.consent import Decision
from surveybot.rules.delivery.channels import Channel
from surveybot.steps.plan.plan_check_ins import stop_cohort
from tests.conftest import SmallSchool
from tests.steps.plan.test_plan_check_ins import consent
from tests.steps.planning import Bot, at


@pytest.fixture
def bot(engine: Engine, settings: Settings, school: SmallSchool) -> Bot:
    """The plan of Year 11, summer 2026; in September Ben and Ewa come back into the sixth form."""
    made = Bot(engine, settings, school)
    made.start("2026-01-05T08:00")
    made.tick("2026-01-05T08:01")
    with database.writing(engine) as session:
        consent(session, school, "Ewa", Decision.GRANTED, "2026-05-05T08:00")
        consent(session, school, "Chloe", Decision.GRANTED, "2026-05-05T08:00")
        for name in ("Ben", "Ewa"):
            session.add(Leaving(school_id=school.id, student_id=school.ids[name], year_group=13, summer=2028))
    made.tick("2026-09-03T07:00")
    return made


def plans(bot: Bot) -> list[tuple[int, int, bool]]:
    with database.reading(bot.engine) as session:
        found: list[PlannedCohort] = cohorts_of(session, bot.school.id)
    return [(one.year_group, one.leaving, one.next_look_at is not None) for one in found]


def test_the_year_13_plan_follows_by_itself_and_asks_at_the_school_address(bot: Bot) -> None:
    assert plans(bot) == [(13, 2028, True), (11, 2026, True)]
    bot.tick("2026-09-03T07:30")
    bot.tick("2027-06-08T09:00")
    asked = [row for row in bot.deliveries("invitation") if row.due_at == at("2027-06-08T09:00")]
    assert {(row.to_address, row.channel) for row in asked} == {
        ("ben@pupils.example.org", Channel.EMAIL),
        ("ewa@pupils.example.org", Channel.EMAIL),
    }
    later = {row.survey for row in bot.rows("Ewa") if row.leaving == 2028 and row.destination_year}
    assert later == {"check-in-november", "check-in-spring", "goodbye"}
    assert not [row for row in bot.rows("Ewa") if row.leaving == 2026 and row.destination_year]


def test_who_leaves_at_16_is_asked_as_a_leaver_and_never_at_the_school_address(bot: Bot) -> None:
    for when in ("2026-09-14T09:00", "2026-11-02T10:00", "2027-04-06T09:00"):
        bot.tick(when)
    ways = {(row.survey, row.channel, row.reason) for row in bot.rows("Chloe") if row.destination_year == 1}
    assert ways == {
        (survey, Channel.SMS, "") for survey in ("enrolled", "check-in-november", "check-in-spring")
    }
    sent_to = {row.to_address for row in bot.deliveries() if row.due_at > at("2026-09-01T00:00")}
    assert not [one for one in sent_to if one and one.startswith(("chloe@", "amira@", "ben@", "ewa@"))]


def test_a_follow_on_plan_that_staff_stopped_stays_stopped(bot: Bot) -> None:
    with database.writing(bot.engine) as session:
        stop_cohort(session, cohorts_of(session, bot.school.id)[0])
        consent(session, bot.school, "Ben", Decision.GRANTED, "2026-09-04T08:00")
    bot.tick("2026-09-05T07:00")
    assert plans(bot) == [(13, 2028, False), (11, 2026, True)]
