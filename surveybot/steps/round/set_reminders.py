"""Set when the reminders of a round go, how often, and which way; what went already stays."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from surveybot.catalogue import Catalogue
from surveybot.records.plan.planned import PlannedReminder, PlannedState
from surveybot.records.plan.planned_rounds import reminders_of
from surveybot.records.round.rounds import Round
from surveybot.records.schools import School
from surveybot.rules.calendar.dates_in_words import say_at, say_on
from surveybot.rules.delivery.contact_hours import next_allowed
from surveybot.rules.plan.check_in_plan import MOST_REMINDERS
from surveybot.rules.school_settings import SchoolSettings
from surveybot.steps.plan.exam_weeks import exam_weeks
from surveybot.steps.sending.gather import window_of

NUMBERS = range(1, MOST_REMINDERS + 1)
FIXED = (PlannedState.OPENED, PlannedState.SKIPPED)
"""It went, or was left out because its time had passed."""


@dataclass(frozen=True, slots=True)
class Wanted:
    due_at: datetime
    other_channel: bool


class ReminderFaults(ValueError):
    """Reminders that cannot go like that; `faults` says why, by number."""

    def __init__(self, faults: dict[int, str]) -> None:
        super().__init__("\n".join(faults.values()))
        self.faults = faults


def set_reminders(
    session: Session,
    row: Round,
    wanted: Mapping[int, Wanted],
    *,
    school: School,
    catalogue: Catalogue,
    by: str,
    now: datetime,
) -> None:
    """Plan these and no others, or raise ReminderFaults; each number is one of three."""
    assert row.id is not None
    stored = reminders_of(session, row.id)
    gone = {number: one.due_at for number, one in stored.items() if one.state in FIXED}
    wanted = {number: one for number, one in wanted.items() if number not in gone}
    times = gone | {number: one.due_at for number, one in wanted.items()}
    faults = {
        number: fault
        for number, one in wanted.items()
        if (fault := _fault(catalogue, school, row, times, number, one.due_at, now))
    }
    if faults:
        raise ReminderFaults(faults)
    for number in NUMBERS:
        if number not in gone:
            _set(session, row, stored.get(number), number, wanted.get(number), by)
    mark_last(session, row.id)


def _fault(
    catalogue: Catalogue,
    school: School,
    row: Round,
    times: Mapping[int, datetime],
    number: int,
    at: datetime,
    now: datetime,
) -> str:
    settings = SchoolSettings.from_stored(school.settings)
    if at <= max(now, row.opens_at):
        return "Choose a time that is still to come, after the round has opened."
    if at >= row.closes_at:
        return f"The round closes {say_at(row.closes_at)}: choose a time before that."
    if any(other < number and time >= at for other, time in times.items()):
        return "Each reminder comes after the one before it."
    allowed = next_allowed(at, nation=settings.nation, window=window_of(settings))
    if allowed != at:
        return f"Nothing goes out at that time. The next one at which it may is {say_at(allowed)}."
    survey = catalogue.survey(row.survey)
    weeks = exam_weeks(catalogue, school, survey, leaving=row.leaving, year_group=row.year_group, at=at)
    return f"They sit their exams until {say_on(weeks.exams.last)} and are left alone." if weeks else ""


def _set(
    session: Session, row: Round, one: PlannedReminder | None, number: int, wanted: Wanted | None, by: str
) -> None:
    if one is None and wanted is None:
        return
    assert row.id is not None
    if wanted is None:
        assert one is not None
        one.state, one.is_last, one.changed_by = PlannedState.CANCELLED, False, by
    else:
        one = one or PlannedReminder(
            school_id=row.school_id, round_id=row.id, number=number, due_at=wanted.due_at
        )
        if one.due_at != wanted.due_at:
            one.told_tutors_at = None
        one.due_at, one.other_channel = wanted.due_at, wanted.other_channel
        if one.state is not PlannedState.HELD:  # what is on hold stays so until somebody lets it go
            one.state, one.reason, one.changed_by = PlannedState.PLANNED, "", by
    session.add(one)


def mark_last(session: Session, round_id: int) -> None:
    """Tutors hear before the last one of a round, also where it is the only one."""
    session.flush()
    stored = reminders_of(session, round_id)
    alive = [number for number, one in stored.items() if one.state is not PlannedState.CANCELLED]
    for number, one in stored.items():
        one.is_last = number == max(alive, default=0)
        session.add(one)
