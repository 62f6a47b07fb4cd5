"""Write down what came of each message: one writer for a channel, several results in one transaction.

A sender goes on with the next message while the last one's result is being written. What came in during one
commit goes into the next, so that never more than two commits' worth of results is not yet on disk; a worker
killed in between leaves those messages in doubt, as every message on the wire.
"""

import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from sqlalchemy.engine import Engine

from surveybot.records import database
from surveybot.records.outbox import write_result

MOST_WAITING = 10
"""A sender that is this far ahead of the disk waits for it."""


@dataclass(frozen=True, slots=True)
class _Result:
    delivery_id: int
    fence: int
    values: Mapping[str, Any]
    ours: "Future[bool]"


@dataclass
class Results:
    """A context: when it ends, everything is written."""

    engine: Engine
    waiting: list[_Result] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    ended: bool = False

    def __enter__(self) -> "Results":
        self.thread = threading.Thread(target=self._write_on, name="results", daemon=True)
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self.changed:
            self.ended = True
            self.changed.notify_all()
        self.thread.join()

    def put(self, delivery_id: int, fence: int, values: Mapping[str, Any]) -> "Future[bool]":
        """Have it written; the answer says whether the message was still ours."""
        ours: Future[bool] = Future()
        with self.changed:
            self.changed.wait_for(lambda: len(self.waiting) < MOST_WAITING)
            self.waiting.append(_Result(delivery_id, fence, values, ours))
            self.changed.notify_all()
        return ours

    def _write_on(self) -> None:
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.waiting or self.ended)
                if not self.waiting:
                    return
                # In one order for all, so that two workers never wait for each other.
                batch, self.waiting = sorted(self.waiting, key=lambda one: one.delivery_id), []
                self.changed.notify_all()
            self._write(batch)

    def _write(self, batch: list[_Result]) -> None:
        try:
            with database.writing(self.engine) as session:
                kept = [write_result(session, one.delivery_id, one.fence, one.values) for one in batch]
        except BaseException as error:
            for one in batch:
                one.ours.set_exception(error)
            return
        for one, ours in zip(batch, kept, strict=True):
            one.ours.set_result(ours)
