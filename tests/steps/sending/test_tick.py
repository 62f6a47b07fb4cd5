"""What comes of a message on the wire, and that two workers, a crash or a freeze never send one twice."""

import multiprocessing
import os
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.catalogue import load_catalogue
from surveybot.config import Settings
from surveybot.links import LinkSigner
from surveybot.records import database
from surveybot.records.delivery.deliveries import AskCount, Delivery, SchoolAskCount
from surveybot.records.delivery.opt_outs import OptOut
from surveybot.records.delivery.outbox import write_result
from surveybot.records.roster.students import Route
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import DeliveryState, MessageClass
from surveybot.senders.base import Accepted, Ambiguous, Message, NotSent, Refused, Renew, Senders, always
from surveybot.steps.sending.claim import Claimer
from surveybot.steps.sending.hand_over import HandOver, Outcome
from surveybot.steps.sending.look_again import LastLook
from surveybot.steps.sending.queue import NewDelivery, queue_many
from surveybot.steps.sending.stopwatch import Stopwatch
from surveybot.steps.sending.tick import tick
from surveybot.steps.sending.timing import ContradictingTimes, Timing
from tests.conftest import NOW, SmallSchool
from tests.steps.sending.outbox import (
    EMAIL,
    INSTANCE,
    Wire,
    days,
    deliveries,
    delivery_to,
    open_for,
    run,
)


class Late(Stopwatch):
    """A stopwatch that a test moves: what a frozen worker sees when it wakes up."""

    def __init__(self, now: datetime) -> None:
        super().__init__(now)
        self.frozen = 0.0

    @property
    def seconds(self) -> float:
        return self.frozen


def claimer(engine: Engine, settings: Settings, **timing: Any) -> Claimer:
    ours = replace(settings, instance=INSTANCE)
    return Claimer(engine, LinkSigner(settings.keys), load_catalogue(), ours, Timing(**timing), "test")


def hand_over(engine: Engine, settings: Settings, wire: Wire, watch: Stopwatch) -> HandOver:
    ours = replace(settings, instance=INSTANCE)
    look = LastLook(engine, load_catalogue(), ours)
    return HandOver(engine, wire, Timing(), watch, lambda: False, look)


def only(engine: Engine, school: SmallSchool, forename: str) -> None:
    """Leave one student's message; the others are cancelled."""
    with database.writing(engine) as session:
        for row in session.exec(select(Delivery).where(Delivery.student_id != school.ids[forename])):
            row.state = DeliveryState.CANCELLED


def asks_counted(engine: Engine) -> tuple[int, int]:
    with database.reading(engine) as session:
        return sum(session.exec(select(AskCount.asks))), sum(session.exec(select(SchoolAskCount.asks)))


