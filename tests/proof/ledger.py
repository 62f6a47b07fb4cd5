"""The fake Twilio as a process of its own, in bad weather, its ledger in a file: the oracle of the proofs.

Nothing here is killed with a worker, and nothing here asks our tables: what stands in the ledger was texted.
"""

import logging
import multiprocessing
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from flask import Response
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.fakes.twilio import FakeTwilio, Fault

FORK = multiprocessing.get_context("fork")

STORM = (
    (0.02, Fault(status=0)),  # dropped, not taken
    (0.02, Fault(status=500)),
    (0.01, Fault(status=429, retry_after=1)),
    (0.02, Fault(status=0, taken=True)),
    (0.02, Fault(status=500, taken=True)),
)
"""How often which fault happens to a create."""


class SharedClock:
    """Real time, which a test moves on for every process at once when nothing is on the wire."""

    def __init__(self) -> None:
        self.offset: Any = FORK.Value("d", 0.0)

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(time.time() + self.offset.value, UTC)

    def move_on(self, seconds: float) -> None:
        self.offset.value += seconds


class Weather(list[Fault]):
    """A list of faults that is never used up: one is drawn for each request."""

    def __init__(self, shares: tuple[tuple[float, Fault], ...], calm: Any, seed: int) -> None:
        super().__init__()
        self.shares, self.calm, self.dice = shares, calm, random.Random(seed)
        self.drawn: Fault | None = None

    def __bool__(self) -> bool:
        roll, self.drawn = self.dice.random(), None
        if self.calm.value:
            return False
        for share, fault in self.shares:
            if roll < share:
                self.drawn = fault
                return True
            roll -= share
        return False

    def pop(self, _index: Any = -1) -> Fault:
        assert self.drawn is not None
        return self.drawn


@dataclass
class LedgerTwilio(FakeTwilio):
    """Writes down what it takes, and which requests it left the asker in doubt about."""

    path: Path = Path()
    clock: SharedClock | None = None
    lag: float = 0.0
    answer_after: float = 0.0

    def __post_init__(self) -> None:
        """No judge: the shape of requests and answers is judged elsewhere, and it costs time."""
        self.book = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None)
        self.book.execute("PRAGMA synchronous=OFF")
        self.book.execute("CREATE TABLE taken (sid TEXT, to_number TEXT, body TEXT)")
        self.book.execute("CREATE TABLE doubtful (body TEXT)")

    def _judge(self, response: Response) -> Response:
        return response

    def _fail(self, fault: Fault) -> Response:
        from flask import request

        if fault.status != 429:
            with self.lock:
                self.book.execute("INSERT INTO doubtful VALUES (?)", (request.form["Body"],))
        return super()._fail(fault)

    def _take(self, form: dict[str, str]) -> dict[str, Any]:
        message = super()._take(form)
        assert self.clock is not None
        message["date_created"] = message["date_updated"] = format_datetime(self.clock())
        with self.lock:
            row = (message["sid"], message["to"], message["body"])
            self.book.execute("INSERT INTO taken VALUES (?, ?, ?)", row)
        time.sleep(self.answer_after)
        return message

    def _list(self, AccountSid: str) -> Response:
        assert self.clock is not None
        self.list_lag_seconds = self.lag - self.clock.offset.value
        return super()._list(AccountSid)


class KeepAlive(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"


@dataclass
class Ledger:
    """The oracle, seen from a test."""

    url: str
    path: Path
    clock: SharedClock
    calm: Any

    def taken(self) -> Counter[str]:
        """How often each body was texted."""
        with closing(sqlite3.connect(self.path)) as book:
            return Counter(body for (body,) in book.execute("SELECT body FROM taken"))

    def doubtful(self) -> set[str]:
        with closing(sqlite3.connect(self.path)) as book:
            return {body for (body,) in book.execute("SELECT body FROM doubtful")}

    def __len__(self) -> int:
        return self.taken().total()


@contextmanager
def twilio_process(
    folder: Path,
    *,
    faults: tuple[tuple[float, Fault], ...] = (),
    lag: float = 0.0,
    answer_after: float = 0.0,
    seed: int = 1,
) -> Iterator[Ledger]:
    """A provider in a process of its own, for as long as the block lasts."""
    path, clock, calm = folder / "ledger.db", SharedClock(), FORK.Value("i", 0)
    ours, theirs = FORK.Pipe()

    def serve(pipe: Connection) -> None:
        logging.disable(logging.CRITICAL)
        weather = Weather(faults, calm, seed)
        fake = LedgerTwilio(faults=weather, path=path, clock=clock, lag=lag, answer_after=answer_after)
        server = make_server("127.0.0.1", 0, fake.app(), threaded=True, request_handler=KeepAlive)
        fake.url = f"http://127.0.0.1:{server.server_port}"
        pipe.send(fake.url)
        server.serve_forever(0.02)

    process = FORK.Process(target=serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield Ledger(ours.recv(), path, clock, calm)
    finally:
        process.kill()
        process.join()
        process.close()
        ours.close()
        theirs.close()
