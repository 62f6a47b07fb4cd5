from datetime import UTC, date, datetime, time, timedelta

import pytest

from surveybot.rules.calendar.dates_in_words import LONDON
from surveybot.rules.delivery.contact_hours import (
    Window,
    bank_holidays,
    is_allowed,
    is_contact_day,
    next_allowed,
)


def london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


@pytest.mark.parametrize(
    ("at", "allowed"),
    [
        ("2026-11-23T07:59:59", False),  # a Monday
        ("2026-11-23T08:00:00", True),
        ("2026-11-23T19:29:59", True),
        ("2026-11-23T19:30:00", False),
        ("2026-11-28T12:00:00", True),  # Saturday
        ("2026-11-29T12:00:00", False),  # Sunday
        ("2026-12-25T12:00:00", False),
        ("2026-12-28T12:00:00", False),  # Boxing Day, observed
        ("2027-03-26T12:00:00", False),  # Good Friday
    ],
)
def test_an_ask_goes_out_in_the_window_only(at: str, allowed: bool) -> None:
    assert is_allowed(london(at)) is allowed


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-23T03:00", "2026-11-23T08:00"),
        ("2026-11-23T12:34", "2026-11-23T12:34"),
        ("2026-11-28T19:30", "2026-11-30T08:00"),  # Saturday evening to Monday
        ("2026-12-24T20:00", "2026-12-29T08:00"),  # two days of Christmas, a Sunday, a day in lieu
        ("2027-03-25T20:00", "2027-03-27T08:00"),  # over Good Friday to the Saturday
    ],
)
def test_what_is_due_outside_the_window_waits_for_its_next_start(at: str, expected: str) -> None:
    assert next_allowed(london(at)) == london(expected)


def test_the_window_keeps_the_wall_time_over_both_clock_changes() -> None:
    spring = next_allowed(london("2027-03-27T20:00"))  # Easter: the clocks go forward on the 28th
    assert spring == datetime(2027, 3, 30, 7, 0, tzinfo=UTC)
    autumn = next_allowed(london("2027-10-30T20:00"))  # back on the 31st
    assert autumn == datetime(2027, 11, 1, 8, 0, tzinfo=UTC)
    before = next_allowed(london("2027-10-29T20:00"))
    assert before == datetime(2027, 10, 30, 7, 0, tzinfo=UTC)


def test_the_answer_is_allowed_and_never_in_the_past_for_every_hour_of_a_year() -> None:
    at = datetime(2026, 12, 1, 0, 30, tzinfo=UTC)
    for _ in range(24 * 365):
        found = next_allowed(at)
        assert found >= at
        assert is_allowed(found)
        assert found - at < timedelta(days=5)
        at += timedelta(hours=1)


def test_results_day_starts_at_eight_even_where_a_school_starts_earlier() -> None:
    early, results = Window(time(7, 0), time(19, 0)), frozenset({date(2026, 8, 20)})
    at = london("2026-08-20T06:00")
    assert next_allowed(at, window=early) == london("2026-08-20T07:00")
    assert next_allowed(at, window=early, results_days=results) == london("2026-08-20T08:00")
    assert not is_allowed(london("2026-08-20T07:59"), window=early, results_days=results)


def test_each_nation_has_its_own_bank_holidays() -> None:
    assert date(2026, 11, 30) in bank_holidays("SCT", 2026)  # St Andrew's Day
    assert is_contact_day(date(2026, 11, 30), "ENG")
    assert not is_contact_day(date(2027, 3, 17), "NIR")


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        next_allowed(datetime(2026, 7, 1, 12))  # noqa: DTZ001


def test_a_window_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="before"):
        Window(time(19), time(8))
