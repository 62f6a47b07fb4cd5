"""Workers are frozen for longer than their lease and the settle time: what they wake up with is not sent."""

import os
import random
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from surveybot.config import Settings
from surveybot.rules.delivery_states import DeliveryState
from surveybot.steps.sending.timing import Timing
from tests.proof.ledger import Ledger, twilio_process
from tests.proof.rig import (
    Crew,
    add_messages,
    add_people,
    assert_nothing_lost_or_doubled,
    how_many,
    judge,
    make_rig,
    settle_everything,
    wait_until,
    working,
)

BRISK = Timing(
    sms_lease_seconds=1.2,
    sms_connect_seconds=0.1,
    sms_read_seconds=0.4,
    settle_seconds=1.8,
    list_lag_seconds=0.1,
    batch=20,
)
LONG_ENOUGH = BRISK.sms_lease_seconds + 2 * BRISK.settle_seconds + 0.7
"""After the lease, the settle time and the second look the message is somebody else's, and goes out again."""


@dataclass
class Frozen:
    pid: int
    until: float


def freeze_in_turn(crew: Crew, freezes: int, dice: random.Random, ledger: Ledger) -> None:
    """Always one worker free, the others frozen most of the time, and each while texts are going out."""
    frozen: list[Frozen] = []
    pids = [worker.pid for worker in crew.workers]
    while freezes or frozen:
        now = time.monotonic()
        for one in [one for one in frozen if one.until < now]:
            os.kill(one.pid, signal.SIGCONT)
            frozen.remove(one)
        free = [pid for pid in pids if pid not in {one.pid for one in frozen}]
        if freezes and len(free) > 1:
            taken = len(ledger)
            wait_until(lambda: len(ledger) > taken, seconds=3, every=0.01)  # noqa: B023
            pid = dice.choice(free)
            os.kill(pid, signal.SIGSTOP)
            frozen.append(Frozen(pid, now + LONG_ENOUGH))
            freezes -= 1
        time.sleep(0.02 + 0.3 * dice.random())


@pytest.mark.slow
def test_a_frozen_worker_sends_nothing_that_is_no_longer_its_own(
    engine: Engine, migrated_url: str, settings: Settings, tmp_path: Path, proof: bool
) -> None:
    many, freezes = (4_000, 60) if proof else (400, 3)
    dice = random.Random(20260121)
    with twilio_process(tmp_path, lag=0.1, answer_after=0.1) as ledger:
        rig = make_rig(engine, migrated_url, settings, ledger, timing=BRISK)
        rig.timing.check()
        school, students = add_people(engine, min(many, 1000))
        seconds = freezes * LONG_ENOUGH / 3  # three of the four are frozen at a time
        add_messages(engine, school, students, many, now=ledger.clock(), bursts=int(seconds))
        engine.dispose()
        with working(rig, 4) as crew:
            assert wait_until(lambda: len(ledger) > many // 20, seconds=30)
            freeze_in_turn(crew, freezes, dice, ledger)
            wait_until(lambda: not how_many(engine, DeliveryState.PENDING), seconds=60 if proof else 1)
        engine.dispose()
        settle_everything(rig, engine)
        verdict = judge(rig, engine)
    print(verdict.in_words(f"{freezes} freezes of {LONG_ENOUGH:.1f} s, {engine.dialect.name}"))
    assert_nothing_lost_or_doubled(verdict)
    assert verdict.were_doubtful >= freezes // 3  # or nobody was frozen with a message in hand
