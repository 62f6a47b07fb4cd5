"""When the check-ins of one cohort go: the same for everybody in it, but for who left early.

Days are worked out on the wall of Europe/London and stored as UTC; nothing falls into the hours in which the
clocks change.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from surveybot.rules.calendar.academic_calendar import AcademicCalendar
from surveybot.rules.calendar.date_rules import read_rule
from surveybot.rules.calendar.dates_in_words import LONDON, london_date
from surveybot.rules.delivery.contact_hours import DEFAULT_WINDOW, Window, is_contact_day, next_allowed
from surveybot.rules.plan.check_in_plan import LEFT, REFERENCE, TERM_STARTS, CheckIn, Path
from surveybot.rules.plan.own_calendar import OwnChange

NO_CHANGE = OwnChange()


@dataclass(frozen=True)
class CohortDates:
    """The days of one cohort at one school."""

    calendar: AcademicCalendar
    year_group: int
    leaving: int
    changes: Mapping[tuple[str, int], OwnChange]
    window: Window = DEFAULT_WINDOW

    worked_out: dict[Any, datetime | None] = field(default_factory=dict, compare=False, repr=False)

    def due_at(
        self, check_in: CheckIn, destination_year: int, left_on: date | None = None
    ) -> datetime | None:
        """When it goes, in UTC; None where the school has switched it off, or no day starts it.

        Worked out once for everybody of a cohort.
        """
        key = (check_in.survey, check_in.step, destination_year, left_on if check_in.start == LEFT else None)
        if key not in self.worked_out:
            self.worked_out[key] = self._work_out(check_in, destination_year, left_on)
        return self.worked_out[key]

    def _work_out(self, check_in: CheckIn, destination_year: int, left_on: date | None) -> datetime | None:
        change = self.changes.get((check_in.survey, destination_year), NO_CHANGE)
        start = self._start(check_in, destination_year, left_on)
        if change.off or start is None:
            return None
        on = start + timedelta(days=check_in.days + change.days)
        if not check_in.exactly:
            on = self._day(check_in, on)
        at = datetime.combine(on, check_in.at, LONDON).astimezone(UTC)
        return next_allowed(at, nation=self.calendar.nation, window=self.window)

    def closes_at(self, check_in: CheckIn, due_at: datetime) -> datetime:
        """The end of the round, at the same time of day on the wall."""
        return self.days_after(due_at, check_in.closes_after_days)

    def days_after(self, due_at: datetime, days: int) -> datetime:
        local = due_at.astimezone(LONDON)
        return datetime.combine(local.date() + timedelta(days=days), local.time(), LONDON).astimezone(UTC)

    def reminders(self, check_in: CheckIn, due_at: datetime) -> list[datetime]:
        """When reminders go: on days on which people are written to, and not in exam weeks."""
        closes_at = self.closes_at(check_in, due_at)
        found: list[datetime] = []
        for days in check_in.reminders:
            at = self._contact_day(self.days_after(due_at, days))
            alone = check_in.path is Path.IN_SCHOOL and self.calendar.is_left_alone(
                self.year_group, london_date(at)
            )
            if not alone and at < closes_at and at not in found:
                found.append(at)
        return found

    def academic_year(self, check_in: CheckIn, destination_year: int) -> int:
        """The summer in which the academic year of this occurrence ends."""
        return self.leaving + destination_year - check_in.years_before

    def _start(self, check_in: CheckIn, destination_year: int, left_on: date | None) -> date | None:
        summer = self.academic_year(check_in, destination_year)
        if check_in.start == LEFT:
            return left_on
        if check_in.start in TERM_STARTS:
            return self.calendar.term(TERM_STARTS[check_in.start], summer).first
        if check_in.start == "mocks":
            return self.calendar.mocks(summer).last
        if check_in.start == "exams":
            return self.calendar.exams(summer).first
        if check_in.start == "results":
            return self.calendar.results_day(self.year_group, summer).on
        if check_in.start == REFERENCE:
            return self.calendar.reference_day.on(summer)
        return read_rule(check_in.start).on(summer)

    def _day(self, check_in: CheckIn, on: date) -> date:
        """The next day of school; before the exams where it would fall into them."""
        day = self.calendar.school_day_from(on)
        if check_in.path is Path.IN_SCHOOL and not check_in.years_before:
            exams = self.calendar.exams(self.leaving)
            if day in exams:
                return self.calendar.school_day_until(exams.first - timedelta(days=1))
        return day

    def _contact_day(self, at: datetime) -> datetime:
        while not is_contact_day(london_date(at), self.calendar.nation):
            at = self.days_after(at, 1)
        return next_allowed(at, nation=self.calendar.nation, window=self.window)
