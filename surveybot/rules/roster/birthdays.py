"""Dates of birth as British schools write them: the day comes first, and the year has four digits."""

import re
from datetime import date, datetime

from surveybot.rules.roster.cell_faults import CellFault

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june", "july", "august"),
    *("september", "october", "november", "december"),
)
YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?)?")
DAY_FIRST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d+)(?: \d{1,2}:\d{2}(?::\d{2})?)?")
MONTH_IN_WORDS = re.compile(r"(?:[a-z]+,? )?(\d{1,2})(?:st|nd|rd|th)?[-/., ]*([a-z]+)[-/., ]*(\d+)")
FIX = "Write the day first, with a year of four digits: 03/04/2010 is 3 April 2010."


class DateFault(CellFault):
    """A cell holds no date, or none of a person at school."""

    def __init__(self, problem: str, fix: str = FIX) -> None:
        super().__init__(problem, fix)


def read_day(cell: str | int | float | date) -> date:
    """Read a cell as a date, day first; ISO dates and a spreadsheet's own date cells are taken as well."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if not isinstance(cell, str):
        raise DateFault("is a number, not a date", "Format the column as a date, or as text: 03/04/2010.")
    text = " ".join(cell.casefold().split())
    if found := YEAR_FIRST.fullmatch(text.upper()):
        year, month, day = found.groups()
    elif found := DAY_FIRST.fullmatch(text):
        day, month, year = found.groups()
    elif found := MONTH_IN_WORDS.fullmatch(text):
        day, word, year = found.groups()
        month = _month_of(word)
    else:
        raise DateFault("is a number, not a date" if text.isdecimal() else "is not a date")
    return _day(year, month, day)


def read_birthday(cell: str | int | float | date, on: date) -> date:
    """A date of birth of somebody who is 9 to 26 years old on that day."""
    born = read_day(cell)
    if not 9 <= on.year - born.year <= 27:
        raise DateFault("is not the birthday of a person at school", f"Check the year. {FIX}")
    return born


def is_unusual(born: date, year_group: int, on: date) -> bool:
    """Say whether somebody is more than a year older or younger than their year group."""
    starts_in = on.year - (on.month < 9)
    age_at_start = starts_in - born.year - ((born.month, born.day) > (8, 31))
    return abs(age_at_start - (year_group + 4)) > 1


def _month_of(word: str) -> str:
    if word in MONTHS or word in MONTH_NAMES or word == "sept":
        return str(MONTHS.index(word[:3]) + 1)
    raise DateFault("names no month")


def _day(year: str, month: str, day: str) -> date:
    if len(year) != 4:
        raise DateFault("has a year of two digits" if len(year) == 2 else "has no year of four digits")
    try:
        return date(int(year), int(month), int(day))
    except ValueError as error:
        if 12 < int(month) <= 31 and int(day) <= 12:
            raise DateFault("has the month before the day") from error
        raise DateFault("is not a day of the calendar") from error
