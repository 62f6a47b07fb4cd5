"""Write down what its provider took: one writer for a channel, several messages in one transaction.

A sender goes on with the next message while the last ones are being written. What came in during one commit
goes into the next, so that never more than two commits' worth of results is not yet on disk; a worker killed
in between leaves those messages in doubt, as every message on the wire.
"""

import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import TracebackType

from sqlalchemy.engine import Engine

from surveybot.records import database
from surveybot.records.delivery.results import Taken, write_taken

AT_ONCE = 20
PATIENCE_SECONDS = 0.05
"""A commit waits so long for others to share it."""
MOST_WAITING = 40
"""A sender that is this far ahead of the disk waits for it."""


@dataclass(frozen=True, slots=True)
class _Result:
    taken: Taken
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

    def put(self, taken: Taken) -> "Future[bool]":
        """Have it written; the answer says whether the message was still ours."""
        ours: Future[bool] = Future()
        with self.changed:
            while len(self.waiting) >= MOST_WAITING:
                self.changed.wait()
            self.waiting.append(_Result(taken, ours))
            if len(self.waiting) in (1, AT_ONCE):
                self.changed.notify_all()
        return ours

    def _write_on(self) -> None:
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.waiting or self.ended)
                if not self.waiting:
                    return
                self.changed.wait_for(lambda: len(self.waiting) >= AT_ONCE or self.ended, PATIENCE_SECONDS)
                batch, self.waiting = self.waiting, []
                self.changed.notify_all()
            self._write(batch)

    def _write(self, batch: list[_Result]) -> None:
        try:
            with database.writing(self.engine) as session:
                kept = write_taken(session, [one.taken for one in batch])
        except BaseException as error:
            for one in batch:
                one.ours.set_exception(error)
            return
        for one, ours in zip(batch, kept, strict=True):
            one.ours.set_result(ours)
