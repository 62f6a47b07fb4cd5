"""Keep the rows of a cohort's plan equal to the roster, the consents, the calendar and the answers.

Only rows that are still to come change. What was opened, held or cancelled stays; a row that no longer
belongs to the plan goes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlmodel import Session

from surveybot.catalogue import Catalogue
from surveybot.records.plan.cohort_facts import (
    answer_days,
    facts_of_cohort,
    last_destinations,
    leavings_of_students,
)
from surveybot.records.plan.plan_rows import (
    StandingRow,
    add_planned,
    change_planned,
    drop_planned,
    rows_of_students,
)
from surveybot.records.plan.planned import TO_COME, PlannedCohort, PlannedState, find_cohort
from surveybot.records.plan.steered_occasions import Occasion, SteeredOccasion, steered_occasions
from surveybot.records.roster.students import Leaving, Student, cohort
from surveybot.records.schools import School
from surveybot.rules.answer.answer_facts import OPEN
from surveybot.rules.calendar.academic_year import current_summer
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.delivery.contact_hours import DEFAULT_WINDOW, Window
from surveybot.rules.plan.check_in_dates import CohortDates
from surveybot.rules.plan.check_ins import Followed, LeavingFacts, Occurrence, check_ins_of
from surveybot.rules.plan.own_calendar import own_changes
from surveybot.rules.school_settings import SchoolSettings, horizons_of
from surveybot.steps.roster.people import load_people

LOOK_EVERY = timedelta(hours=1)
Key = tuple[int, str, int, str]
Steered = Mapping[Occasion, SteeredOccasion]


@dataclass(frozen=True)
class CohortPeople:
    """A cohort and what its plan needs to know of everybody in it."""

    people: Sequence[tuple[Student, Leaving]]
    followed: Mapping[int, Followed]


def start_cohort(
    session: Session, school: School, *, leaving: int, year_group: int, started_by: str, now: datetime
) -> PlannedCohort:
    """Set a cohort up: from now on the bot asks at the right moments. Twice is once."""
    assert school.id is not None
    row = find_cohort(session, school.id, leaving=leaving, year_group=year_group)
    row = row or PlannedCohort(
        school_id=school.id, leaving=leaving, year_group=year_group, started_at=now, started_by=started_by
    )
    row.next_look_at = row.next_look_at or now
    session.add(row)
    session.flush()
    return row


def stop_cohort(session: Session, row: PlannedCohort) -> None:
    """Ask nothing more by itself; the rows stay, and starting it again goes on from there."""
    row.next_look_at = None
    session.add(row)


def dates_of(catalogue: Catalogue, school: School, *, leaving: int, year_group: int) -> CohortDates:
    """The days of a cohort, with its school's own calendar and changes."""
    settings = SchoolSettings.from_stored(school.settings)
    window = DEFAULT_WINDOW
    if settings.window_opens < settings.window_closes:
        window = Window(settings.window_opens, settings.window_closes)
    calendar = catalogue.calendar_at(school.settings)
    return CohortDates(calendar, year_group, leaving, own_changes(school.settings), window)


def load_cohort(session: Session, school_id: int, *, leaving: int, year_group: int, on: date) -> CohortPeople:
    """Nine queries at the most, however many people."""
    people = cohort(session, school_id, leaving=leaving, year_group=year_group)
    students = [student for student, _ in people]
    ids = [student.id for student in students if student.id is not None]
    persons, leavings = load_people(session, students, on=on), leavings_of_students(session, ids)
    answers, known = answer_days(session, ids), last_destinations(session, ids)
    horizons = horizons_of(SchoolSettings.from_stored(session.get_one(School, school_id).settings))
    followed = {
        student.id: Followed(
            person=persons[student.id],
            leavings={row.year_group: _facts(row) for row in leavings.get(student.id, ())},
            date_of_birth=student.date_of_birth,
            ehc_plan=bool(student.ehcp),
            answered=answers.get(student.id, {}),
            known_on=_known_on(known.get(student.id)),
            horizons=horizons,
        )
        for student in students
        if student.id is not None
    }
    return CohortPeople(people, followed)


