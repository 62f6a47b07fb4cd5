"""Who leaves, and when: by the summer that is their own, not by the year group on the roster."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from surveybot.config import Settings
from surveybot.records import database
from surveybot.records.plan.planned import PlannedState
from surveybot.records.roster.students import Leaving, Student, leavings_of
from surveybot.rules.roster.people import LeavingKind
from surveybot.steps.roster.mark_student import mark_left, mark_moved, mark_returned
from tests.conftest import SmallSchool
from tests.steps.planning import Bot, at

EARLY, NORMAL, MOVED = LeavingKind.EARLY, LeavingKind.NORMAL, LeavingKind.MOVED_SCHOOL


def marked(
    engine: Engine, school: SmallSchool, mark: Any, on: date, *, summer: int = 2026, sixth_form: bool = False
) -> list[tuple[int, date | None, LeavingKind]]:
    """Amira's leavings, after she was marked on that day: year group, day and kind."""
    with database.writing(engine) as session:
        amira = school.ids["Amira"]
        student = session.get_one(Student, amira)
        leavings_of(session, amira)[0].summer = summer
        if sixth_form:
            session.add(Leaving(school_id=school.id, student_id=amira, year_group=13, summer=summer + 2))
            session.flush()
        mark(session, student, on=on, now=at(f"{on}T10:00"))
        return [(one.year_group, one.left_on, one.kind) for one in leavings_of(session, amira)]


@pytest.mark.parametrize(
    ("on", "summer", "kind"),
    [
        (date(2026, 3, 2), 2026, EARLY),
        (date(2026, 6, 26), 2026, NORMAL),
        (date(2026, 9, 14), 2026, NORMAL),  # her summer is over, whatever the roster's year group is
        (date(2026, 6, 26), 2027, EARLY),  # she repeats the year
        (date(2027, 6, 25), 2027, NORMAL),
    ],
)
def test_leaving_is_told_by_the_persons_own_summer(
    engine: Engine, school: SmallSchool, on: date, summer: int, kind: LeavingKind
) -> None:
    assert marked(engine, school, mark_left, on, summer=summer) == [(11, on, kind)]


def test_who_leaves_the_own_sixth_form_ends_that_and_keeps_the_year_11(
    engine: Engine, school: SmallSchool
) -> None:
    on = date(2026, 11, 30)
    assert marked(engine, school, mark_left, on, sixth_form=True) == [(11, None, NORMAL), (13, on, EARLY)]


def test_who_moved_to_another_school_is_asked_nothing_more(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    bot = Bot(engine, settings, school)
    bot.start("2026-01-05T08:00")
    on = date(2026, 1, 19)
    assert marked(engine, school, mark_moved, on) == [(11, on, MOVED)]
    bot.tick("2026-01-26T10:00")
    assert {(row.state, row.reason) for row in bot.rows("Amira")} == {(PlannedState.SKIPPED, "left")}
    with database.writing(engine) as session:
        mark_returned(session, session.get_one(Student, school.ids["Amira"]), now=bot.now)
    bot.tick("2026-01-26T12:00")
    assert {row.reason for row in bot.rows("Amira") if row.settled_at is None} == {""}


def test_after_the_own_summer_a_mover_is_a_leaver_like_the_others(
    engine: Engine, school: SmallSchool
) -> None:
    on = date(2026, 7, 3)
    assert marked(engine, school, mark_moved, on) == [(11, on, NORMAL)]


def test_who_repeats_the_year_stays_in_while_the_others_have_left(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    bot = Bot(engine, settings, school)
    bot.start("2026-09-02T08:00", leaving=2027)
    with database.writing(engine) as session:
        leavings_of(session, school.ids["Ewa"])[0].summer = 2027
    bot.tick("2026-09-21T09:00")
    assert next((row.survey, row.state) for row in bot.rows("Ewa")) == ("autumn-intentions", "opened")
    assert bot.wire.addresses() == ["ewa@pupils.example.org"]
