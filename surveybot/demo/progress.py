"""How far the three years have been lived: what the page and the terminal show, month by month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from surveybot.demo.school import URN
from surveybot.records.audit import AuditEntry, last_deed, note_deed
from surveybot.records.schools import find_school
from surveybot.records.time_lapse import clock_was_set, counts_between, newest_cohort, noted
from surveybot.rules.calendar.dates_in_words import from_wall, london_date

ASKED, ENDED, MONTH = "time_lapse_asked", "time_lapse_ended", "time_lapse_month"


@dataclass(frozen=True, slots=True)
class Month:
    first: date
    sent: int
    answered: int


@dataclass(frozen=True, slots=True)
class Progress:
    """From where to where, how far it has come, and what each month brought; oldest month first."""

    began_at: datetime
    until: datetime
    now: datetime
    ended: bool
    months: Sequence[Month]

    @property
    def percent(self) -> int:
        if self.ended:
            return 100
        lived = (self.now - self.began_at) / (self.until - self.began_at)
        return min(99, max(0, int(100 * lived)))

    @property
    def sent(self) -> int:
        return sum(month.sent for month in self.months)

    @property
    def answered(self) -> int:
        return sum(month.answered for month in self.months)


def ask_for_three_years(session: Session, *, now: datetime) -> bool:
    """From now on the worker lives them; asked twice, it is once."""
    school = find_school(session, URN)
    if last_deed(session, ASKED) is not None or school is None or school.id is None:
        return False
    summer = newest_cohort(session, school.id)
    assert summer is not None
    note_deed(session, ASKED, at=now, details={"until": end_of(summer).isoformat()})
    return True


def end_of(summer: int) -> datetime:
    """The end of destination year 3, after the goodbye."""
    return from_wall(date(summer + 3, 7, 31), 12)


def progress(session: Session) -> Progress | None:
    """None where nobody has asked for the three years."""
    asked = last_deed(session, ASKED)
    if asked is None:
        return None
    ended = last_deed(session, ENDED)
    return Progress(
        began_at=asked.at,
        until=datetime.fromisoformat(asked.details["until"]),
        now=ended.at if ended else max(asked.at, clock_was_set(session) or asked.at),
        ended=ended is not None,
        months=[_month(row) for row in noted(session, MONTH)],
    )


def is_under_way(session: Session) -> bool:
    return last_deed(session, ASKED) is not None and last_deed(session, ENDED) is None


def note_month(session: Session, day: date, *, since: datetime, now: datetime) -> None:
    """What went out and was answered in the month of that day: from `since`, up to now."""
    start = day.replace(day=1)
    begin, end = max(since, from_wall(start, 0)), min(now, from_wall(_next(start), 0))
    sent, answered = counts_between(session, begin, end)
    details = {"month": start.isoformat(), "sent": sent, "answered": answered}
    note_deed(session, MONTH, at=now, details=details)


def note_months(session: Session, *, now: datetime, also_this: bool = False) -> None:
    """Every month that has ended since the last one that was noted; at the end, this one too."""
    lived = progress(session)
    if lived is None:
        return
    first = _next(lived.months[-1].first) if lived.months else london_date(lived.began_at).replace(day=1)
    this = london_date(now).replace(day=1)
    while first < (_next(this) if also_this else this):
        note_month(session, first, since=lived.began_at, now=now)
        first = _next(first)


def say_month(day: date) -> str:
    return f"{day:%b} {day.year}"


def _month(row: AuditEntry) -> Month:
    return Month(date.fromisoformat(row.details["month"]), row.details["sent"], row.details["answered"])


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
