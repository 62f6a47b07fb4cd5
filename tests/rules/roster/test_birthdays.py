from datetime import date, datetime

import pytest

from surveybot.rules.roster.birthdays import DateFault, is_unusual, read_birthday, read_day

ON = date(2026, 11, 22)


@pytest.mark.parametrize(
    "written",
    [
        "03/04/2010",
        "3/4/2010",
        "03-04-2010",
        "03.04.2010",
        "2010-04-03",
        "2010-04-03T00:00:00",
        "2010-04-03 00:00:00",
        "03/04/2010 00:00",
        "3 Apr 2010",
        "03-Apr-2010",
        "3rd April 2010",
        "Saturday, 3 April 2010",
        date(2010, 4, 3),
        datetime(2010, 4, 3, 0, 0),  # noqa: DTZ001 - a workbook's date cell has no zone
    ],
)
def test_the_day_comes_first(written: str | date) -> None:
    assert read_day(written) == date(2010, 4, 3)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("03/04/10", "two digits"),
        ("3 Apr 10", "two digits"),
        ("04/13/2010", "month before the day"),
        ("31/02/2010", "not a day"),
        ("40271", "number"),
        (40271, "number"),
        ("3 Foo 2010", "no month"),
        ("soon", "not a date"),
    ],
)
def test_a_date_that_is_not_clear_is_refused(written: str | int, problem: str) -> None:
    with pytest.raises(DateFault, match=problem):
        read_day(written)


@pytest.mark.parametrize("written", ["03/04/1975", "03/04/2026", "03/04/2100"])
def test_nobody_at_school_is_that_old_or_young(written: str) -> None:
    with pytest.raises(DateFault, match="person at school"):
        read_birthday(written, ON)


def test_an_age_that_does_not_fit_the_year_group_is_unusual() -> None:
    assert not is_unusual(date(2010, 9, 1), 11, ON)
    assert not is_unusual(date(2011, 8, 31), 11, ON)
    assert not is_unusual(date(2010, 8, 31), 11, ON)
    assert is_unusual(date(2007, 8, 31), 11, ON)
