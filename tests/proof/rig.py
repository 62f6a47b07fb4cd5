"""A school with many texts to send, workers that can be killed and frozen, and the verdict over a run."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlalchemy.engine import Engine
from sqlmodel import col, func, select

from surveybot.catalogue import Catalogue, load_catalogue
from surveybot.config import Settings
from surveybot.links import LinkSigner
from surveybot.records import database
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.installations import take_over
from surveybot.records.roster.students import Route, Student
from surveybot.records.schools import School
from surveybot.rules.delivery.channels import Channel, RouteKind, RouteOwner
from surveybot.rules.delivery.delivery_states import DeliveryState, MessageClass
from surveybot.rules.roster.people import StudentState
from surveybot.senders.base import Senders
from surveybot.senders.twilio_sms import TwilioAccount, TwilioSms
from surveybot.steps.sending.queue import NewDelivery, queue_many
from surveybot.steps.sending.tick import TickResult, tick
from surveybot.steps.sending.timing import Timing
from tests.conftest import NOW
from tests.fakes.twilio import ACCOUNT, SENDER, TOKEN
from tests.proof.ledger import FORK, WORKER, Ledger

INSTANCE = "the-proof-machine"
QUICK = Timing(
    sms_lease_seconds=2.6,
    sms_connect_seconds=0.3,
    sms_read_seconds=0.9,
    settle_seconds=4.5,
    list_lag_seconds=0.3,
    batch=20,
)
"""All times of a text made shorter together; the rule that checks them is the product's own."""


@dataclass
class Rig:
    """Everything that a worker of a proof needs; it is inherited by fork, so that workers start warm."""

    url: str
    settings: Settings
    ledger: Ledger
    catalogue: Catalogue
    timing: Timing = QUICK

    def sender(self) -> TwilioSms:
        sender = TwilioSms(
            TwilioAccount(
                sid=ACCOUNT,
                token=TOKEN,
                api_url=self.ledger.url,
                public_url="http://school.example.org",  # nothing is called back
                sender=SENDER,
            )
        )
        sender._http.session.headers[WORKER] = str(os.getpid())
        sender._http.timeout = (self.timing.sms_connect_seconds, self.timing.sms_read_seconds)
        return sender

    def tick(self, engine: Engine, senders: Senders, **named: Any) -> TickResult:
        signer, now = LinkSigner(self.settings.keys), self.ledger.clock()
        named.setdefault("timing", self.timing)
        return tick(engine, senders, signer, self.catalogue, self.settings, now, **named)

    def work(self) -> None:
        """A worker's life: it ticks until it is killed."""
        engine, senders = database.make_engine(self.url), Senders(sms=self.sender())
        while True:
            self.tick(engine, senders, worker=f"proof:{os.getpid()}")
            time.sleep(0.02)


def make_rig(engine: Engine, url: str, settings: Settings, ledger: Ledger, **changes: Any) -> Rig:
    with database.writing(engine) as session:
        take_over(session, INSTANCE, by="proof", now=NOW)
    return Rig(url, replace(settings, instance=INSTANCE), ledger, load_catalogue(), **changes)


def add_people(engine: Engine, count: int) -> tuple[int, list[int]]:
    """A school, and students with a mobile each (there are a thousand made-up numbers)."""
    with database.writing(engine) as session:
        school = School(urn="123456", name="Hillview School", settings={}, created_at=NOW)
        session.add(school)
        session.flush()
        assert school.id is not None
        students = [
            Student(
                code=f"S-{number:06}",
                school_id=school.id,
                surname="Made-up",
                forename=f"Student{number}",
                date_of_birth=date(2009, 10, 3),
                year_group=11,
                state=StudentState.ON_ROLL,
                created_at=NOW,
                changed_at=NOW,
            )
            for number in range(count)
        ]
        session.add_all(students)
        session.flush()
        ids = [student.id for student in students if student.id is not None]
        rows = [
            {
                "school_id": school.id,
                "student_id": student,
                "owner": RouteOwner.STUDENT,
                "kind": kind,
                "channel": channel,
                "address": address.format(number % 1000),
                "changed_at": NOW,
            }
            for number, student in enumerate(ids)
            for kind, channel, address in (
                (RouteKind.MOBILE, Channel.SMS, "+447700900{:03}"),
                (RouteKind.SCHOOL_EMAIL, Channel.EMAIL, "student{}@pupils.example.org"),
            )
        ]
        session.execute(insert(Route), rows)
        return school.id, ids


def add_messages(
    engine: Engine,
    school: int,
    students: Sequence[int],
    count: int,
    *,
    now: Any,
    channel: Channel = Channel.SMS,
    prefix: str = "proof",
) -> None:
    """Receipts: asked for, so that neither hours nor caps hold them back, and each with words of its own."""
    with database.writing(engine) as session:
        for start in range(0, count, 2000):
            rows = [
                NewDelivery(
                    dedupe_key=f"{prefix}:{number}",
                    message_class=MessageClass.REPLY,
                    template="receipt",
                    step="receipt",
                    channel=channel,
                    school_id=school,
                    student_id=students[number % len(students)],
                    facts={"receipt": f"{number:06}"},
                    due_at=now,
                )
                for number in range(start, min(count, start + 2000))
            ]
            queue_many(session, rows, now=now)


