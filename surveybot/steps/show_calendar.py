"""Everything the bot will send to a cohort, and what already went: by occasion, and person by person.

Worked out from what holds now, whether the cohort's plan runs yet or not; nothing is written. Rows that
staff held or cancelled, and those that were asked, say so.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlmodel import Session

from surveybot.catalogue import Catalogue
from surveybot.records.planned import (
    PlannedCohort,
    PlannedOccurrence,
    PlannedReminder,
    PlannedState,
    find_cohort,
)
from surveybot.records.planned_rounds import reminders_of_cohort, rows_by_student
from surveybot.records.roster import Student, leavings_of
from surveybot.records.schools import School
from surveybot.records.staff import staff_of_school
from surveybot.records.tutor_progress import staffing_of
from surveybot.records.tutor_rounds import planned_tutor_rounds
from surveybot.rules.channels import Channel
from surveybot.rules.check_in_dates import CohortDates
from surveybot.rules.check_in_plan import HORIZONS, Path
from surveybot.rules.check_ins import Occurrence, check_ins_of
from surveybot.rules.contact_hours import next_allowed
from surveybot.rules.dates_in_words import london_date
from surveybot.rules.may_ask import Asking, Person, RouteFacts, first_way
from surveybot.rules.school_settings import SchoolSettings
from surveybot.steps.plan_check_ins import CohortPeople, dates_of, load_cohort
from surveybot.steps.remind_due import OTHER
from surveybot.steps.sending.fall_back import PATIENCE

FALLBACK = "text-after-email"


@dataclass(frozen=True, slots=True)
class Entry:
    """One occasion for one person, or a row of the page where `people` counts them."""

    send_at: datetime
    survey: str
    step: str
    destination_year: int
    year_group: int
    message: str  # "first", "reminder-1", or "text-after-email"
    channel: Channel | None
    state: PlannedState
    reason: str
    people: int = 1
    round_id: int | None = None
    row_id: int | None = None
    of_staff: bool = False  # `people` are the tutors who are asked, at most

    @property
    def month(self) -> tuple[int, int]:
        on = london_date(self.send_at)
        return on.year, on.month


@dataclass(frozen=True)
class CalendarOf:
    """One year group's part of a cohort."""

    year_group: int
    started_at: datetime | None
    running: bool
    entries: tuple[Entry, ...]  # by time; reminders follow what they remind of


def end_of_plan(leaving: int) -> date:
    """The last day of destination year 3."""
    return date(leaving + HORIZONS[11], 8, 31)


def calendars_of(
    session: Session, school: School, catalogue: Catalogue, *, leaving: int, until: date, now: datetime
) -> list[CalendarOf]:
    """The calendar of a summer's leavers, for Year 11 and for Year 13 where there is anybody."""
    found = []
    for year_group in (11, 13):
        people = _people(session, school, leaving, year_group, now)
        if people.people:
            dates = dates_of(catalogue, school, leaving=leaving, year_group=year_group)
            found.append(_calendar(session, school, catalogue, people, dates, until, now))
    return found


def entries_of_person(
    session: Session, school: School, catalogue: Catalogue, student: Student, *, now: datetime
) -> list[Entry]:
    """One person's own calendar, over every cohort that they belong to."""
    assert student.id is not None
    entries: list[Entry] = []
    for leaving, year_group in ((row.summer, row.year_group) for row in leavings_of(session, student.id)):
        people = _people(session, school, leaving, year_group, now)
        dates = dates_of(catalogue, school, leaving=leaving, year_group=year_group)
        stored = rows_by_student(session, [student.id]).get(student.id, {})
        entries += _entries(people, student.id, catalogue, dates, stored)
    return sorted(entries, key=lambda one: (one.send_at, one.message))


def cost_in_pence(entry: Entry, settings: SchoolSettings) -> float:
    """What the texts of an entry cost at the most; our own wordings fit one part each."""
    return entry.people * settings.pence_per_segment if entry.channel is Channel.SMS else 0.0


