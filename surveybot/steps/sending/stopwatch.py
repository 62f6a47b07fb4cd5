"""The time of a tick: the moment it was given, moved on by a clock that nobody can set back."""

import time
from datetime import datetime, timedelta


class Stopwatch:
    def __init__(self, now: datetime) -> None:
        self._now = now
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    def now(self) -> datetime:
        return self._now + timedelta(seconds=self.seconds)
