"""The wall clock against one that only counts."""

from datetime import UTC, datetime, timedelta

import pytest

from surveybot.rules.calendar.clock_jumps import HOLD_SECONDS, ClockWatch, is_far_leap

NOW = datetime(2026, 10, 24, 22, tzinfo=UTC)


def test_a_steady_clock_never_holds_also_when_summer_time_ends() -> None:
    watch = ClockWatch()
    assert not any(watch.holds(NOW + timedelta(seconds=30 * n), 30.0 * n) for n in range(1000))


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(days=1), timedelta(days=-400)])
def test_a_jump_holds_for_ten_minutes_and_then_lets_go(jump: timedelta) -> None:
    watch = ClockWatch()
    assert not watch.holds(NOW, 0)
    assert watch.holds(NOW + jump, 30)
    assert watch.holds(NOW + jump + timedelta(seconds=60), 90)
    later = HOLD_SECONDS + 31
    assert not watch.holds(NOW + jump + timedelta(seconds=later - 30), later)


def test_a_few_minutes_of_correction_are_no_jump() -> None:
    watch = ClockWatch()
    watch.holds(NOW, 0)
    assert not watch.holds(NOW + timedelta(minutes=5), 30)


@pytest.mark.parametrize(
    ("gap", "leap", "asks"),
    [
        (timedelta(days=400), timedelta(days=400), True),
        (timedelta(days=-400), timedelta(days=-400), True),
        (timedelta(days=7), timedelta(days=7), True),
        (timedelta(days=7), timedelta(0), False),  # it stood still, and so did the count
        (timedelta(days=2), timedelta(days=2), False),
        (timedelta(days=40), None, False),  # a summer's downtime
        (timedelta(days=61), None, True),
        (timedelta(days=-3), None, True),
    ],
)
def test_after_a_far_leap_a_person_is_asked_and_after_downtime_nobody(
    gap: timedelta, leap: timedelta | None, asks: bool
) -> None:
    assert is_far_leap(NOW + gap, NOW, leap=leap) is asks
