"""A school whose plan fails holds up nobody else's: it is put aside, and goes on later."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.config import Settings
from surveybot.records import database
from surveybot.records.plan.plan_troubles import PlanTrouble, all_troubles
from surveybot.records.plan.planned import PlannedReminder, cohorts_due, find_cohort
from surveybot.records.schools import School
from surveybot.rules.school_settings import SchoolSettings, unreadable
from surveybot.steps.plan.plan_check_ins import stop_cohort
from surveybot.steps.plan.remind_due import remind_due
from tests.conftest import STORIES, Clock, SmallSchool, build_school
from tests.steps.planning import Bot, at

BROKEN_DATE = {"calendar.mocks.2026": "after Christmas"}


@pytest.fixture
def bots(engine: Engine, settings: Settings, school: SmallSchool) -> tuple[Bot, Bot]:
    """Two schools with the same plan; the first one's row comes first everywhere."""
    with database.writing(engine) as session:
        other = build_school(session, urn="765432", name="Lakeside", stories=STORIES[:2], staff=())
    first = Bot(engine, settings, school)
    second = Bot(engine, settings, other, wire=first.wire)
    for bot in (first, second):
        bot.start("2026-01-05T08:00")
    second.tick("2026-01-05T08:01")
    return first, second


def store(engine: Engine, school: SmallSchool, changed: dict[str, Any]) -> None:
    with database.writing(engine) as session:
        row = session.get_one(School, school.id)
        row.settings = {**row.settings, **changed}


def troubles(engine: Engine) -> list[PlanTrouble]:
    with database.reading(engine) as session:
        return all_troubles(session)


def asked_at(bot: Bot) -> int:
    return len([row for row in bot.deliveries("invitation") if row.school_id == bot.school.id])


def test_a_school_with_a_broken_date_waits_and_everybody_else_is_asked(
    bots: tuple[Bot, Bot], sign_in: Callable[..., FlaskClient], clock: Clock, client: FlaskClient
) -> None:
    broken, sound = bots
    engine = broken.engine
    store(engine, broken.school, BROKEN_DATE)
    sound.tick("2026-01-26T10:00")
    assert (asked_at(broken), asked_at(sound)) == (0, 2)
    (trouble,) = troubles(engine)
    assert (trouble.school_id, trouble.tries) == (broken.school.id, 1)
    assert trouble.error.startswith("UnreadableSettings in ") and "Christmas" not in trouble.error
    sound.tick("2026-01-26T10:00:30")
    assert troubles(engine)[0].tries == 1  # it rests
    assert not sound.deliveries("alert")
    sound.tick("2026-01-26T10:01")
    assert [row.school_id for row in sound.deliveries("alert")] == [broken.school.id]
    clock.time = sound.now
    page = sign_in("careers_leader").get("/staff/").text
    assert "A plan has stopped" in page and "Year 11, summer 2026" in page
    assert "cannot be read, so its plan waits: calendar.mocks.2026" in page
    assert client.get("/health").get_json()["plans"] == {"failing": 1}
    store(engine, broken.school, {"calendar.mocks.2026": "2026-01-05/2026-01-16"})
    sound.tick("2026-01-26T12:00")
    assert asked_at(broken) == 10 and asked_at(sound) == 2 and troubles(engine) == []
    assert len(sound.deliveries("alert")) == 1


def test_reminders_that_fail_at_one_school_go_at_the_others(
    bots: tuple[Bot, Bot], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound = bots
    sound.tick("2026-01-26T10:00")

    def fails_at_the_first(session: Any, school_id: int, *rest: Any, **more: Any) -> int:
        if school_id == broken.school.id:
            raise RuntimeError("no")
        return remind_due(session, school_id, *rest, **more)

    monkeypatch.setattr("surveybot.worker.remind_due", fails_at_the_first)
    sound.tick("2026-01-30T10:00")
    assert {row.school_id for row in sound.deliveries("reminder-1")} == {sound.school.id}
    monkeypatch.undo()
    sound.tick("2026-01-30T10:02")
    assert len(sound.deliveries("reminder-1")) == 12 and troubles(sound.engine) == []
    with database.reading(sound.engine) as session:
        assert len(session.exec(select(PlannedReminder)).all()) == 4


def test_what_a_school_has_stored_and_nobody_can_read_stops_no_message_of_another(
    bots: tuple[Bot, Bot],
) -> None:
    broken, sound = bots
    sound.tick("2026-01-26T07:30")
    store(broken.engine, broken.school, {"window_opens": "early", "calendar.closed": "when it snows"})
    sound.tick("2026-01-26T10:00")
    assert (asked_at(broken), asked_at(sound)) == (0, 2)
    sound.tick("2026-01-26T19:00")
    assert sound.worker.tick_once(now=at("2026-01-26T19:01")).sent == 0  # nothing is left behind


def test_a_setting_that_cannot_be_read_is_named_and_its_default_holds() -> None:
    stored = {"colour": "invisible", "cap_per_day": 2, "calendar.mocks.2026": "soon", "plan.goodbye.3": "+7"}
    assert SchoolSettings.from_stored(stored) == SchoolSettings(cap_per_day=2)
    assert unreadable(stored) == ["calendar.mocks.2026", "colour"]


def test_a_plan_that_was_stopped_takes_no_turn_from_others(bots: tuple[Bot, Bot]) -> None:
    stopped, sound = bots
    with database.writing(sound.engine) as session:
        row = find_cohort(session, stopped.school.id, leaving=2026, year_group=11)
        assert row is not None
        stop_cohort(session, row)
    with database.reading(sound.engine) as session:
        due = cohorts_due(session, now=at("2026-01-26T10:00"), limit=1)
        other = find_cohort(session, sound.school.id, leaving=2026, year_group=11)
        assert other is not None and due == [other.id]
