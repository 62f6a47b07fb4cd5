"""Workers are killed at random while the provider drops and refuses: nothing is lost, nothing doubled."""

import random
import time
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from surveybot.config import Settings
from surveybot.rules.delivery.delivery_states import DeliveryState
from tests.proof.ledger import STORM, twilio_process
from tests.proof.rig import (
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


@pytest.mark.slow
def test_kills_at_random_lose_nothing_and_double_nothing(
    engine: Engine, migrated_url: str, settings: Settings, tmp_path: Path, proof: bool
) -> None:
    many, kills = (10_000, 200) if proof else (400, 15)
    dice = random.Random(20260120)
    with twilio_process(tmp_path, faults=STORM, lag=0.3) as ledger:
        rig = make_rig(engine, migrated_url, settings, ledger)
        rig.timing.check()
        school, students = add_people(engine, min(many, 1000))
        add_messages(engine, school, students, many, now=ledger.clock())
        engine.dispose()  # no connection is shared with a child
        pause = 0.25 if proof else 0.12
        with working(rig, 2) as crew:
            for _ in range(kills):
                time.sleep(pause * (0.2 + 1.6 * dice.random()))
                crew.kill_one(dice)
            waiting = (DeliveryState.PENDING,)
            wait_until(lambda: how_many(engine, *waiting) < many / 20, seconds=600 if proof else 8)
        engine.dispose()
        settle_everything(rig, engine)
        verdict = judge(rig, engine)
    print(verdict.in_words(f"{kills} kills at random, {engine.dialect.name}"))
    assert_nothing_lost_or_doubled(verdict)
    assert verdict.were_doubtful > many // 50
