"""A circuit breaker for each channel: when a provider is in trouble, messages wait instead of failing.

It lives in the worker's memory: each worker learns by itself, and one probe every five minutes finds out when
the trouble is over. While it is open nothing is claimed, so no message loses a try.
"""

import threading
from collections import deque
from dataclasses import dataclass, field

IN_A_ROW = 5
OF_LAST, MOST_NOT_SENT = 50, 0.20
OF_LAST_REFUSED, MOST_REFUSED = 100, 0.05
PROBE_SECONDS = 300.0


@dataclass
class Breaker:
    """`seconds` everywhere is a monotonic clock's."""

    not_sent: deque[bool] = field(default_factory=lambda: deque(maxlen=OF_LAST))
    filtered: deque[bool] = field(default_factory=lambda: deque(maxlen=OF_LAST_REFUSED))
    in_a_row: int = 0
    opened_at: float | None = None
    probed_at: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def room(self, wanted: int, *, seconds: float) -> int:
        """How many messages may be claimed: all, or one probe, or none for now."""
        with self.lock:
            if self.opened_at is None:
                return wanted
            if seconds - self.probed_at < PROBE_SECONDS:
                return 0
            self.probed_at = seconds
            return min(1, wanted)

    def note_sent(self) -> None:
        """The provider took one: closed again, and the trouble forgotten."""
        with self.lock:
            if self.opened_at is not None:
                self.not_sent.clear()
                self.filtered.clear()
            self.opened_at, self.in_a_row = None, 0
            self.not_sent.append(False)
            self.filtered.append(False)

    def note_not_sent(self, *, seconds: float) -> None:
        """No connection, no permission, too many requests, or nobody knows."""
        with self.lock:
            self.in_a_row += 1
            self.not_sent.append(True)
            if self.in_a_row >= IN_A_ROW or _share(self.not_sent) > MOST_NOT_SENT:
                self._open(seconds)

    def note_filtered(self, *, seconds: float) -> None:
        """The provider calls us spam, or knows a stop that we do not."""
        with self.lock:
            self.in_a_row = 0
            self.filtered.append(True)
            if _share(self.filtered) > MOST_REFUSED:
                self._open(seconds)

    def _open(self, seconds: float) -> None:
        if self.opened_at is None:
            self.opened_at = self.probed_at = seconds


def _share(outcomes: deque[bool]) -> float:
    """The share of trouble, once there are enough outcomes to speak of one."""
    return sum(outcomes) / len(outcomes) if len(outcomes) == outcomes.maxlen else 0.0