def test_what_was_provably_not_sent_is_tried_again_and_not_counted_as_an_ask(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    open_for(engine, school)
    only(engine, school, "Amira")
    wire = Wire(faults=[NotSent("RCPT 450")])
    assert run(engine, settings, wire).sent == 0
    row = delivery_to(engine, school, "Amira")
    assert (row.state, row.attempt, row.reason) == (DeliveryState.PENDING, 1, "RCPT 450")
    assert timedelta(minutes=1) <= row.next_at - NOW <= timedelta(minutes=1, seconds=15)
    assert asks_counted(engine) == (0, 0)
    assert run(engine, settings, wire, at=NOW + timedelta(minutes=2)).sent == 1
    assert asks_counted(engine) == (1, 1)
    again = delivery_to(engine, school, "Amira")
    assert (again.state, again.attempt, again.fence) == (DeliveryState.ACCEPTED, 2, 2)
    assert (again.composed_at, again.provider_id) == (row.composed_at, row.provider_id)
    assert again.body_text == row.body_text  # the link of the first try


def test_the_sixth_failure_is_the_last(engine: Engine, school: SmallSchool, settings: Settings) -> None:
    open_for(engine, school)
    only(engine, school, "Amira")
    with database.writing(engine) as session:
        session.get_one(Delivery, delivery_to(engine, school, "Amira").id).attempt = 5
    assert run(engine, settings, Wire(faults=[NotSent("RCPT 450")])).failed == 1
    row = delivery_to(engine, school, "Amira")
    assert (row.state, row.reason, row.attempt) == (DeliveryState.FAILED_PERMANENT, "gave up", 6)
    assert asks_counted(engine) == (0, 0)


def test_a_provider_that_asks_us_to_wait_costs_no_attempt(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    open_for(engine, school)
    only(engine, school, "Dewi")
    run(engine, settings, Wire(faults=[NotSent("429", retry_after_seconds=17, counts=False)]))
    row = delivery_to(engine, school, "Dewi")
    assert (row.state, row.attempt) == (DeliveryState.PENDING, 0)
    assert timedelta(seconds=17) <= row.next_at - NOW < timedelta(seconds=30)


def test_a_refused_address_is_marked_and_the_message_has_failed(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    open_for(engine, school)
    only(engine, school, "Dewi")
    assert (
        run(engine, settings, Wire(faults=[Refused("21211", "invalid_number", bad_address=True)])).failed == 1
    )
    row = delivery_to(engine, school, "Dewi")
    assert (row.state, row.reason, row.error_code) == (
        DeliveryState.FAILED_PERMANENT,
        "invalid_number",
        "21211",
    )
    with database.reading(engine) as session:
        route = session.exec(select(Route).where(Route.address == "+447700900104")).one()
        assert route.bad_reason == "invalid_number"
    assert asks_counted(engine) == (0, 0)


def test_a_stop_that_only_the_provider_knew_becomes_ours(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    open_for(engine, school)
    only(engine, school, "Dewi")
    assert run(engine, settings, Wire(faults=[Refused("21610", "opted_out", opted_out=True)])).suppressed == 1
    row = delivery_to(engine, school, "Dewi")
    assert (row.state, row.reason) == (DeliveryState.SUPPRESSED, "opted_out")
    with database.reading(engine) as session:
        stop = session.exec(select(OptOut)).one()
        assert (stop.address, stop.source) == ("+447700900104", "provider")


def test_an_uncertain_message_is_ambiguous_counts_as_asked_and_is_not_sent_again(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    open_for(engine, school)
    only(engine, school, "Amira")
    wire = Wire(faults=[Ambiguous("after the dot")])
    assert run(engine, settings, wire).ambiguous == 1
    row = delivery_to(engine, school, "Amira")
    assert (row.state, row.was_ambiguous, row.reason) == (DeliveryState.AMBIGUOUS, True, "after the dot")
    assert asks_counted(engine) == (1, 1)
    assert run(engine, settings, wire, at=NOW + days(3)).sent == 0


def test_a_sender_that_breaks_leaves_its_message_ambiguous(
    engine: Engine, school: SmallSchool, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Wire):
        def send(self, message: Message, renew: Renew = always) -> Accepted:
            raise RuntimeError(f"cannot talk to {message.to}")

    open_for(engine, school)
    only(engine, school, "Amira")
    assert run(engine, settings, Broken()).ambiguous == 1
    assert "RuntimeError" in caplog.text
    assert "amira" not in caplog.text


def test_a_message_without_a_sender_waits(engine: Engine, school: SmallSchool, settings: Settings) -> None:
    open_for(engine, school)
    ours = replace(settings, instance=INSTANCE)
    result = tick(engine, Senders(), LinkSigner(settings.keys), load_catalogue(), ours, NOW)
    assert (result.sent, result.failed, result.ambiguous) == (0, 0, 0)
    row = delivery_to(engine, school, "Amira")
    assert (row.state, row.reason, row.attempt) == (DeliveryState.PENDING, "no sender", 0)


def test_a_worker_that_is_told_to_stop_puts_its_batch_back(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    open_for(engine, school)
    wire = Wire()
    stopping = iter([False, False, False, *[True] * 100])
    ours = replace(settings, instance=INSTANCE)
    result = tick(
        engine,
        Senders(sms=wire, email=wire),
        LinkSigner(settings.keys),
        load_catalogue(),
        ours,
        NOW,
        stopping=lambda: next(stopping),
    )
    waiting = [row for row in deliveries(engine).values() if row.state is DeliveryState.PENDING]
    assert result.sent == len(wire.taken) < 10
    assert len(waiting) == 10 - len(wire.taken)
    assert {row.attempt for row in waiting} == {0}
    assert asks_counted(engine) == (len(wire.taken), len(wire.taken))


def test_a_dead_workers_message_becomes_ambiguous_and_never_pending(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    open_for(engine, school)
    claimed = claimer(engine, settings).claim(EMAIL, now=NOW)  # and then the worker dies
    assert claimed.taken == 9
    wire = Wire()
    assert run(engine, settings, wire, at=NOW + timedelta(seconds=700)).ambiguous == 0  # the lease still runs
    assert run(engine, settings, wire, at=NOW + timedelta(seconds=800)).ambiguous == 9
    row = delivery_to(engine, school, "Amira")
    assert (row.state, row.was_ambiguous, row.reason) == (DeliveryState.AMBIGUOUS, True, "lease_passed")
    assert run(engine, settings, wire, at=NOW + timedelta(minutes=20)).sent == 0
    assert [message.channel for message in wire.taken] == ["sms"]


def test_a_worker_that_was_frozen_does_not_touch_the_wire(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    open_for(engine, school)
    claim = claimer(engine, settings).claim(Channel.SMS, now=NOW)
    watch, wire = Late(NOW), Wire()
    watch.frozen = 46.0  # of a lease of 90 seconds
    work = hand_over(engine, settings, wire, watch)
    assert work.hand_over(claim.messages[0], claimed_at=0.0) is Outcome.PUT_BACK
    assert wire.taken == []
    assert delivery_to(engine, school, "Dewi").state is DeliveryState.PENDING


def test_a_freeze_in_the_middle_of_an_email_loses_the_lease_and_sends_nothing(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    class Slow(Wire):
        def send(self, message: Message, renew: Renew = always) -> Accepted:
            renew("MAIL")
            watch.frozen = 800.0
            run(engine, settings, Wire(), at=NOW + timedelta(seconds=800))  # another worker sweeps
            return super().send(message, renew)

    open_for(engine, school)
    only(engine, school, "Amira")
    claim = claimer(engine, settings).claim(EMAIL, now=NOW)
    watch, wire = Late(NOW), Slow()
    work = hand_over(engine, settings, wire, watch)
    assert work.hand_over(claim.messages[0], claimed_at=0.0) is Outcome.PUT_BACK
    assert wire.taken == []


def test_a_slow_email_renews_its_lease_at_each_stage(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    class Slow(Wire):
        def send(self, message: Message, renew: Renew = always) -> Accepted:
            for stage in ("MAIL", "RCPT", "DATA"):
                renew(stage)
                watch.frozen += 290.0
            leases.append(delivery_to(engine, school, "Amira").lease_until)
            return super().send(message, renew)

    leases: list[datetime | None] = []
    open_for(engine, school)
    only(engine, school, "Amira")
    claim = claimer(engine, settings).claim(EMAIL, now=NOW)
    watch, wire = Late(NOW), Slow()
    work = hand_over(engine, settings, wire, watch)
    assert work.hand_over(claim.messages[0], claimed_at=0.0) is Outcome.SENT
    assert leases == [NOW + timedelta(seconds=580 + 720)]


def test_a_result_of_an_older_claim_changes_nothing(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    open_for(engine, school)
    only(engine, school, "Amira")
    old = claimer(engine, settings).claim(EMAIL, now=NOW).messages[0]
    with database.writing(engine) as session:
        row = session.get_one(Delivery, old.message.delivery_id)
        row.state, row.fence = DeliveryState.DISPATCHING, row.fence + 1
    with database.writing(engine) as session:
        values = {"state": DeliveryState.ACCEPTED}
        assert not write_result(session, old.message.delivery_id, old.fence, values)
    assert delivery_to(engine, school, "Amira").state is DeliveryState.DISPATCHING


def fill(engine: Engine, school: SmallSchool, count: int, channel: Channel = Channel.SMS) -> None:
    """Many messages to staff: no caps, so that only the claims decide who gets one."""
    with database.writing(engine) as session:
        queue_many(
            session,
            [
                NewDelivery(
                    dedupe_key=f"receipt:{number}",
                    message_class=MessageClass.REPLY,
                    template="receipt",
                    step="receipt",
                    channel=channel,
                    school_id=school.id,
                    student_id=school.ids["Amira"],
                    facts={"receipt": f"{number:06}"},
                    due_at=NOW,
                )
                for number in range(count)
            ],
            now=NOW,
        )


def test_two_workers_at_once_send_each_message_once(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    open_for(engine, school)
    fill(engine, school, 300)
    wire = Wire()
    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(lambda _: run(engine, settings, wire, timing=Timing(batch=7)), range(3)))
    assert sum(result.sent for result in results) == len(wire.taken) == 310
    assert set(Counter(message.delivery_id for message in wire.taken).values()) == {1}
    assert {row.state for row in deliveries(engine).values()} == {DeliveryState.ACCEPTED}


class LedgerOnDisk(Wire):
    """A provider in a file: what a killed worker sent stays known."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    def send(self, message: Message, renew: Renew = always) -> Accepted:
        renew("send")
        with self.path.open("a") as ledger:
            ledger.write(f"{message.delivery_id}\n")
        time.sleep(0.004)  # long enough to be killed in
        return Accepted(f"SM{message.delivery_id:032x}")


def work_until_killed(url: str, settings: Settings, ledger: Path) -> None:
    engine = database.make_engine(url)
    while True:
        run(engine, settings, LedgerOnDisk(ledger), at=NOW, timing=Timing(batch=5))
        time.sleep(0.01)


@pytest.mark.slow
def test_workers_that_are_killed_lose_nothing_and_double_nothing(
    engine: Engine, school: SmallSchool, settings: Settings, migrated_url: str, tmp_path: Path, proof: bool
) -> None:
    """SIGKILL at random: every message is accepted once, or ambiguous and at most once on the wire."""
    open_for(engine, school)
    many, kills = (2000, 40) if proof else (250, 6)
    fill(engine, school, many)
    ledger = tmp_path / "ledger"
    ledger.touch()
    context = multiprocessing.get_context("fork")
    engine.dispose()
    for kill in range(kills):
        worker = context.Process(target=work_until_killed, args=(migrated_url, settings, ledger), daemon=True)
        worker.start()
        time.sleep(0.25 + 0.037 * (kill % 7))
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        worker.join()
    run(engine, settings, LedgerOnDisk(ledger), at=NOW + timedelta(minutes=20))
    sent = Counter(int(line) for line in ledger.read_text().split())
    rows = deliveries(engine).values()
    assert set(sent.values()) == {1}
    for row in rows:
        assert row.state in (DeliveryState.ACCEPTED, DeliveryState.AMBIGUOUS), (row.state, row.reason)
        assert row.id in sent or row.state is DeliveryState.AMBIGUOUS
    assert sum(row.state is DeliveryState.ACCEPTED for row in rows) > many // 2


def test_constants_that_contradict_each_other_stop_the_start() -> None:
    Timing().check()
    wrong = Timing(sms_lease_seconds=60, mail_lease_seconds=300, settle_seconds=10, batch=0)
    assert len(wrong.faults()) == 4
    with pytest.raises(ContradictingTimes, match="Half the lease of a text"):
        wrong.check()


@pytest.mark.parametrize(("step", "texts"), [("invitation", 1), ("reminder-1", 0), ("goodbye", 0)])
def test_a_text_follows_an_unanswered_invitation_and_no_other_email(
    engine: Engine, school: SmallSchool, settings: Settings, step: str, texts: int
) -> None:
    open_for(engine, school)
    only(engine, school, "Ben")
    with database.writing(engine) as session:
        for row in session.exec(select(Delivery).where(Delivery.student_id == school.ids["Ben"])):
            row.step = step
    run(engine, settings, Wire())
    run(engine, settings, Wire(), at=NOW + days(3.5))
    assert sum(row.step == "fallback" for row in deliveries(engine).values()) == texts
