"""A clock that jumps holds the queue: nothing may go out early because the time of a machine was wrong.

A small jump holds it for ten minutes. After a far leap a person is asked: to a clock that is a year ahead all
that is planned looks too late, and what was once left out for good does not come back.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

MOST = timedelta(minutes=10)
HOLD_SECONDS = 600.0
FAR = timedelta(days=2)
"""So far a clock may move, either way, while somebody watches it."""
LONGEST_DOWNTIME = timedelta(days=60)
"""So long a machine may have been off, as in a summer, before the clock is asked about at the start."""


@dataclass
class ClockWatch:
    """Compares the wall clock with one that only counts; both are handed in."""

    wall: datetime | None = None
    counted: float = 0.0
    held_until: float = float("-inf")

    def holds(self, now: datetime, counted: float) -> bool:
        """Whether the wall clock moved by more than ten minutes against the count, or did so just now."""
        leap = self.leap(now, counted)
        if leap is not None and abs(leap) > MOST:
            self.hold(counted)
        self.wall, self.counted = now, counted
        return counted < self.held_until

    def leap(self, now: datetime, counted: float) -> timedelta | None:
        """How far the wall clock has moved against the count since the last look; None: the first one."""
        if self.wall is None:
            return None
        return (now - self.wall) - timedelta(seconds=counted - self.counted)

    def recall(self, shown: datetime, now: datetime, counted: float) -> None:
        """At the start: a clock that stands before what it showed when a worker last ran has gone back.

        One that stands after it tells nothing: no worker may have run for that long.
        """
        if shown - now > MOST:
            self.hold(counted)

    def hold(self, counted: float) -> None:
        self.held_until = counted + HOLD_SECONDS


def is_far_leap(now: datetime, right_at: datetime, *, leap: timedelta | None) -> bool:
    """Whether a person has to say that it is that late; `right_at` is the last right time.

    `leap` is how far the clock was seen to move; None: nobody watched, and a machine may have been off.
    """
    gap = now - right_at
    if -FAR <= gap <= FAR:
        return False
    return abs(leap) > FAR if leap is not None else not -FAR <= gap <= LONGEST_DOWNTIME