def plan_check_ins(
    session: Session, school: School, row: PlannedCohort, catalogue: Catalogue, *, now: datetime
) -> int:
    """Make the rows to come say what holds now; how many were added, changed or dropped."""
    assert row.id is not None
    dates = dates_of(catalogue, school, leaving=row.leaving, year_group=row.year_group)
    known = load_cohort(
        session, row.school_id, leaving=row.leaving, year_group=row.year_group, on=london_date(now)
    )
    stored = {_key(one): one for one in rows_of_students(session, row.id, list(known.followed))}
    steered = steered_occasions(session, row.id)
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    kept: set[int | None] = set()
    for student_id, followed in known.followed.items():
        for occurrence in check_ins_of(followed, catalogue.check_ins, dates):
            before, step = _stored(stored, student_id, occurrence, row.leaving)
            if before is not None:
                kept.add(before.id)
                changed += _difference(before, occurrence, row, steered)
            elif _still_makes_sense(occurrence, catalogue, dates, row, now):
                new.append(_new_row(occurrence, row, student_id, step, steered))
    gone = [one.id for one in stored.values() if one.id not in kept and _is_ours_to_drop(one, row.id)]
    add_planned(session, new)
    change_planned(session, changed)
    drop_planned(session, [one for one in gone if one is not None])
    row.fingerprint = fingerprint(session, school, row, now=now)
    row.next_look_at = now + LOOK_EVERY
    session.add(row)
    return len(new) + len(changed) + len(gone)


def fingerprint(session: Session, school: School, row: PlannedCohort, *, now: datetime) -> str:
    """Changes whenever anything does that the rows depend on: people, consents, answers, dates."""
    facts = facts_of_cohort(session, row.school_id, leaving=row.leaving, year_group=row.year_group)
    text = f"{facts}|{sorted(school.settings.items())}|{current_summer(london_date(now))}"
    return sha256(text.encode()).hexdigest()


def _facts(row: Leaving) -> LeavingFacts:
    return LeavingFacts(row.year_group, row.summer, row.left_on, row.kind)


def _known_on(last: tuple[str, date] | None) -> date | None:
    """A destination that is still open is not known."""
    return last[1] if last and last[0] not in OPEN else None


def _key(row: StandingRow) -> Key:
    return row.student_id, row.survey, row.destination_year, row.step


def _stored(
    stored: Mapping[Key, StandingRow], student_id: int, occurrence: Occurrence, leaving: int
) -> tuple[StandingRow | None, str]:
    """The row of this occurrence; whoever repeats a year has one of each summer."""
    found = stored.get((student_id, occurrence.survey, occurrence.destination_year, occurrence.step))
    if found is None or found.leaving == leaving or _is_to_come(found):
        return found, occurrence.step
    step = f"{occurrence.step}~{leaving}"
    return stored.get((student_id, occurrence.survey, occurrence.destination_year, step)), step


def _is_to_come(row: StandingRow) -> bool:
    return row.settled_at is None and row.state in TO_COME


def _is_ours_to_drop(row: StandingRow, cohort_id: int) -> bool:
    return row.cohort_id == cohort_id and _is_to_come(row)


def _difference(
    row: StandingRow, new: Occurrence, cohort: PlannedCohort, steered: Steered
) -> Iterator[dict[str, Any]]:
    if row.settled_at is not None or row.state is PlannedState.CANCELLED:
        return
    values: dict[str, Any] = {"due_at": new.due_at, "cohort_id": cohort.id, "leaving": cohort.leaving}
    if row.state in TO_COME:
        joins = row.cohort_id != cohort.id
        values |= _standing(new, steered if joins else {})
    if any(getattr(row, name) != value for name, value in values.items()):
        yield {"id": row.id, **values}


def _standing(new: Occurrence, steered: Steered) -> dict[str, Any]:
    """As things stand; what staff hold or cancelled for everybody binds whoever joins later."""
    if standing := steered.get(Occasion.of(new.survey, new.destination_year, new.step)):
        return {"state": standing.state, "channel": new.channel, "reason": standing.reason}
    state = PlannedState.SKIPPED if new.reason else PlannedState.PLANNED
    return {"state": state, "channel": new.channel, "reason": new.reason or ""}


def _still_makes_sense(
    new: Occurrence, catalogue: Catalogue, dates: CohortDates, row: PlannedCohort, now: datetime
) -> bool:
    """Nothing from before the start is made up for; a newcomer joins what is still open."""
    if new.due_at >= now:
        return True
    check_in = catalogue.check_ins.find(new.survey, new.step)
    assert check_in is not None
    return new.due_at >= row.started_at and dates.closes_at(check_in, new.due_at) > now


def _new_row(
    new: Occurrence, cohort: PlannedCohort, student_id: int, step: str, steered: Steered
) -> dict[str, Any]:
    return {
        "cohort_id": cohort.id,
        "school_id": cohort.school_id,
        "student_id": student_id,
        "survey": new.survey,
        "destination_year": new.destination_year,
        "step": step,
        "leaving": cohort.leaving,
        "due_at": new.due_at,
        "changed_by": "",
        "round_id": None,
        "settled_at": None,
        **_standing(new, steered),
    }
