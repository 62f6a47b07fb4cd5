"""Thousands of stories of sending, made up by hypothesis; after every step the invariants hold."""

import time
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlmodel import select

from surveybot.config import Outbound, Settings
from surveybot.records import database
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.schools import School
from tests.conftest import NOW, STAFF, STORIES, TEST_KEY, build_school
from tests.proof.machine import SCHOOL_CAP, SendingMachine
from tests.steps.sending.outbox import open_for

PEOPLE = {"Amira", "Ben", "Dewi", "Grace", "Harri"}  # both channels, text only, and a shared phone


@pytest.fixture
def world(sqlite_template: Path, tmp_path: Path) -> Path:
    """A small school with an open round, and a cap that is easily reached."""
    path = tmp_path / "world.db"
    path.write_bytes(sqlite_template.read_bytes())
    engine = database.make_engine(f"sqlite:///{path}")
    stories = tuple(story for story in STORIES if story.forename in PEOPLE)
    with database.writing(engine) as session:
        school = build_school(session, urn="123456", name="Hillview School", stories=stories, staff=STAFF)
        row = session.get_one(School, school.id)
        row.settings = {**row.settings, "school_cap_per_day": str(SCHOOL_CAP)}
    SendingMachine.round_id = open_for(engine, school)
    engine.dispose()
    return path


@pytest.mark.slow
def test_the_invariants_hold_in_every_story(world: Path, tmp_path: Path, proof: bool) -> None:
    SendingMachine.template = world
    SendingMachine.settings = Settings(
        database_url="sqlite://",
        keys=((1, TEST_KEY),),
        public_url="https://school.example.org",
        mail_from="careers@school.example.org",
        var=tmp_path,
        outbound=_open_to_all(),
    )
    SendingMachine.start = NOW + timedelta(minutes=1)
    examples, started = (2_000 if proof else 30), time.monotonic()
    run_state_machine_as_test(
        SendingMachine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30 if proof else 12,
            deadline=None,
            derandomize=not proof,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(f"\nPROOF state machine: {examples} stories in {time.monotonic() - started:.0f} s")
    engine = database.make_engine(f"sqlite:///{world}")
    with database.reading(engine) as session:
        assert session.exec(select(Delivery)).all()  # there was something to send
    engine.dispose()


def _open_to_all() -> Outbound:
    return Outbound("allow")
