"""`surveybot worker`: one tick as JSON, rehearsal times, a process that ends when it is asked to."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.engine import Engine

from surveybot.cli import main
from surveybot.config import ROOT
from surveybot.records import database
from surveybot.records.installations import take_over
from surveybot.records.worker.worker_beats import last_beat
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import DeliveryState, MessageClass
from surveybot.steps.sending.queue import queue_delivery
from tests.conftest import NOW, TEST_KEY, SmallSchool
from tests.steps.sending.outbox import deliveries, open_for

KEYS = ["sent", "failed", "ambiguous", "suppressed", "expired", "planned", "seconds"]


def environ(url: str, **more: str) -> dict[str, str]:
    return {
        "DATABASE_URL": url,
        "SECRET_KEYS": f"1:{TEST_KEY}",
        "SURVEYBOT_INSTANCE": "the-test-machine",
        "SURVEYBOT_OUTBOUND": "allow",
        "SURVEYBOT_DEMO": "",
        "SURVEYBOT_REHEARSAL": "",
        **more,
    }


def worker(env: Mapping[str, str], *options: str) -> Result:
    return CliRunner(env=env).invoke(main, ["worker", *options])


def test_one_tick_prints_the_keys_of_the_contract_and_leaves_a_heartbeat(
    engine: Engine, school: SmallSchool, migrated_url: str
) -> None:
    open_for(engine, school)
    at = NOW.isoformat()
    result = worker(
        environ(migrated_url, SURVEYBOT_DEMO="1", SURVEYBOT_REHEARSAL="1"), "--once", "--at", at, "--json"
    )
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert list(answer) == KEYS
    assert (answer["sent"], answer["planned"]) == (10, 0)
    assert {row.state for row in deliveries(engine).values()} == {DeliveryState.ACCEPTED}
    with database.reading(engine) as session:
        beat = last_beat(session)
    assert beat is not None
    assert beat.result["sent"] == 10


@pytest.mark.parametrize(
    ("more", "options", "sentence"),
    [
        ({}, ("--once", "--at", "2026-01-20T10:00"), "SURVEYBOT_REHEARSAL=1"),
        ({"SURVEYBOT_REHEARSAL": "1"}, ("--at", "2026-01-20T10:00"), "--once"),
        ({}, ("--json",), "--once"),
    ],
)
def test_what_makes_no_sense_is_refused(
    engine: Engine, migrated_url: str, more: dict[str, str], options: tuple[str, ...], sentence: str
) -> None:
    result = worker(environ(migrated_url, **more), *options)
    assert result.exit_code == 1
    assert sentence in result.output


def test_without_a_database_that_is_up_to_date_nothing_starts(database_url: str) -> None:
    result = worker(environ(database_url), "--once")
    assert result.exit_code == 1
    assert "surveybot migrate" in result.output


def test_in_the_demo_a_running_worker_sends_within_seconds_and_ends_when_asked(
    engine: Engine, school: SmallSchool, migrated_url: str
) -> None:
    with database.writing(engine) as session:
        take_over(session, "the-test-machine", by="test", now=NOW)
    with subprocess.Popen(
        [sys.executable, "-m", "surveybot.cli", "worker"],
        cwd=ROOT,
        env={**os.environ, **environ(migrated_url, SURVEYBOT_DEMO="1")},
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            wait_for(lambda: beat_of(engine))
            queue_receipt(engine, school, now=datetime.now(UTC))  # it lives in the present
            wait_for(lambda: all_sent(engine), lambda: states(engine))
            running.send_signal(signal.SIGTERM)
            while running.poll() is None:  # somebody is impatient; what is on the wire finishes all the same
                running.send_signal(signal.SIGINT)
                time.sleep(0.001)
            errors = running.stderr.read() if running.stderr else ""
        finally:
            running.kill()
    assert running.returncode == 0, errors
    assert "window is off" in errors
    assert "Traceback" not in errors
    for canary in ("Amira", "amira@", "+4477", "/r/"):
        assert canary not in errors


def wait_for(condition: Callable[[], Any], otherwise: Callable[[], Any] = str) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, otherwise()
        time.sleep(0.1)


def beat_of(engine: Engine) -> Any:
    with database.reading(engine) as session:
        return last_beat(session)


def queue_receipt(engine: Engine, school: SmallSchool, *, now: datetime) -> None:
    with database.writing(engine) as session:
        queue_delivery(
            session,
            dedupe_key="receipt:1",
            message_class=MessageClass.REPLY,
            template="receipt",
            step="receipt",
            channel=Channel.SMS,
            school_id=school.id,
            student_id=school.ids["Amira"],
            facts={"receipt": "7K2M9Q"},
            due_at=now,
            now=now,
        )


def states(engine: Engine) -> list[tuple[str, str, str]]:
    return [(row.state, row.hold_reason, row.reason) for row in deliveries(engine).values()]


def all_sent(engine: Engine) -> bool:
    rows = deliveries(engine).values()
    return bool(rows) and all(row.state is DeliveryState.ACCEPTED for row in rows)
