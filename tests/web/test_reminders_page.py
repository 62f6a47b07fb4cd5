"""When reminders of a round go, how often and which way: three at the most, set on a page of the round."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine

from surveybot.config import Settings
from surveybot.records import database
from surveybot.records.plan.planned import PlannedReminder, PlannedState
from surveybot.records.plan.planned_rounds import reminders_of
from surveybot.records.round.rounds import find_round
from surveybot.rules.delivery.channels import Channel
from tests.conftest import SmallSchool
from tests.steps.planning import Bot
from tests.web.staff_room import a_round, mark_answered, post

SignIn = Callable[..., FlaskClient]
ONE = {"day-1": "2026-01-23", "time-1": "10:00", "way-1": "other"}
TWO = {**ONE, "day-2": "2026-01-28", "time-2": "12:30", "way-2": "same"}


def reminders(engine: Engine, code: str) -> dict[int, PlannedReminder]:
    with database.reading(engine) as session:
        row = find_round(session, code)
        assert row is not None and row.id is not None
        return reminders_of(session, row.id)


def test_staff_say_when_how_often_and_which_way(
    app: Flask, engine: Engine, school: SmallSchool, settings: Settings, sign_in: SignIn
) -> None:
    code, client = a_round(engine, school), sign_in("careers_leader")
    bot = Bot(engine, settings, school)
    bot.start("2026-01-20T10:01", leaving=2031)
    bot.tick("2026-01-20T10:01")
    page = f"/staff/rounds/{code}/reminders"
    assert post(app, client, page, **TWO).status_code == 302
    stored = reminders(engine, code)
    assert [(one.due_at.isoformat()[:16], one.is_last) for one in stored.values()] == [
        ("2026-01-23T10:00", False),
        ("2026-01-28T12:30", True),
    ]
    assert 'value="2026-01-28"' in client.get(page).text

    mark_answered(engine, school, code, "Amira")
    bot.tick("2026-01-23T10:00")
    first = {row.student_id: row.channel for row in bot.deliveries("reminder-1")}
    assert school.ids["Amira"] not in first
    assert first[school.ids["Chloe"]] is Channel.SMS  # the first message was an email

    assert "Went Fri 23 Jan 2026, 10:00" in client.get(page).text
    assert post(app, client, page, **{"day-1": "2026-01-27", "time-1": "10:00"}).status_code == 302
    after = reminders(engine, code)
    assert (after[1].state, after[1].due_at) == (PlannedState.OPENED, stored[1].due_at)
    assert after[2].state is PlannedState.CANCELLED and "2026-01-28" not in client.get(page).text


def test_a_reminder_that_cannot_go_says_why_and_nothing_is_stored(
    app: Flask, engine: Engine, school: SmallSchool, sign_in: SignIn
) -> None:
    code, client = a_round(engine, school), sign_in("careers_leader")
    page = f"/staff/rounds/{code}/reminders"
    for fields, words in (
        ({**TWO, "day-2": "2026-01-22"}, "comes after the one before"),
        ({**ONE, "day-1": "2026-01-25"}, "The next one at which it may is Mon 26 Jan 2026, 08:00"),  # Sunday
        ({**ONE, "time-1": "21:00"}, "Sat 24 Jan 2026, 08:00"),
        ({**ONE, "day-1": "2026-01-19"}, "still to come"),
        ({**ONE, "day-1": "2026-06-30"}, "The round closes"),
        ({**ONE, "time-1": ""}, "Enter a day and a time"),
    ):
        refused = post(app, client, page, **fields)
        assert refused.status_code == 422 and words in refused.text, words
    assert reminders(engine, code) == {}
    assert sign_in("tutor").get(page).status_code == 403