class Crew:
    """Worker processes, some of which die, some of which freeze."""

    def __init__(self, rig: Rig, count: int) -> None:
        self.rig = rig
        self.workers = [self._hire() for _ in range(count)]

    def _hire(self) -> Any:
        worker = FORK.Process(target=self.rig.work, daemon=True)
        worker.start()
        return worker

    def kill_one(self, dice: random.Random) -> None:
        """SIGKILL for one of them; another takes its place."""
        place = dice.randrange(len(self.workers))
        self._bury(self.workers[place])
        self.workers[place] = self._hire()

    def send_home(self) -> None:
        for worker in self.workers:
            self._bury(worker)
        self.workers = []

    def _bury(self, worker: Any) -> None:
        os.kill(worker.pid, signal.SIGKILL)
        worker.join()
        worker.close()


@contextmanager
def working(rig: Rig, count: int) -> Iterator[Crew]:
    crew = Crew(rig, count)
    try:
        yield crew
    finally:
        crew.send_home()


def how_many(engine: Engine, *states: DeliveryState) -> int:
    with database.reading(engine) as session:
        return session.exec(select(func.count()).where(col(Delivery.state).in_(states))).one()


def wait_until(done: Callable[[], bool], *, seconds: float, every: float = 0.1) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if done():
            return True
        time.sleep(every)
    return done()


def settle_everything(rig: Rig, engine: Engine, *, rounds: int = 12) -> None:
    """Nothing is on the wire any more: let time pass until no message waits and none is asked about."""
    rig.ledger.calm.value = 1
    senders = Senders(sms=rig.sender())
    for _ in range(rounds):
        rig.ledger.clock.move_on(61)
        for _ in range(40):
            rig.tick(engine, senders)
            if not _due_to_be_asked_about(engine, rig):
                break
        if not _unsettled(engine):
            break
    senders.close()


def _unsettled(engine: Engine) -> int:
    waiting = how_many(engine, DeliveryState.PENDING, DeliveryState.DISPATCHING)
    with database.reading(engine) as session:
        in_doubt = select(func.count()).where(
            Delivery.state == DeliveryState.AMBIGUOUS, col(Delivery.maybe_duplicate).is_(False)
        )
        return waiting + session.exec(in_doubt).one()


def _due_to_be_asked_about(engine: Engine, rig: Rig) -> int:
    with database.reading(engine) as session:
        due = select(func.count()).where(
            Delivery.state == DeliveryState.AMBIGUOUS, col(Delivery.ask_at) <= rig.ledger.clock()
        )
        return session.exec(due).one()


@dataclass(frozen=True)
class Verdict:
    """What the provider's ledger says about a run."""

    messages: int
    accepted: int
    doubled: int
    lost: int
    unknown: int  # in the ledger, and no row's
    parked: int  # in doubt twice, and so for a person to look at
    were_doubtful: int
    unflagged: int  # the provider left us in doubt, and the row does not say so
    states: dict[str, int]

    def in_words(self, what: str) -> str:
        return (
            f"\nPROOF {what}: {self.messages} texts, {self.lost} lost, {self.doubled} doubled; "
            f"{self.were_doubtful} were in doubt ({self.unflagged} unflagged), "
            f"{self.parked} parked for a person"
        )


def judge(rig: Rig, engine: Engine) -> Verdict:
    """Compare every row with the provider's own ledger."""
    taken, doubtful = rig.ledger.taken(), rig.ledger.doubtful()
    with database.reading(engine) as session:
        rows = session.exec(select(Delivery)).all()
    texts = {row.body_text for row in rows if row.body_text}
    parked = [row for row in rows if row.state is DeliveryState.AMBIGUOUS]
    sure = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.UNDELIVERED)
    return Verdict(
        messages=len(rows),
        accepted=sum(row.state in sure for row in rows),
        doubled=sum(count - 1 for count in taken.values()),
        lost=sum(not taken[row.body_text] and row.state is not DeliveryState.AMBIGUOUS for row in rows),
        unknown=len(set(taken) - texts),
        parked=len(parked),
        were_doubtful=sum(row.was_ambiguous for row in rows),
        unflagged=sum(row.body_text in doubtful and not row.was_ambiguous for row in rows)
        + sum(not (row.was_ambiguous and row.reason) for row in parked),
        states=dict(Counter(row.state.value for row in rows)),
    )


def assert_nothing_lost_or_doubled(verdict: Verdict) -> None:
    assert (verdict.lost, verdict.doubled, verdict.unknown, verdict.unflagged) == (0, 0, 0, 0), verdict
    assert verdict.accepted + verdict.parked == verdict.messages, verdict


def a_folder(path: Path, name: str) -> Path:
    made = path / name
    made.mkdir()
    return made
