"""Workers of the simulated years as processes of their own: they tick at once, and some are killed."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from surveybot.worker import Worker
from tests.proof.cast import BEGIN
from tests.proof.ledger import FORK
from tests.proof.years_ledger import Ledger, Sent, read_book


@dataclass(frozen=True)
class Order:
    """Tick at this time; the others have sent this meanwhile; die at so many statements or messages."""

    now: datetime
    sent: list[Sent]
    dies_after: int | None = None


class Hand:
    """One worker process; it is hired again where it was killed."""

    def __init__(self, name: str, folder: Path, employ: Callable[[str, Ledger], Worker]) -> None:
        self.name, self.employ = name, employ
        self.book = folder / f"book-{name}"
        self.known = 0
        self._hire()

    def _hire(self) -> None:
        self.pipe, theirs = FORK.Pipe()
        self.process = FORK.Process(target=self._work, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()
        self.known = 0

    def order(self, now: datetime, sent: list[Sent], dies_after: int | None) -> None:
        self.pipe.send(Order(now, sent[self.known :], dies_after))
        self.known = len(sent)

    def outcome(self) -> tuple[list[Sent], bool]:
        """What it sent in its tick, and whether it died in it."""
        try:
            answer = self.pipe.recv()
            if answer is not None:
                raise AssertionError(f"the tick of worker {self.name} failed: {answer}")
            return read_book(self.book), False
        except EOFError:
            self.process.join()
            assert self.process.exitcode == -signal.SIGKILL, self.process.exitcode
            self._hire()
            return read_book(self.book), True

    def send_home(self) -> None:
        self.process.kill()
        self.process.join()

    def _work(self, pipe: Any) -> None:
        life = _Life()
        ledger = Ledger(lambda: life.now, name=self.name, book=self.book, afterwards=life.count)
        worker = self.employ(self.name, ledger)
        worker.clock = lambda: life.now
        event.listen(worker.engine, "before_cursor_execute", lambda *_: life.count())
        while True:
            order: Order = pipe.recv()
            ledger.note(one for one in order.sent if one.provider_id not in life.own)
            life.now, life.left = order.now, order.dies_after
            before = len(ledger.sent)
            try:
                worker.tick_once()
                problem = None
            except Exception as error:
                problem = repr(error)
            life.own |= {one.provider_id for one in ledger.sent[before:]}
            life.left = None
            pipe.send(problem)


class _Life:
    """How long a process has to live: statements and messages are counted down."""

    def __init__(self) -> None:
        self.now = BEGIN
        self.left: int | None = None
        self.own: set[str] = set()

    def count(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)


def in_a_hurry(engine: Engine) -> None:
    """No power is cut in these years, so SQLite need not wait for the disk."""
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def hurry(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA synchronous=OFF")

        engine.dispose()
