"""The same four years with two workers at once, one of which is killed in each simulated week.

A worker is a process, and its death a SIGKILL in the middle of a tick: before a statement, or after the
provider took a message and before anybody heard of it.
"""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from surveybot.config import Settings
from tests.proof import years_checks as checks
from tests.proof.years import END, Years

FEW, MANY = 20, 1000


def test_a_worker_that_dies_every_week_changes_nothing(
    engine: Engine, settings: Settings, tmp_path: Path, proof: bool
) -> None:
    if not proof and engine.dialect.name == "postgresql":
        pytest.skip("the short form lives on SQLite alone")
    began = time.monotonic()
    years = Years(engine, settings, MANY if proof else FEW, tmp_path, workers=2, kill_weekly=True)
    years.run(END if proof else datetime(2026, 10, 25, tzinfo=UTC))
    years.end()
    checks.say(years, "four years, a worker killed every week", began)
    assert years.deaths > (100 if proof else 3)
    checks.check_every_occurrence(years)
    checks.check_ledger(years)
    checks.check_reminders(years)
    checks.check_tutor_rounds(years)
