"""A clock that jumps holds the queue: nothing may go out early because the time of a machine was wrong."""

from dataclasses import dataclass
from datetime import datetime, timedelta

MOST = timedelta(minutes=10)
HOLD_SECONDS = 600.0


@dataclass
class ClockWatch:
    """Compares the wall clock with one that only counts; both are handed in."""

    wall: datetime | None = None
    counted: float = 0.0
    held_until: float = float("-inf")

    def holds(self, now: datetime, counted: float) -> bool:
        """Whether the wall clock moved by more than ten minutes against the count, or did so just now."""
        if self.wall is not None:
            passed = timedelta(seconds=counted - self.counted)
            if abs((now - self.wall) - passed) > MOST:
                self.hold(counted)
        self.wall, self.counted = now, counted
        return counted < self.held_until

    def recall(self, shown: datetime, now: datetime, counted: float) -> None:
        """At the start: a clock that stands before what it showed when a worker last ran has gone back.

        One that stands after it tells nothing: no worker may have run for that long.
        """
        if shown - now > MOST:
            self.hold(counted)

    def hold(self, counted: float) -> None:
        self.held_until = counted + HOLD_SECONDS
