"""Four years, tick by tick: every occurrence once or with a reason, and nothing twice.

Who should have had what stands in years_expected, written by hand. The short form lives with twelve people
to the end of February, `--proof` with a thousand to the end. Empty stretches are left out; that they are
empty is shown by a tick in the midst of each, and by living some of them both ways.
"""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from surveybot.config import Settings
from surveybot.records import database, migrations
from tests.proof import years_checks as checks
from tests.proof.years import END, Years

FEW, MANY = 12, 1000


@pytest.mark.parametrize("workers", [1, 2])
def test_every_occurrence_of_four_years_comes_once_or_says_why_not(
    engine: Engine, settings: Settings, tmp_path: Path, proof: bool, workers: int
) -> None:
    if not proof and (workers == 1 or engine.dialect.name == "postgresql"):
        pytest.skip("the short form lives with two workers, on SQLite alone")
    began = time.monotonic()
    years = Years(engine, settings, MANY if proof else FEW, tmp_path, workers=workers)
    years.run(END if proof else datetime(2027, 2, 28, tzinfo=UTC))
    years.end()
    checks.say(years, f"four years, {workers} workers at once", began)
    checks.check_every_occurrence(years)
    checks.check_everybody_had_theirs(years)
    checks.check_ledger(years)
    checks.check_clock(years)
    checks.check_reminders(years)
    checks.check_tutor_rounds(years)
    if proof:
        checks.check_lives(years)


@pytest.mark.parametrize("start", ["2026-09-21T00:00", "2026-10-22T00:00"])
def test_what_is_left_out_of_the_simulation_is_empty(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory, proof: bool, start: str
) -> None:
    """Days lived with every tick, and with the skipped ones left out, give the same ledger."""
    begin = datetime.fromisoformat(start).replace(tzinfo=UTC)
    if not proof:
        pytest.skip("the short form looks into each stretch instead")
    ledgers = []
    for skipping in (True, False):
        folder = tmp_path_factory.mktemp("years")
        own = database.make_engine(f"sqlite:///{folder / 'years.db'}")
        migrations.upgrade(own)
        years = Years(own, settings, 10, folder)
        years.run(begin, skipping=True)
        years.now = begin
        years.run(begin + timedelta(days=35), skipping=skipping)
        ledgers.append(sorted((one.at, one.message.to, one.message.subject) for one in years.sent))
        own.dispose()
    assert ledgers[0] == ledgers[1] and ledgers[0]


def test_a_tick_in_the_middle_of_any_stretch_that_is_left_out_does_nothing(
    settings: Settings, tmp_path: Path, proof: bool
) -> None:
    engine = database.make_engine(f"sqlite:///{tmp_path / 'years.db'}")
    migrations.upgrade(engine)
    years = Years(engine, settings, 60 if proof else 8, tmp_path, looks_into_stretches=True)
    years.run(END if proof else datetime(2026, 12, 31, tzinfo=UTC))
    engine.dispose()
    assert years.looks > years.ticks / 3 and years.sent
