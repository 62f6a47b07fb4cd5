"""Workers are frozen for longer than their lease and the settle time: what they wake up with is not sent.

Each is stopped while the provider has one of its texts and has not answered yet; more wait behind that one.
"""

import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import func, select

from surveybot.config import Settings
from surveybot.records import database
from surveybot.records.delivery.deliveries import Delivery
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.steps.sending.timing import Timing
from tests.proof.ledger import twilio_process
from tests.proof.rig import (
    Crew,
    Rig,
    add_messages,
    add_people,
    assert_nothing_lost_or_doubled,
    judge,
    make_rig,
    settle_everything,
    working,
)

BRISK = Timing(
    sms_lease_seconds=2.4,
    sms_connect_seconds=0.1,
    sms_read_seconds=1.0,
    settle_seconds=3.6,
    list_lag_seconds=0.1,
    batch=12,
)
LONG_ENOUGH = BRISK.sms_lease_seconds + 2 * BRISK.settle_seconds + 0.7
"""After the lease, the settle time and the second look the message is somebody else's, and goes out again."""
HEAP = 40
"""Texts that fall due before each freeze, so that there is something to hold."""


@dataclass
class Winter:
    """Always one worker free, the others frozen most of the time."""

    rig: Rig
    engine: Engine
    crew: Crew
    school: int
    students: list[int]
    heaps: int = 0
    frozen: dict[int, float] = field(default_factory=dict)  # process number, and until when

    def freeze_one(self) -> None:
        while len(self.frozen) == len(self.crew.workers) - 1:
            self.thaw()
        free = [worker.pid for worker in self.crew.workers if worker.pid not in self.frozen]
        for _ in range(20):  # a machine so slow that half of each lease is gone sends nothing of a heap
            self._heap_up()
            pid = self.rig.ledger.trap.freeze_one_of(free, seconds=3)
            if pid and self._leaves_others_alone(pid):
                self.frozen[pid] = time.monotonic() + LONG_ENOUGH
                return
        raise AssertionError("no worker sends anything")

    def _leaves_others_alone(self, pid: int) -> bool:
        """A worker stopped within a transaction makes all wait, and so shows nothing: it goes on at once."""
        with ThreadPoolExecutor(1) as pool:
            try:
                pool.submit(self._touch, pid).result(timeout=2)
            except TimeoutError:
                os.kill(pid, signal.SIGCONT)
                return False
        return True

    def _touch(self, pid: int) -> None:
        with database.writing(self.engine) as session:
            session.exec(select(Delivery).where(*_in_the_hand_of(pid)).with_for_update()).all()

    def _heap_up(self) -> None:
        now, prefix = self.rig.ledger.clock(), f"heap-{self.heaps}"
        add_messages(self.engine, self.school, self.students, HEAP, now=now, prefix=prefix)
        self.heaps += 1

    def thaw(self) -> None:
        """Those wake up whose time has passed, and whose texts somebody else has found by then."""
        time.sleep(0.05)
        for pid in [pid for pid, until in self.frozen.items() if until < time.monotonic()]:
            assert self.frozen[pid] > time.monotonic() - 120, "nobody gives up its leases"
            if not self._holds(pid):
                os.kill(pid, signal.SIGCONT)
                del self.frozen[pid]

    def _holds(self, pid: int) -> int:
        with database.reading(self.engine) as session:
            return session.exec(select(func.count()).where(*_in_the_hand_of(pid))).one()


def _in_the_hand_of(pid: int) -> tuple[Any, Any]:
    return Delivery.claimed_by == f"proof:{pid}", Delivery.state == DeliveryState.DISPATCHING


@pytest.mark.slow
def test_a_frozen_worker_sends_nothing_that_is_no_longer_its_own(
    engine: Engine, migrated_url: str, settings: Settings, tmp_path: Path, proof: bool
) -> None:
    freezes, workers = (60, 8) if proof else (2, 3)
    dice = random.Random(20260121)
    with twilio_process(tmp_path, lag=0.1, answer_after=0.1) as ledger:
        rig = make_rig(engine, migrated_url, settings, ledger, timing=BRISK)
        rig.timing.check()
        school, students = add_people(engine, 100)
        engine.dispose()
        with working(rig, workers) as crew:
            winter = Winter(rig, engine, crew, school, students)
            for _ in range(freezes):
                time.sleep(0.3 * dice.random())
                winter.freeze_one()
            while winter.frozen:
                winter.thaw()
        engine.dispose()
        settle_everything(rig, engine)
        verdict = judge(rig, engine)
    print(verdict.in_words(f"{freezes} freezes of {LONG_ENOUGH:.1f} s, {engine.dialect.name}"))
    assert_nothing_lost_or_doubled(verdict)
    assert verdict.messages == winter.heaps * HEAP
    assert verdict.were_doubtful >= freezes  # each was frozen with a message in hand
