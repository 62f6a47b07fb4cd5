"""surveybot clock: one offset for web and worker, in a rehearsal only."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.engine import Engine

from surveybot.cli import main
from surveybot.config import Settings
from surveybot.records import database
from surveybot.records.worker.trusted_clock import trust
from surveybot.web.app import create_app
from tests.conftest import TEST_KEY

Run = Callable[..., Result]


@pytest.fixture
def run(migrated_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("DATABASE_URL", migrated_url)
    monkeypatch.setenv("SECRET_KEYS", f"1:{TEST_KEY}")
    monkeypatch.setenv("PUBLIC_URL", "https://school.example.org")
    return lambda *words: CliRunner().invoke(main, list(words))


def test_without_a_rehearsal_there_is_no_other_time(run: Run) -> None:
    refused = run("clock", "--at", "2027-08-19T08:00")
    assert refused.exit_code == 1 and "SURVEYBOT_REHEARSAL=1" in refused.stderr


def test_web_and_command_line_share_the_time_that_was_set(
    run: Run, engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SURVEYBOT_REHEARSAL", "1")
    assert run("clock", "--at", "2027-08-19T08:00").exit_code == 0
    shown = datetime.fromisoformat(json.loads(run("clock", "--json").stdout)["now"])
    wanted = datetime(2027, 8, 19, 7, tzinfo=UTC)
    assert timedelta(0) <= shown - wanted < timedelta(minutes=1)
    rehearsing = create_app(replace(settings, rehearsal=True)).extensions["surveybot"]
    assert timedelta(0) <= rehearsing.clock() - wanted < timedelta(minutes=1)
    usual = create_app(settings).extensions["surveybot"]
    assert abs(usual.clock() - datetime.now(UTC)) < timedelta(minutes=1)
    assert run("clock", "--real", "--at", "2027-08-19T08:00").exit_code == 2
    assert run("clock", "--at", "9999-12-31T23:59").exit_code == 2
    run("clock", "--real")
    assert abs(rehearsing.clock() - datetime.now(UTC)) < timedelta(minutes=1)
    rehearsing.engine.dispose()
    usual.engine.dispose()


def test_after_a_far_leap_nothing_runs_until_somebody_says_that_the_clock_is_right(
    run: Run, engine: Engine
) -> None:
    with database.writing(engine) as session:
        trust(session, now=datetime.now(UTC) - timedelta(days=400))
    refused = run("worker", "--once")
    assert refused.exit_code == 1 and "surveybot clock --right" in refused.stderr
    assert "surveybot clock --right" in run("check").stdout
    assert run("clock", "--right").exit_code == 0
    assert run("worker", "--once").exit_code == 0
    assert "clock --right" not in run("check").stdout
