"""Everything the bot will send to a cohort, and what already went: by occasion, and person by person.

What is to come is worked out from what holds now, whether the cohort's plan runs yet or not; what went is
told from the messages that went. Nothing is written.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from surveybot.catalogue import Catalogue
from surveybot.records.plan.planned import find_cohort
from surveybot.records.plan.planned_rounds import rows_by_student, steps_of_rounds
from surveybot.records.report.calendar_messages import rounds_of_cohort
from surveybot.records.roster.students import Student, leavings_of
from surveybot.records.schools import School
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.plan.check_in_dates import CohortDates
from surveybot.rules.plan.check_in_plan import HORIZONS
from surveybot.steps.calendar.entry import Entry, together
from surveybot.steps.calendar.of_tutors import tutor_rounds
from surveybot.steps.calendar.parts import TextParts
from surveybot.steps.calendar.people import CalendarPeople
from surveybot.steps.calendar.to_come import Plan, entries_to_come
from surveybot.steps.calendar.went import OpenedRounds, reminders, what_went
from surveybot.steps.plan.plan_check_ins import dates_of, load_cohort
from surveybot.steps.sending.gather import numbers_shared


@dataclass(frozen=True)
class CalendarOf:
    """One year group's part of a cohort."""

    year_group: int
    started_at: datetime | None
    running: bool
    entries: tuple[Entry, ...]  # by time; reminders follow what they remind of


@dataclass(frozen=True)
class View:
    """Whose calendar is shown, when, and at which address the links of its texts begin."""

    session: Session
    school: School
    catalogue: Catalogue
    public_url: str
    now: datetime


def end_of_plan(leaving: int) -> date:
    """The last day of destination year 3."""
    return date(leaving + HORIZONS[11], 8, 31)


def calendars_of(view: View, *, leaving: int, until: date) -> list[CalendarOf]:
    """The calendar of a summer's leavers, for Year 11 and for Year 13 where there is anybody."""
    found = []
    for year_group in (11, 13):
        people = _people(view, leaving, year_group)
        if people.cohort.people:
            dates = dates_of(view.catalogue, view.school, leaving=leaving, year_group=year_group)
            found.append(_calendar(view, people, dates, until))
    return found


def entries_of_person(view: View, student: Student) -> list[Entry]:
    """One person's own calendar, over every cohort that they belong to."""
    assert student.id is not None
    entries: list[Entry] = []
    for leaving, year_group in (
        (row.summer, row.year_group) for row in leavings_of(view.session, student.id)
    ):
        people = _people(view, leaving, year_group)
        dates = dates_of(view.catalogue, view.school, leaving=leaving, year_group=year_group)
        entries += _entries(view, people, dates, only=student.id)
    return sorted(entries, key=lambda one: one.order)


def _people(view: View, leaving: int, year_group: int) -> CalendarPeople:
    assert view.school.id is not None
    cohort = load_cohort(
        view.session, view.school.id, leaving=leaving, year_group=year_group, on=london_date(view.now)
    )
    routes = (route for one in cohort.followed.values() for route in one.person.routes)
    numbers = {route.address for route in routes if route.channel is Channel.SMS}
    return CalendarPeople(cohort, numbers_shared(view.session, sorted(numbers)))


def _calendar(view: View, people: CalendarPeople, dates: CohortDates, until: date) -> CalendarOf:
    assert view.school.id is not None
    cohort = find_cohort(view.session, view.school.id, leaving=dates.leaving, year_group=dates.year_group)
    of_tutors = tutor_rounds(view.session, view.school, view.catalogue, people, dates, cohort)
    entries = [
        *together(_entries(view, people, dates)),
        *(one for one in of_tutors if one.row_id is not None or one.send_at >= view.now),
    ]
    shown = [one for one in entries if london_date(one.send_at) <= until]
    return CalendarOf(
        dates.year_group,
        cohort.started_at if cohort else None,
        cohort is not None and cohort.next_look_at is not None,
        tuple(sorted(shown, key=lambda one: one.order)),
    )


def _entries(
    view: View, people: CalendarPeople, dates: CohortDates, *, only: int | None = None
) -> Iterator[Entry]:
    """What went, then the reminders of open rounds, then what is planned; of one person where it says so."""
    assert view.school.id is not None
    rows = rounds_of_cohort(view.session, view.school.id, leaving=dates.leaving, year_group=dates.year_group)
    rounds = {row.id: row for row in rows if row.id is not None}
    opened = OpenedRounds(rounds, steps_of_rounds(view.session, rounds))
    parts = TextParts(view.school, view.catalogue, view.public_url)
    yield from what_went(view.session, opened, people, now=view.now, student_id=only)
    yield from reminders(view.session, opened, people, view.catalogue, parts, now=view.now, student_id=only)
    ids = [only] if only is not None else list(people.cohort.followed)
    stored = rows_by_student(view.session, ids)
    plan = Plan(people, view.catalogue, dates, parts)
    for student_id in ids:
        for entry in entries_to_come(plan, student_id, stored.get(student_id, {})):
            if entry.row_id is not None or entry.send_at >= view.now:
                yield entry