def _people(session: Session, school: School, leaving: int, year_group: int, now: datetime) -> CohortPeople:
    assert school.id is not None
    return load_cohort(session, school.id, leaving=leaving, year_group=year_group, on=london_date(now))


def _calendar(
    session: Session,
    school: School,
    catalogue: Catalogue,
    people: CohortPeople,
    dates: CohortDates,
    until: date,
    now: datetime,
) -> CalendarOf:
    assert school.id is not None
    cohort = find_cohort(session, school.id, leaving=dates.leaving, year_group=dates.year_group)
    stored = rows_by_student(session, list(people.followed)) if cohort else {}
    entries = [
        entry
        for student_id in people.followed
        for entry in _entries(people, student_id, catalogue, dates, stored.get(student_id, {}))
        if entry.state is PlannedState.OPENED or entry.send_at >= now or entry.row_id is not None
        if london_date(entry.send_at) <= until
    ]
    together = [
        *_together(entries),
        *(
            entry
            for entry in _of_tutors(session, school, catalogue, people, dates, cohort)
            if entry.row_id is not None or entry.send_at >= now
            if london_date(entry.send_at) <= until
        ),
    ]
    if cohort and cohort.id is not None:
        together = _with_real_reminders(together, reminders_of_cohort(session, cohort.id))
    ordered = sorted(together, key=lambda one: (one.send_at, one.survey, one.message, one.reason))
    return CalendarOf(
        dates.year_group,
        cohort.started_at if cohort else None,
        cohort is not None and cohort.next_look_at is not None,
        tuple(ordered),
    )


def _of_tutors(
    session: Session,
    school: School,
    catalogue: Catalogue,
    people: CohortPeople,
    dates: CohortDates,
    cohort: PlannedCohort | None,
) -> Iterator[Entry]:
    """The rounds that ask tutors: who is asked follows from what is known by then."""
    assert school.id is not None
    rows = planned_tutor_rounds(session, cohort.id) if cohort and cohort.id else []
    stored = {(row.destination_year, row.step): row for row in rows}
    staffing = staffing_of(staff_of_school(session, school.id))
    asked = {one for student, _ in people.people for one in staffing.asked_about(student.tutor_group)}
    for check_in in catalogue.check_ins.of_year(dates.year_group):
        row = stored.get((check_in.destination_year, check_in.step))
        due_at = row.due_at if row else dates.due_at(check_in, check_in.destination_year)
        if check_in.path is not Path.TUTORS or due_at is None:
            continue
        first = Entry(
            send_at=due_at,
            survey=check_in.survey,
            step=check_in.step,
            destination_year=check_in.destination_year,
            year_group=dates.year_group,
            message="first",
            channel=Channel.EMAIL,
            state=row.state if row else PlannedState.PLANNED,
            reason=row.reason if row else "",
            people=len(asked),
            round_id=row.round_id if row else None,
            row_id=row.id if row else None,
            of_staff=True,
        )
        yield first
        if first.state is PlannedState.PLANNED:
            for number, at in enumerate(dates.reminders(check_in, due_at), 1):
                yield replace(first, send_at=at, message=f"reminder-{number}", row_id=None)


def _entries(
    people: CohortPeople,
    student_id: int,
    catalogue: Catalogue,
    dates: CohortDates,
    stored: Mapping[tuple[str, int, str], PlannedOccurrence],
) -> Iterator[Entry]:
    """What is planned for one person; what was asked, held or cancelled stands as it was stored."""
    followed = people.followed[student_id]
    seen = set()
    for occurrence in check_ins_of(followed, catalogue.check_ins, dates):
        key = (occurrence.survey, occurrence.destination_year, occurrence.step)
        again = (*key[:2], f"{occurrence.step}~{dates.leaving}")
        row = stored.get(again) or stored.get(key)
        row = row if row is None or row.leaving == dates.leaving else None
        if row is not None:
            seen.add(row.id)
        entry = _entry(occurrence, row, dates.year_group)
        yield entry
        yield from _what_follows(entry, followed.person, catalogue, dates)
    for row in stored.values():
        if row.id not in seen and row.state is PlannedState.OPENED and row.leaving == dates.leaving:
            check_in = catalogue.check_ins.find(row.survey, row.step)
            if check_in and dates.year_group in check_in.year_groups:
                yield _asked(row, dates.year_group)


