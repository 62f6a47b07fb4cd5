"""Each named moment of the sending path is a moment to die in: a worker is killed there, and another goes on.

The moments are patched in from outside, in a child of the test: the product holds no switch for them.
"""

import http.client
import os
import select
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import select as select_rows

from surveybot.catalogue import load_catalogue
from surveybot.config import Settings
from surveybot.links import LinkSigner
from surveybot.records import backups, database
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.delivery.opt_outs import OptOut, OptOutSource
from surveybot.records.delivery.provider_events import ProviderEvent
from surveybot.records.roster.students import Student
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.senders import twilio_sms
from surveybot.senders.base import Senders
from surveybot.steps.consent.withdraw import stop_channel
from surveybot.steps.sending import claim, fall_back, hand_over, receive, results
from surveybot.steps.sending.tick import tick
from tests.conftest import NOW, SmallSchool
from tests.proof.ledger import FORK, Ledger, twilio_process
from tests.proof.rig import (
    INSTANCE,
    Rig,
    add_messages,
    add_people,
    assert_nothing_lost_or_doubled,
    judge,
    make_rig,
)
from tests.steps.sending.outbox import Wire, days, open_for, run


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying_before(target: Any, name: str) -> Any:
    return mock.patch.object(target, name, lambda *_, **__: die())


def dying_after(target: Any, name: str) -> Any:
    real = getattr(target, name)

    def live_once_more(*positional: Any, **named: Any) -> None:
        real(*positional, **named)
        die()

    return mock.patch.object(target, name, live_once_more)


def dying_on_the_wire(bytes_sent: Callable[[bytes], bytes]) -> Any:
    """Of the request's last piece, only so much leaves."""
    real = twilio_sms._Watched.send

    def part(connection: Any, data: bytes) -> None:
        if data.startswith((b"POST", b"GET")):
            real(connection, data)
            return
        http.client.HTTPConnection.send(connection, bytes_sent(data))
        die()

    return mock.patch.object(twilio_sms._Watched, "send", part)


def dying_when_answered(*, read: bool) -> Any:
    """The provider has written its ledger, and its answer has come; read by us or not."""
    real = http.client.HTTPConnection.getresponse

    def answered(connection: Any, *rest: Any) -> Any:
        select.select([connection.sock], [], [], 5)
        if read:
            real(connection, *rest).read()
        die()

    return mock.patch.object(http.client.HTTPConnection, "getresponse", answered)


