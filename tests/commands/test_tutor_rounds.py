"""surveybot round ..., where a round asks tutors."""

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.engine import Engine

from surveybot.cli import main
from surveybot.commands import entrance
from tests.conftest import TEST_KEY, SmallSchool
from tests.steps.tutors import OCTOBER, learn

Run = Callable[..., Result]


@pytest.fixture
def run(migrated_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("DATABASE_URL", migrated_url)
    monkeypatch.setenv("SECRET_KEYS", f"1:{TEST_KEY}")
    monkeypatch.setenv("PUBLIC_URL", "https://school.example.org")
    monkeypatch.setattr(entrance.Entrance, "now", lambda self: OCTOBER)
    return lambda *words: CliRunner().invoke(main, list(words))


def test_a_tutor_round_is_seen_first_opened_once_counted_by_staff_and_has_no_links(
    run: Run, school: SmallSchool, engine: Engine
) -> None:
    words = ("round", "open", "tutor-unknowns", "--school", school.urn, "--leaving", "2026")
    learn(engine, school, "Amira")
    dry = run(*words, "--dry-run")
    assert dry.exit_code == 0, dry.output
    assert "Nothing was written" in dry.output and "tutor@example.org (11A): 4 students" in dry.output
    assert run("round", "list", "--school", school.urn).output == "No round yet.\n"
    opened = json.loads(run(*words, "--json").stdout)
    assert opened["invited"] == 2 and opened["by_channel"] == {"sms": 0, "email": 2}
    assert {"round", "unreachable", "sms_segments", "first_send_at", "skipped"} <= opened.keys()
    tutors = {one["email"]: len(one["students"]) for one in opened["tutors"]}
    assert tutors == {"tutor@example.org": 4, "leader@example.org": 6}
    again = run(*words)
    assert again.exit_code == 1 and "already open" in again.stderr
    status = json.loads(run("round", "status", opened["round"], "--json").stdout)
    assert (status["invited"], status["answered"], status["students_unknown"]) == (2, 0, 10)
    assert "0 of 2 tutors done" in run("round", "list", "--school", school.urn).output
    refused = run("round", "links", opened["round"])
    assert refused.exit_code == 1 and "no student has a link" in refused.stderr
    assert run("round", "close", opened["round"]).exit_code == 0
