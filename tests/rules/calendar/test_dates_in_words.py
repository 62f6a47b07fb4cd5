"""Dates as people read them, and the two nights on which clocks change."""

from datetime import UTC, date, datetime

import pytest

from surveybot.rules.calendar.dates_in_words import (
    UnclearTime,
    from_wall,
    london_date,
    read_at,
    say_at,
    say_on,
)


def test_a_summer_time_is_said_in_london() -> None:
    assert say_at(datetime(2026, 8, 20, 7, 30, tzinfo=UTC)) == "Thu 20 Aug 2026, 08:30"
    assert say_on(date(2026, 1, 2)) == "Fri 2 Jan 2026"


def test_an_offset_is_believed_and_without_one_it_is_london() -> None:
    assert read_at("2026-08-20T08:00") == datetime(2026, 8, 20, 7, tzinfo=UTC)
    assert read_at("2026-08-20T08:00+00:00") == datetime(2026, 8, 20, 8, tzinfo=UTC)
    assert read_at("2026-01-20T08:00") == from_wall(date(2026, 1, 20), 8)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("2026-03-29T01:30", "does not exist"),
        ("2026-10-25T01:30", "comes twice"),
        ("soon", "not a time"),
        ("0001-01-01T00:00+05:00", "year from 2000"),
        ("9999-12-31T23:59", "year from 2000"),
    ],
)
def test_an_unclear_time_is_refused(text: str, problem: str) -> None:
    with pytest.raises(UnclearTime, match=problem):
        read_at(text)


def test_the_day_in_england() -> None:
    assert london_date(datetime(2026, 8, 19, 23, 30, tzinfo=UTC)) == date(2026, 8, 20)
