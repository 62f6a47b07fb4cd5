"""One row per occurrence, a switch that stops at once, silent copies, and no burst after downtime."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import func, select

from surveybot.config import Settings
from surveybot.records import backups, database
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.installations import disown
from surveybot.records.schools import School
from surveybot.rules.delivery.contact_hours import is_allowed
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.rules.delivery.kill_switch import Scope
from surveybot.senders.base import Accepted, Message, Renew, always
from surveybot.steps.sending.switch_sending import pause_sending, resume_sending
from surveybot.steps.sending.timing import Timing
from tests.conftest import NOW, SmallSchool
from tests.proof.ledger import FORK
from tests.proof.rig import add_messages, add_people
from tests.steps.sending.outbox import INSTANCE, Wire, days, deliveries, open_for, run


@pytest.mark.slow
def test_eight_processes_and_double_clicks_make_one_row_per_occurrence(
    engine: Engine, migrated_url: str, proof: bool
) -> None:
    """P5: all of them queue the same occurrences, in their own order, at the same time."""
    turns, occurrences = (1_000, 50) if proof else (20, 50)
    school, students = add_people(engine, 10)
    engine.dispose()

    def click() -> None:
        own = database.make_engine(migrated_url)
        for turn in range(turns):
            few = 5 if turn else occurrences
            add_messages(own, school, students, few, now=NOW)

    workers = [FORK.Process(target=click, daemon=True) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    with database.reading(engine) as session:
        assert session.exec(select(func.count()).select_from(Delivery)).one() == occurrences


class SlowWire(Wire):
    """A provider that takes its time, and says when each message reached it."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def send(self, message: Message, renew: Renew = always) -> Accepted:
        with self.lock:
            self.times.append(time.monotonic())
        time.sleep(0.05)
        return super().send(message, renew)


@pytest.mark.slow
def test_the_switch_stops_within_what_is_claimed_and_loses_nothing(
    engine: Engine, settings: Settings, school: SmallSchool
) -> None:
    """P12: what is on the wire at the click finishes; nothing begins after it."""
    open_for(engine, school)
    run(engine, settings, Wire())
    people, students = add_people_of(engine, school)
    add_messages(engine, people, students, 400, now=NOW)
    wire, batch = SlowWire(), 10
    with ThreadPoolExecutor(2) as pool:
        ticks = [pool.submit(run, engine, settings, wire, timing=Timing(batch=batch)) for _ in range(2)]
        while len(wire.times) < 40:
            time.sleep(0.01)
        with database.writing(engine) as session:
            pause_sending(session, Scope(), by="test", now=NOW)
        clicked, before = time.monotonic(), len(wire.times)
        for one in ticks:
            one.result()
    late = [at - clicked for at in wire.times[before:]]
    held = how(engine, DeliveryState.HELD)
    print(f"\nPROOF switch, {engine.dialect.name}: {len(late)} more, the last {max(late, default=0):.2f} s")
    assert len(late) <= 2 * wire.threads  # two workers
    assert max(late, default=0.0) < 5
    assert held + len(wire.taken) == 400
    with database.writing(engine) as session:
        resume_sending(session, Scope(), instance=INSTANCE, by="test", now=NOW)
    run(engine, settings, wire)
    assert set(Counter(one.delivery_id for one in wire.taken).values()) == {1}
    assert len(wire.taken) == 400


def add_people_of(engine: Engine, school: SmallSchool) -> tuple[int, list[int]]:
    return school.id, [school.ids["Amira"], school.ids["Ben"], school.ids["Dewi"]]


def how(engine: Engine, state: DeliveryState) -> int:
    return sum(row.state is state for row in deliveries(engine).values())


def test_a_copied_or_restored_database_connects_to_nobody(
    engine: Engine, school: SmallSchool, settings: Settings, tmp_path: Path
) -> None:
    """P13: a copy on another machine, and a backup that was restored on this one, live through a day."""
    if engine.dialect.name != "sqlite":
        pytest.skip("pg_dump of a database is tried in tests/records; the hold is the same row")
    open_for(engine, school)
    backups.back_up(engine, tmp_path / "backup")
    for name, instance, restored in (("copied", "another-machine", False), ("restored", INSTANCE, True)):
        copy = database.make_engine(f"sqlite:///{tmp_path / name}.db")
        backups.restore(copy, tmp_path / "backup")
        if restored:
            with database.writing(copy) as session:
                disown(session)
        wire = Wire()
        for hour in range(24):
            run(copy, settings, wire, at=NOW + timedelta(hours=hour), instance=instance)
        assert wire.taken == []
        assert {row.state for row in deliveries(copy).values()} == {DeliveryState.HELD}
        with database.writing(copy) as session:  # until a named person says go
            resume_sending(session, Scope(), instance=instance, by="test", now=NOW)
        run(copy, settings, wire, at=NOW, instance=instance)
        assert len(wire.taken) == 10
        copy.dispose()


@pytest.mark.parametrize("off", [1 / 24, 3, 40], ids=["an hour", "three days", "forty days"])
def test_a_worker_that_was_off_sends_nothing_too_late_and_no_more_than_usual(
    engine: Engine, school: SmallSchool, settings: Settings, off: float
) -> None:
    """P17: the school's cap of a day is the usual rate; what is past its end expires with a reason."""
    open_for(engine, school)
    with database.writing(engine) as session:
        row = session.get_one(School, school.id)
        row.settings = {**row.settings, "school_cap_per_day": "4"}
    wire, per_day = Wire(), Counter[object]()
    start = NOW + days(off)
    for hour in range(0, 24 * 6, 3):
        at, before = start + timedelta(hours=hour), len(wire.taken)
        run(engine, settings, wire, at=at)
        if len(wire.taken) > before:
            assert is_allowed(at)
            per_day[at.date()] += len(wire.taken) - before
    rows = deliveries(engine).values()
    if off > 30:
        assert wire.taken == []
        assert {(row.state, row.reason) for row in rows} == {(DeliveryState.EXPIRED, "expired")}
    else:
        assert max(per_day.values()) == 4
        assert len(wire.taken) >= 10
        assert set(Counter(one.delivery_id for one in wire.taken).values()) == {1}