POINTS: dict[str, Callable[[], Any]] = {
    "before the claim": lambda: dying_before(claim, "claim_due"),
    "in the claim": lambda: dying_after(claim, "claim_due"),
    "after the claim's commit": lambda: dying_before(hand_over.HandOver, "begin"),
    "after connect": lambda: dying_after(twilio_sms._Watched, "connect"),
    "after the first byte": lambda: dying_on_the_wire(lambda data: data[:1]),
    "after half the request": lambda: dying_on_the_wire(lambda data: data[: len(data) // 2]),
    "after the last byte": lambda: dying_on_the_wire(lambda data: data),
    "after the provider's ledger": lambda: dying_when_answered(read=False),
    "after the answer": lambda: dying_when_answered(read=True),
    "before the result": lambda: dying_before(results, "write_taken"),
    "before the result's commit": lambda: dying_after(results, "write_taken"),
    "after the result's commit": lambda: dying_after(results.Results, "_write"),
}


@contextmanager
def a_child(work: Callable[[], Any]) -> Iterator[int]:
    """Run it in a child that is expected to be killed; its exit code."""
    child = FORK.Process(target=work, daemon=True)
    child.start()
    child.join(timeout=30)
    assert child.exitcode is not None, "the child still lives"
    yield child.exitcode
    child.close()


@dataclass
class Scene:
    rig: Rig
    engine: Engine
    ledger: Ledger
    school: int
    students: list[int]
    senders: Senders
    runs: int = 0

    def die_at(self, point: str) -> None:
        """Two new texts, and a worker that is killed at the point with them in hand."""
        now = self.ledger.clock()
        add_messages(self.engine, self.school, self.students, 2, now=now, prefix=f"run-{self.runs}")
        self.runs += 1
        for _ in range(5):
            self.engine.dispose()
            with a_child(lambda: self._work(point)) as code:
                pass
            if code:
                break
            self.ledger.clock.move_on(61)  # a slow machine: half the lease was gone, and nothing was sent
        assert code == -signal.SIGKILL, (point, code)

    def clear_up(self) -> None:
        """Another worker goes on."""
        for _ in range(5):  # the lease, the settle time, two looks, one more claim
            self.ledger.clock.move_on(61)
            self.rig.tick(self.engine, self.senders)

    def _work(self, point: str) -> None:
        engine = database.make_engine(self.rig.url)
        sender = self.rig.sender()
        sender.threads = 1
        with POINTS[point]():
            self.rig.tick(engine, Senders(sms=sender))


@pytest.fixture
def scene(engine: Engine, migrated_url: str, settings: Settings, tmp_path: Path) -> Iterator[Scene]:
    with twilio_process(tmp_path) as ledger:
        rig = make_rig(engine, migrated_url, settings, ledger)
        school, students = add_people(engine, 20)
        senders = Senders(sms=rig.sender())
        yield Scene(rig, engine, ledger, school, students, senders)
        senders.close()


@pytest.mark.slow
def test_a_worker_killed_at_any_named_point_loses_and_doubles_nothing(scene: Scene, proof: bool) -> None:
    times = 50 if proof else 2
    for _ in range(times):
        for point in POINTS:
            scene.die_at(point)
        scene.clear_up()
        verdict = judge(scene.rig, scene.engine)
        assert_nothing_lost_or_doubled(verdict)
        assert verdict.parked == 0, verdict
    dialect = scene.engine.dialect.name
    print(verdict.in_words(f"{len(POINTS)} named points, each killed {times} times, {dialect}"))


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_report_cut_off_at_its_event_is_taken_whole_the_second_time(
    scene: Scene, moment: str, proof: bool
) -> None:
    """Killed before or after the event's insert, nothing is kept; the provider reports again."""
    report = receive.Report(0, "SM" + "0" * 32, "delivered")
    dying = dying_before if moment == "before" else dying_after

    def take(number: int) -> None:
        with dying(receive, "add_event"), database.writing(database.make_engine(scene.rig.url)) as session:
            receive.receive(session, _about(report, number), now=NOW)

    times = 50 if proof else 2
    add_messages(scene.engine, scene.school, scene.students, times, now=scene.ledger.clock())
    scene.rig.tick(scene.engine, scene.senders)
    scene.clear_up()
    with database.reading(scene.engine) as session:
        numbers = [(row.id or 0, row.provider_id) for row in session.exec(select_rows(Delivery))]
    for number, provider_id in numbers:
        report = receive.Report(number, provider_id or "", "delivered")
        scene.engine.dispose()
        with a_child(partial(take, number)) as code:
            assert code == -signal.SIGKILL
        with database.writing(scene.engine) as session:
            assert receive.receive(session, report, now=NOW)
    with database.reading(scene.engine) as session:
        assert {row.state for row in session.exec(select_rows(Delivery))} == {DeliveryState.DELIVERED}
        assert len(session.exec(select_rows(ProviderEvent)).all()) == times


def _about(report: receive.Report, number: int) -> receive.Report:
    return receive.Report(number, report.provider_id, report.status)


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_stop_that_was_stored_holds_and_one_that_was_not_can_be_said_again(
    scene: Scene, moment: str, proof: bool
) -> None:
    def stop(student_id: int, number: str) -> None:
        with database.writing(database.make_engine(scene.rig.url)) as session:
            student = session.get_one(Student, student_id)
            _stop(session, student, number)
            if moment == "after":
                session.commit()
            die()

    times = 20 if proof else 2
    for place in range(times):
        scene.engine.dispose()
        with a_child(partial(stop, scene.students[place], f"+447700900{place:03}")) as code:
            assert code == -signal.SIGKILL
    now = scene.ledger.clock()
    add_messages(scene.engine, scene.school, scene.students[:times], times, now=now)
    scene.rig.tick(scene.engine, scene.senders)
    with database.reading(scene.engine) as session:
        assert len(session.exec(select_rows(OptOut)).all()) == (times if moment == "after" else 0)
    assert len(scene.ledger) == (0 if moment == "after" else times)


def _stop(session: Any, student: Student, number: str) -> None:
    stop_channel(
        session, student=student, channel=Channel.SMS, address=number, source=OptOutSource.TEXT, now=NOW
    )


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_killed_while_it_makes_fallbacks_makes_each_once(
    engine: Engine, school: SmallSchool, settings: Settings, migrated_url: str, moment: str, proof: bool
) -> None:
    open_for(engine, school)
    run(engine, settings, Wire())
    later = NOW + days(3.1)
    dying = dying_before if moment == "before" else dying_after

    def work() -> None:

        own = database.make_engine(migrated_url)
        with dying(fall_back, "queue_many"):
            ours = replace(settings, instance="the-test-machine")
            tick(own, Senders(), LinkSigner(settings.keys), load_catalogue(), ours, later)

    for _ in range(50 if proof else 2):
        engine.dispose()
        with a_child(work) as code:
            assert code == -signal.SIGKILL
    wire = Wire()
    for _ in range(3):
        run(engine, settings, wire, at=later)
    with database.reading(engine) as session:
        texts = session.exec(select_rows(Delivery).where(Delivery.step == "fallback")).all()
    assert len(texts) == len({row.parent_id for row in texts}) > 3
    went = {row.id or 0 for row in texts if row.state is DeliveryState.ACCEPTED}  # the others have no mobile
    assert sorted(message.delivery_id for message in wire.taken) == sorted(went)


@pytest.mark.slow
def test_a_backup_that_was_killed_leaves_no_file_and_no_harm(
    engine: Engine, migrated_url: str, school: SmallSchool, tmp_path: Path, proof: bool
) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("pg_dump does the work there, in a process of its own")
    target = tmp_path / "backup.db"

    def work() -> None:
        with dying_before(Path, "replace"):
            backups.back_up(database.make_engine(migrated_url), target)

    for _ in range(50 if proof else 2):
        engine.dispose()
        with a_child(work) as code:
            assert code == -signal.SIGKILL
        assert not target.exists()
    assert backups.back_up(engine, target) > 0


def test_the_points_are_where_the_product_really_goes(scene: Scene) -> None:
    """A point that nothing passes would prove nothing: die_at insists on the kill."""
    scene.die_at("after the last byte")
    scene.clear_up()
    assert judge(scene.rig, scene.engine).were_doubtful == 2
    assert scene.rig.settings.instance == INSTANCE
