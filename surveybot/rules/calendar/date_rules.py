"""Days that follow a rule within an academic year: "last friday of june", "easter + 8 days"."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3}

_DAY = re.compile(rf"(\d{{1,2}}) ({'|'.join(MONTHS)})")
_NTH = re.compile(rf"({'|'.join([*ORDINALS, 'last'])}) ({'|'.join(WEEKDAYS)}) of ({'|'.join(MONTHS)})")
_NEAR = re.compile(rf"({'|'.join(WEEKDAYS)}) on or (after|before) (\d{{1,2}}) ({'|'.join(MONTHS)})")
_EASTER = re.compile(r"easter(?: ([+-]) (\d{1,3}) days?)?")
_FIRST_MONTH = 9
_A_LEAP_YEAR = 2028


class UnclearRule(ValueError):
    """A date rule that cannot be read; the text says how one is written."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f'{text!r} is no date rule: write "1 november", "last friday of june", '
            '"thursday on or after 19 august" or "easter + 8 days".'
        )


@dataclass(frozen=True, slots=True)
class DateRule:
    """A rule that was read and holds in every year."""

    text: str

    def on(self, summer: int) -> date:
        """The day in the academic year that ends in that summer."""
        return _day(self.text, summer)


def read_rule(text: str) -> DateRule:
    """The rule behind a text, or UnclearRule."""
    plain = " ".join(str(text).split()).casefold()
    try:
        _day(plain, _A_LEAP_YEAR)
    except ValueError:
        raise UnclearRule(str(text)) from None
    return DateRule(plain)


def easter(year: int) -> date:
    """Easter Sunday of the western churches (the anonymous Gregorian computus)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def _day(text: str, summer: int) -> date:
    if found := _DAY.fullmatch(text):
        return _clamped(summer, found[2], int(found[1]))
    if found := _NTH.fullmatch(text):
        return _nth(summer, *found.groups())
    if found := _NEAR.fullmatch(text):
        weekday, side, day, month = found.groups()
        from_day = _clamped(summer, month, int(day))
        away = WEEKDAYS.index(weekday) - from_day.weekday()
        return from_day + timedelta(days=away % 7 if side == "after" else -(-away % 7))
    if found := _EASTER.fullmatch(text):
        days = int(found[2] or 0)
        return easter(summer) + timedelta(days=-days if found[1] == "-" else days)
    raise ValueError(text)


def _clamped(summer: int, month: str, day: int) -> date:
    """29 February is the 28th in a common year; any other day that does not exist is a fault."""
    number = MONTHS.index(month) + 1
    year = summer - (number >= _FIRST_MONTH)
    if (number, day) == (2, 29):
        return date(year, 3, 1) - timedelta(days=1)
    return date(year, number, day)


def _nth(summer: int, which: str, weekday: str, month: str) -> date:
    first = _clamped(summer, month, 1)
    day = first + timedelta(days=(WEEKDAYS.index(weekday) - first.weekday()) % 7)
    if which != "last":
        return day + timedelta(weeks=ORDINALS[which])
    while (day + timedelta(weeks=1)).month == first.month:
        day += timedelta(weeks=1)
    return day
