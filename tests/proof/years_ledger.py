"""The pretend provider of the simulated years: what it took, in order, and what it says when it is asked."""

import os
import pickle
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from surveybot.rules.delivery.channels import Channel
from surveybot.senders.base import Accepted, Found, Message, Renew, always


@dataclass(frozen=True)
class Sent:
    at: datetime
    message: Message
    provider_id: str


@dataclass
class Ledger:
    """Both channels' other side. With a `book`, what was taken stands there before anybody hears of it."""

    clock: Callable[[], datetime]
    name: str = "0"
    book: Path | None = None
    afterwards: Callable[[], None] = lambda: None  # the moment between the taking and the answer
    sent: list[Sent] = field(default_factory=list)
    threads: int = 2
    lock: Any = field(default_factory=threading.Lock)
    _by_id: dict[str, Found] = field(default_factory=dict)
    _by_number: dict[str, list[Found]] = field(default_factory=dict)

    def send(self, message: Message, renew: Renew = always) -> Accepted:
        renew("send")
        with self.lock:
            provider_id = message.message_id or f"SM{self.name}{len(self.sent):031x}"
            one = Sent(self.clock(), message, provider_id)
            if self.book is not None:
                _write(self.book, one)
            self.note([one])
        self.afterwards()
        return Accepted(provider_id)

    def note(self, sent: Iterable[Sent]) -> None:
        """Write down what was taken, here or from another worker."""
        for one in sent:
            self.sent.append(one)
            if one.message.channel is Channel.SMS:
                found = Found(one.provider_id, "delivered", "", one.message.text, one.at, one.message.to)
                self._by_id[one.provider_id] = found
                self._by_number.setdefault(one.message.to, []).insert(0, found)

    def taken_for(self, to: str, *, since: datetime) -> list[Found]:
        return [found for found in self._by_number.get(to, ()) if found.made_at >= since]

    def taken_between(self, since: datetime, until: datetime) -> list[Found]:
        return [found for found in self._by_id.values() if since <= found.made_at <= until]

    def look_up(self, provider_id: str) -> Found | None:
        return self._by_id.get(provider_id)

    def close(self) -> None:
        """Nothing is open."""


def _write(book: Path, one: Sent) -> None:
    """In one piece, so that a killed worker leaves no half of a line."""
    page = os.open(book, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(page, b64encode(pickle.dumps(one)) + b"\n")
    os.close(page)


def read_book(book: Path) -> list[Sent]:
    """What stands in the book; it is empty afterwards."""
    if not book.exists():
        return []
    lines = book.read_bytes().splitlines()
    book.unlink()
    return [pickle.loads(b64decode(line)) for line in lines]
