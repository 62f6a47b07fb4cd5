"""The fake Twilio as a process of its own, in bad weather, its ledger in a file: the oracle of the proofs.

Nothing here is killed with a worker, and nothing here asks our tables: what stands in the ledger was texted.
"""

import logging
import multiprocessing
import os
import random
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from flask import Response, request
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


WORKER = "X-Worker"
"""The header in which a worker of a proof says its process number."""


class SharedClock:
    """Real time, which a test moves on for every process at once when nothing is on the wire."""

    def __init__(self) -> None:
        self.offset: Any = FORK.Value("d", 0.0)

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(time.time() + self.offset.value, UTC)

    def move_on(self, seconds: float) -> None:
        self.offset.value += seconds


class Trap:
    """Stops a worker process at the moment in which the provider has its text and has not answered yet."""

    def __init__(self) -> None:
        self.wanted: Any = FORK.Array("l", 8)
        self.caught: Any = FORK.Value("l", 0)

    def freeze_one_of(self, workers: Sequence[int], *, seconds: float) -> int:
        """The process number of the first whose text comes in, stopped; 0 where none comes in time."""
        self._set(workers)
        until = time.monotonic() + seconds
        while not self.caught.value and time.monotonic() < until:
            time.sleep(0.01)
        self._set(())
        return int(self.caught.value)

    def _set(self, workers: Sequence[int]) -> None:
        with self.wanted.get_lock():
            if workers:
                self.caught.value = 0
            self.wanted[:] = [*workers, *[0] * (len(self.wanted) - len(workers))]

    def spring(self, worker: int) -> None:
        with self.wanted.get_lock():
            if worker in self.wanted[:]:
                os.kill(worker, signal.SIGSTOP)
                self.wanted[:] = [0] * len(self.wanted)
                self.caught.value = worker


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
    trap: Trap = field(default_factory=Trap)
    answer_after: float = 0.0
    judged: bool = False

    def __post_init__(self) -> None:
        if self.judged:
            super().__post_init__()
        self.book = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None)
        self.book.execute("PRAGMA synchronous=OFF")
        self.book.execute("CREATE TABLE taken (sid TEXT, to_number TEXT, body TEXT)")
        self.book.execute("CREATE TABLE doubtful (body TEXT)")
        self.book.execute("CREATE TABLE violation (what TEXT)")
        self.book.execute("CREATE TABLE news (sid TEXT, status TEXT)")

    def now(self) -> datetime:
        assert self.clock is not None
        return self.clock()

    def _judge(self, response: Response) -> Response:
        """It costs time, so that one proof alone has it done."""
        if self.judged:
            super()._judge(response)
            with self.lock:
                self.book.executemany("INSERT INTO violation VALUES (?)", [(v,) for v in self.violations])
                self.violations.clear()
        return response

    def _fail(self, fault: Fault) -> Response:
        if fault.status != 429:
            with self.lock:
                self.book.execute("INSERT INTO doubtful VALUES (?)", (request.form["Body"],))
        return super()._fail(fault)

    def _take(self, form: dict[str, str]) -> dict[str, Any]:
        message = super()._take(form)
        with self.lock:
            row = (message["sid"], message["to"], message["body"])
            self.book.execute("INSERT INTO taken VALUES (?, ?, ?)", row)
        time.sleep(self.answer_after / 2)  # what the worker's other threads had begun has left by then
        self.trap.spring(int(request.headers.get(WORKER, 0)))
        time.sleep(self.answer_after / 2)
        return message

    def _list(self, AccountSid: str) -> Response:
        self._take_the_news()
        return super()._list(AccountSid)

    def _fetch(self, AccountSid: str, Sid: str) -> Response:
        self._take_the_news()
        return super()._fetch(AccountSid, Sid)

    def _take_the_news(self) -> None:
        """What a test says became of a text; without a status, it never was."""
        with self.lock:
            news = dict(self.book.execute("DELETE FROM news RETURNING sid, status").fetchall())
            if not news:
                return
            self.messages = [one for one in self.messages if news.get(one["sid"], "kept") is not None]
            for one in self.messages:
                one["status"] = news.get(one["sid"], one["status"])


class KeepAlive(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"


@dataclass
class Ledger:
    """The oracle, seen from a test."""

    url: str
    path: Path
    clock: SharedClock
    calm: Any
    trap: Trap

    def taken(self) -> Counter[str]:
        """How often each body was texted."""
        with closing(sqlite3.connect(self.path)) as book:
            return Counter(body for (body,) in book.execute("SELECT body FROM taken"))

    def doubtful(self) -> set[str]:
        with closing(sqlite3.connect(self.path)) as book:
            return {body for (body,) in book.execute("SELECT body FROM doubtful")}

    def says(self, sid: str, status: str | None) -> None:
        """From now on; None makes the provider forget a text."""
        with closing(sqlite3.connect(self.path, isolation_level=None)) as book:
            book.execute("INSERT INTO news VALUES (?, ?)", (sid, status))

    def violations(self) -> list[str]:
        """What did not fit the provider's description, where it is judged."""
        with closing(sqlite3.connect(self.path)) as book:
            return [what for (what,) in book.execute("SELECT what FROM violation")]

    def __len__(self) -> int:
        return self.taken().total()


@contextmanager
def twilio_process(
    folder: Path,
    *,
    faults: tuple[tuple[float, Fault], ...] = (),
    lag: float = 0.0,
    answer_after: float = 0.0,
    judged: bool = False,
    seed: int = 1,
) -> Iterator[Ledger]:
    """A provider in a process of its own, for as long as the block lasts."""
    path, clock, calm, trap = folder / "ledger.db", SharedClock(), FORK.Value("i", 0), Trap()
    ours, theirs = FORK.Pipe()

    def serve(pipe: Connection) -> None:
        logging.disable(logging.CRITICAL)
        weather = Weather(faults, calm, seed)
        fake = LedgerTwilio(
            faults=weather,
            path=path,
            clock=clock,
            trap=trap,
            list_lag_seconds=lag,
            answer_after=answer_after,
            judged=judged,
        )
        server = make_server("127.0.0.1", 0, fake.app(), threaded=True, request_handler=KeepAlive)
        fake.url = f"http://127.0.0.1:{server.server_port}"
        pipe.send(fake.url)
        server.serve_forever(0.02)

    process = FORK.Process(target=serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield Ledger(ours.recv(), path, clock, calm, trap)
    finally:
        process.kill()
        process.join()
        process.close()
        ours.close()
        theirs.close()
