"""When an ask may go out: wall-clock hours in Europe/London, no Sundays, no bank holidays.

Only invitations and reminders keep to the window; replies and messages to staff go at once.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

import holidays

from surveybot.rules.calendar.dates_in_words import LONDON, london_date

SUNDAY = 6
RESULTS_START = time(8, 0)  # no result is known to a student before this


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` up to and not including `end`, on every day when people are written to."""

    start: time = time(8, 0)
    end: time = time(19, 30)

    def __post_init__(self) -> None:
        if not self.start < self.end:
            raise ValueError("the contact window must start before it ends")


DEFAULT_WINDOW = Window()


@lru_cache(maxsize=64)
def bank_holidays(nation: str, year: int) -> frozenset[date]:
    """The bank holidays of ENG, WLS, SCT or NIR."""
    return frozenset(holidays.country_holidays("GB", subdiv=nation, years=year))


def is_contact_day(on: date, nation: str = "ENG") -> bool:
    return on.weekday() != SUNDAY and on not in bank_holidays(nation, on.year)


def is_allowed(
    at: datetime,
    *,
    nation: str = "ENG",
    window: Window = DEFAULT_WINDOW,
    results_days: frozenset[date] = frozenset(),
) -> bool:
    local = _local(at)
    opens = _opens(local.date(), window, results_days)
    return is_contact_day(local.date(), nation) and opens <= local.time() < window.end


def next_allowed(
    at: datetime,
    *,
    nation: str = "ENG",
    window: Window = DEFAULT_WINDOW,
    results_days: frozenset[date] = frozenset(),
) -> datetime:
    """The moment itself where it is allowed, else the next start of the window, in UTC."""
    if is_allowed(at, nation=nation, window=window, results_days=results_days):
        return at.astimezone(UTC)
    local = _local(at)
    day = london_date(at)
    if local.time() >= _opens(day, window, results_days):
        day += timedelta(days=1)
    while not is_contact_day(day, nation):
        day += timedelta(days=1)
    return datetime.combine(day, _opens(day, window, results_days), LONDON).astimezone(UTC)


def _opens(on: date, window: Window, results_days: frozenset[date]) -> time:
    """A school may start earlier than eight o'clock, but never on results day."""
    return max(window.start, RESULTS_START) if on in results_days else window.start


def _local(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a time without a zone has no place on the wall clock")
    return at.astimezone(LONDON)
