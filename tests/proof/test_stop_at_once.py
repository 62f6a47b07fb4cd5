"""P9: a STOP that was answered is followed by no message whose hand-over began after it."""

import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from surveybot.catalogue import load_catalogue
from surveybot.config import Settings
from surveybot.links import LinkSigner
from surveybot.records import database
from surveybot.records.installations import take_over
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.senders.base import Accepted, Message, Renew, always
from surveybot.steps.sending.hand_over import HandOver
from surveybot.steps.texting.converse import take_text
from surveybot.steps.texting.desk import Desk, Inbound
from tests.conftest import NOW
from tests.proof.rig import add_messages, add_people
from tests.steps.phone import SCHOOL_NUMBER
from tests.steps.sending.outbox import INSTANCE, Wire, deliveries, run

PEOPLE, STOPS = 20, 10
WORDS = ("STOP", "stop pls", "STOP TEXTING ME", "unsubscribe me", "Stop. Thank you")


@dataclass
class Provider(Wire):
    """Takes its time over each text; many are claimed and wait for their turn."""

    threads: int = 2
    busy: threading.Event = field(default_factory=threading.Event)

    def send(self, message: Message, renew: Renew = always) -> Accepted:
        self.busy.set()
        time.sleep(0.008)
        return super().send(message, renew)


@dataclass
class Phones:
    """Students who write STOP at random moments; when each got its answer."""

    engine: Engine
    desk: Any
    dice: random.Random
    answered: dict[str, float] = field(default_factory=dict)

    def stop_some(self, turn: int, wire: Provider) -> None:
        wire.busy.wait()
        for person in self.dice.sample(range(PEOPLE), STOPS):
            number, sid = f"+447700900{person:03}", f"SM{turn:016x}{person:016x}"
            time.sleep(self.dice.uniform(0, 0.006))
            with database.writing(self.engine) as session:
                take_text(self.desk(session), Inbound(sid, number, SCHOOL_NUMBER, self.dice.choice(WORDS)))
            self.answered[number] = time.monotonic()

    def start_again(self, turn: int) -> None:
        for number in self.answered:
            with database.writing(self.engine) as session:
                take_text(
                    self.desk(session),
                    Inbound(f"SM{turn:016x}{number[1:]:0>16}", number, SCHOOL_NUMBER, "START"),
                )
        self.answered.clear()


@pytest.mark.slow
def test_no_text_begins_after_a_stop_was_answered(
    engine: Engine, settings: Settings, proof: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    began: dict[int, float] = {}
    begin = HandOver.begin

    def timed(self: HandOver, claimed: Any, **named: Any) -> Any:
        began[claimed.message.delivery_id] = time.monotonic()
        return begin(self, claimed, **named)

    monkeypatch.setattr(HandOver, "begin", timed)
    catalogue, signer = load_catalogue(), LinkSigner(settings.keys)
    with database.writing(engine) as session:
        take_over(session, INSTANCE, by="proof", now=NOW)
    school, students = add_people(engine, PEOPLE)
    dice, turns = random.Random(9), 1_000 // STOPS if proof else 2
    phones = Phones(engine, lambda session: Desk(session, catalogue, settings, signer, NOW), dice)
    sent = caught = 0
    for turn in range(turns):
        add_messages(engine, school, students, 2 * PEOPLE, now=NOW, prefix=f"turn{turn}")
        wire = Provider()
        student = threading.Thread(target=phones.stop_some, args=(turn, wire))
        student.start()
        run(engine, settings, wire)
        student.join()
        for message in wire.taken:
            assert began[message.delivery_id] <= phones.answered.get(message.to, float("inf"))
        sent += len(wire.taken)
        rows = deliveries(engine).values()
        assert not [row for row in rows if row.state is DeliveryState.DISPATCHING]
        stopped = [row for row in rows if row.state is DeliveryState.SUPPRESSED and row.id in began]
        caught = len([row for row in stopped if row.attempt == 0])
        phones.start_again(turn)
    print(
        f"\nPROOF stop, {engine.dialect.name}: {turns * STOPS} STOPs among {sent} texts, none began after; "
        f"{caught} that were claimed already did not go"
    )
    assert caught > 0
