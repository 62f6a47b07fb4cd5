"""Dates and times as people read them: Thu 20 Aug 2026, 08:30, in Europe/London."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

EARLIEST, LATEST = 2000, 2100
"""The years in which anything here happens; beyond them a calendar cannot be counted."""


class UnclearTime(ValueError):
    """A wall time that the clock skips, or shows twice, or that is not a time at all."""


def say_on(on: date) -> str:
    return f"{_DAYS[on.weekday()]} {on.day} {_MONTHS[on.month - 1]} {on.year}"


def say_at(at: datetime) -> str:
    local = at.astimezone(LONDON)
    return f"{say_on(local.date())}, {local:%H:%M}"


def london_date(at: datetime) -> date:
    """The calendar day in England at that moment."""
    return at.astimezone(LONDON).date()


def from_wall(on: date, hour: int, minute: int = 0) -> datetime:
    """The UTC time of a wall time in England, outside the hours in which clocks change."""
    return datetime(on.year, on.month, on.day, hour, minute, tzinfo=LONDON).astimezone(UTC)


def read_at(text: str) -> datetime:
    """An ISO 8601 time in UTC; without an offset it is Europe/London, and must exist there exactly once."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UnclearTime(f"{text!r} is not a time: write 2026-08-20T08:00.") from None
    if not EARLIEST <= at.year <= LATEST:
        raise UnclearTime(f"{text!r}: write a year from {EARLIEST} to {LATEST}.")
    if at.tzinfo is not None:
        return at.astimezone(UTC)
    early, late = (at.replace(tzinfo=LONDON, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early == late:
        return early
    shown_twice = late - early == timedelta(hours=1)
    problem = "comes twice" if shown_twice else "does not exist"
    raise UnclearTime(
        f"{text!r} {problem} on the night the clocks change: write it with an offset, +00:00 or +01:00."
    )
