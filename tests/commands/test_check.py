"""surveybot check: every fault with what to do about it; exit 0 only where nothing is missing."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.records import database
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.worker.worker_beats import beat
from surveybot.rules.delivery.delivery_states import DeliveryState
from tests.commands.conftest import Run
from tests.conftest import NOW, SmallSchool
from tests.steps.sending.outbox import open_for


def findings(run: Run) -> tuple[int, dict[str, dict[str, object]]]:
    result = run("check", "--json")
    return result.exit_code, {one["what"]: one for one in json.loads(result.stdout)}


def test_what_is_missing_is_named_with_what_to_do(run: Run, engine: Engine) -> None:
    status, found = findings(run)
    assert status == 1
    assert found["database"]["ok"] is True
    for what, advice in (
        ("schools", "surveybot school add"),
        ("worker", "surveybot worker"),
        ("outbound", "SURVEYBOT_OUTBOUND=allow"),
        ("email", "MAIL_URL"),
        ("texts", "TWILIO_ACCOUNT_SID"),
    ):
        assert found[what]["ok"] is False, what
        assert advice in str(found[what]["do"])
    said = run("check").stdout
    assert "missing  worker: has never run. Run: surveybot worker" in said


def test_with_everything_in_place_nothing_is_missing(
    run: Run, school: SmallSchool, engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in {
        "SURVEYBOT_OUTBOUND": "allow",
        "MAIL_URL": "smtp://mail.example.org:25",
        "MAIL_FROM": "careers@school.example.org",
        "BOUNCES_URL": f"maildir:{tmp_path}",
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "for-tests",
        "TWILIO_FROM": "+447700900001",
    }.items():
        monkeypatch.setenv(name, value)
    run("staff", "add", "safe@example.org", "--name", "Sam", "--role", "adviser", "--school", school.urn)
    with database.writing(engine) as session:
        beat(session, "worker", result={}, now=NOW)
    status, found = findings(run)
    assert [one for one in found.values() if not one["ok"]] == []
    assert status == 0


def test_a_password_that_no_login_can_carry_is_named_and_not_shown(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_URL", "smtps://someone:p%C3%A4ssword@mail.example.org")
    monkeypatch.setenv("MAIL_FROM", "careers@school.example.org")
    email = findings(run)[1]["email"]
    assert email["ok"] is False
    assert "no email goes out" in str(email["found"])
    said = run("check").stdout
    assert not {"pässword", "p%C3%A4ssword", "someone"} & set(said.split())


def test_messages_that_stand_too_long_are_named_with_what_to_do(
    run: Run, school: SmallSchool, engine: Engine
) -> None:
    open_for(engine, school, now=NOW - timedelta(hours=2))
    assert findings(run)[1]["queue"]["ok"] is False
    assert "messages wait since Tue 20 Jan 2026, 08:00" in run("check").stdout
    with database.writing(engine) as session:
        for row in session.exec(select(Delivery)):
            row.state, row.composed_at = DeliveryState.AMBIGUOUS, NOW - timedelta(hours=1)
    found = findings(run)[1]
    assert (found["queue"]["ok"], found["doubts"]["ok"]) == (True, False)
    assert "/staff/doubts" in str(found["doubts"]["do"])


@pytest.mark.parametrize(
    ("setting", "value", "what"),
    [
        ("DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:9/none", "database"),
        ("SECRET_KEYS", "", "settings"),
    ],
)
def test_a_wrong_setting_is_a_finding_and_no_traceback(
    run: Run, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, what: str
) -> None:
    monkeypatch.setenv(setting, value)
    status, found = findings(run)
    assert (status, found[what]["ok"]) == (1, False)


def test_an_empty_database_is_sent_to_migrate(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'new.db'}")
    assert findings(run)[1]["database"]["do"] == "Run: surveybot migrate"
    refused = run("school", "show", "123456")
    assert (refused.exit_code, "surveybot migrate" in refused.stderr) == (1, True)
    assert run("migrate").exit_code == 0
    assert findings(run)[1]["database"]["ok"] is True