def _entry(new: Occurrence, row: PlannedOccurrence | None, year_group: int) -> Entry:
    if row is not None and (row.settled_at is not None or row.state is PlannedState.CANCELLED):
        return _asked(row, year_group)
    held = row is not None and row.state is PlannedState.HELD
    state = PlannedState.SKIPPED if new.reason else PlannedState.PLANNED
    return Entry(
        send_at=new.due_at,
        survey=new.survey,
        step=new.step,
        destination_year=new.destination_year,
        year_group=year_group,
        message="first",
        channel=new.channel,
        state=PlannedState.HELD if held else state,
        reason=row.reason if row is not None and held else new.reason or "",
        row_id=row.id if row else None,
    )


def _asked(row: PlannedOccurrence, year_group: int) -> Entry:
    return Entry(
        send_at=row.due_at,
        survey=row.survey,
        step=row.step,
        destination_year=row.destination_year,
        year_group=year_group,
        message="first",
        channel=row.channel,
        state=row.state,
        reason=row.reason,
        round_id=row.round_id,
        row_id=row.id,
    )


def _what_follows(entry: Entry, person: Person, catalogue: Catalogue, dates: CohortDates) -> Iterator[Entry]:
    """The reminders of a message that is still to come, and the text after an email; to whoever has not
    answered by then. The later reminders go the other way, where there is one."""
    check_in = catalogue.check_ins.find(entry.survey, entry.step)
    if check_in is None or entry.channel is None or entry.state is not PlannedState.PLANNED:
        return
    asking = Asking(after_leaving=check_in.after_leaving)
    way = first_way(replace(person, after_leaving=check_in.after_leaving), asking, OTHER[entry.channel])
    other = way.channel if isinstance(way, RouteFacts) else entry.channel
    for number, at in enumerate(dates.reminders(check_in, entry.send_at), 1):
        channel = other if number > 1 else entry.channel
        yield replace(entry, send_at=at, message=f"reminder-{number}", channel=channel, row_id=None)
    falls_back = catalogue.survey(entry.survey).first_channel is Channel.EMAIL
    if falls_back and (entry.channel, other) == (Channel.EMAIL, Channel.SMS):
        at = next_allowed(entry.send_at + PATIENCE, nation=dates.calendar.nation, window=dates.window)
        if at < dates.closes_at(check_in, entry.send_at):
            yield replace(entry, send_at=at, message=FALLBACK, channel=Channel.SMS, row_id=None)


def _together(entries: Iterable[Entry]) -> list[Entry]:
    counted: dict[Entry, int] = {}
    for entry in entries:
        plain = replace(entry, row_id=None)
        counted[plain] = counted.get(plain, 0) + 1
    return [replace(entry, people=people) for entry, people in counted.items()]


def _with_real_reminders(entries: Sequence[Entry], reminders: Sequence[PlannedReminder]) -> list[Entry]:
    """Reminders of rounds that were opened stand as they are planned there."""
    by_round = {entry.round_id: entry for entry in entries if entry.round_id is not None}
    real = []
    for one in reminders:
        first = by_round.get(one.round_id)
        if first is not None:
            asked = sum(e.people for e in entries if e.round_id == one.round_id)
            again = replace(first, send_at=one.due_at, message=f"reminder-{one.number}", people=asked)
            real.append(replace(again, state=one.state, reason=one.reason))
    return [*entries, *real]
