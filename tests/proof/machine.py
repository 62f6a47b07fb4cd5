"""The sending path as a state machine: whatever happens in whatever order, the invariants hold.

The numbers of the invariants are those of the specification's list. The provider's own ledger is the judge;
`world.now` is what our clock says, `world.true` what the provider's says.
"""

import re
import shutil
import tempfile
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlmodel import col, select

from surveybot.catalogue import load_catalogue
from surveybot.config import Settings
from surveybot.links import LinkPurpose, LinkSigner
from surveybot.records import backups, database
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.delivery.opt_outs import OptOut, OptOutSource
from surveybot.records.installations import disown
from surveybot.records.roster.students import Route, Student
from surveybot.records.round.invitations import Audience, Invitation, Link
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.delivery.channels import Channel, RouteOwner
from surveybot.rules.delivery.contact_hours import is_allowed
from surveybot.rules.delivery.delivery_states import FINAL_STATES, DeliveryState, MessageClass
from surveybot.rules.delivery.kill_switch import Scope
from surveybot.senders.base import (
    Accepted,
    Ambiguous,
    Found,
    Message,
    NotSent,
    Refused,
    Renew,
    Senders,
    always,
)
from surveybot.steps.answer.take import take_answer
from surveybot.steps.consent.withdraw import stop_channel
from surveybot.steps.roster.mark_student import mark_deceased
from surveybot.steps.sending.breaker import Breaker
from surveybot.steps.sending.claim import Claim, Claimer
from surveybot.steps.sending.hand_over import HandOver, Outcome
from surveybot.steps.sending.look_again import LastLook
from surveybot.steps.sending.queue import NewDelivery, queue_many
from surveybot.steps.sending.receive import Report, receive
from surveybot.steps.sending.stopwatch import Stopwatch
from surveybot.steps.sending.switch_sending import pause_sending, resume_sending
from surveybot.steps.sending.tick import tick
from surveybot.steps.sending.timing import Timing
from tests.steps.sending.outbox import INSTANCE

SCHOOL_CAP = 4
TOKEN = re.compile(r"/r/(\w{29})")
SURE = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.UNDELIVERED)
STATUSES = ("queued", "sending", "sent", "delivered", "undelivered", "failed")
OUTCOMES = (
    "ok",
    "ok",
    "ok",
    "connect",
    "429",
    "450",
    "500-",
    "500+",
    "drop-",
    "drop+",
    "kill-",
    "kill+",
    "21610",
)


class Killed(BaseException):
    """SIGKILL, as far as the code under test can tell: nothing after it runs."""


@dataclass(frozen=True)
class Taken:
    """One message in the provider's ledger, and what was known to us when its claim was made."""

    sid: str
    message: Message
    made_at: datetime  # by the provider's clock
    claimed_at: datetime  # by ours
    is_ask: bool
    person: tuple[int | None, RouteOwner]
    key: str

    def found(self) -> Found:
        return Found(self.sid, "sent", "", self.message.text, self.made_at, self.message.to)


@dataclass
class Provider:
    """Both channels' other side."""

    world: "SendingMachine"
    channel: Channel
    threads: int = 1
    outcomes: list[str] = field(default_factory=list)
    dead: bool = False

    def send(self, message: Message, renew: Renew = always) -> Accepted:
        if self.dead:
            raise Killed
        renew("send")
        outcome = self.outcomes.pop(0) if self.outcomes else "ok"
        if outcome == "connect":
            raise NotSent("connect", counts=False)
        if outcome == "429":
            raise NotSent("429", retry_after_seconds=30, counts=False)
        if outcome == "450":
            raise NotSent("RCPT 450")
        if outcome == "21610":
            raise Refused("21610", "opted_out", opted_out=True)
        if outcome in ("500-", "drop-"):
            raise Ambiguous(outcome)
        if outcome == "kill-":
            self.dead = True
            raise Killed
        sid = self.world.take(message, self.channel)
        if outcome in ("500+", "drop+"):
            raise Ambiguous(outcome)
        if outcome == "kill+":
            self.dead = True
            raise Killed
        return Accepted(sid, "queued")

    def close(self) -> None:
        pass


class Texts(Provider):
    """Texts can be asked about."""

    def taken_for(self, to: str, *, since: datetime) -> list[Found]:
        found = [one for one in self.world.ledger if one.message.to == to and one.made_at >= since]
        visible = [one for one in found if self.world.true - one.made_at >= timedelta(seconds=50)]
        return [one.found() for one in reversed(visible)]

    def taken_between(self, since: datetime, until: datetime) -> list[Found]:
        raise NotImplementedError

    def look_up(self, provider_id: str) -> Found | None:
        for one in self.world.ledger:
            if one.sid == provider_id:
                return one.found()
        return None


class SteadyWatch(Stopwatch):
    """A frozen worker's stopwatch: it goes on by the machine's own clock, whatever the wall clock does."""

    def __init__(self, world: "SendingMachine", now: datetime) -> None:
        super().__init__(now)
        self.world, self.started = world, world.true

    @property
    def seconds(self) -> float:
        return (self.world.true - self.started).total_seconds()


@dataclass
class Frozen:
    """A worker that stopped between its claim and the wire."""

    claim: Claim
    work: HandOver
    provider: Provider


class SendingMachine(RuleBasedStateMachine):
    template: ClassVar[Path]
    settings: ClassVar[Settings]
    round_id: ClassVar[int]
    start: ClassVar[datetime]

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="machine-"))
        shutil.copy(self.template, self.folder / "world.db")
        self.engine = self._open("world.db")
        self.ours = replace(self.settings, instance=INSTANCE)
        self.catalogue, self.signer = load_catalogue(), LinkSigner(self.settings.keys)
        self.true = self.now = self.start
        self.ledger: list[Taken] = []
        self.violations: list[str] = []
        self.frozen: list[Frozen] = []
        self.seen: dict[int, DeliveryState] = {}
        self.stopped: set[str] = set()
        self.answered: set[int] = set()
        self.dead_students: set[int] = set()
        self.paused: set[Channel] = set()
        self.texts, self.emails = Texts(self, Channel.SMS), Provider(self, Channel.EMAIL)
        self.queued = 0
        self.claim_time: datetime | None = None
        self.allowed: dict[int, bool] = {}
        self.breakers = {channel: Breaker() for channel in Channel}
        with database.reading(self.engine) as session:
            self.students = [row.id or 0 for row in session.exec(select(Student).order_by(col(Student.id)))]
            self.numbers = sorted({row.address for row in session.exec(select(Route))})
            self.invitations = {row.student_id: row.id or 0 for row in session.exec(select(Invitation))}

    def _open(self, name: str) -> Engine:
        engine = database.make_engine(f"sqlite:///{self.folder / name}", pool_size=2)

        @event.listens_for(engine, "connect")
        def fast(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA synchronous=OFF")  # no power is cut here

        return engine

    # -- what the provider does ---------------------------------------------------------------------------

    def take(self, message: Message, channel: Channel) -> str:
        """Write it into the ledger, and judge whether it should have come at all."""
        with database.reading(self.engine) as session:
            row = session.get_one(Delivery, message.delivery_id)
        sid = f"SM{len(self.ledger):032x}"
        claimed = self.claim_time or self.now
        is_ask = row.message_class is MessageClass.ASK
        taken = Taken(sid, message, self.true, claimed, is_ask, (row.student_id, row.owner), row.dedupe_key)
        self.ledger.append(taken)
        if self.claim_time is None:  # claimed and sent in one go: nothing may have come in between
            self._judge_now(row, message, channel)
        if is_ask and not is_allowed(claimed):
            self.violations.append(f"4: an ask outside the window, at {claimed}")
        return sid

    def _judge_now(self, row: Delivery, message: Message, channel: Channel) -> None:
        blocked = {
            "stop": message.to in self.stopped,
            "answer": row.message_class is MessageClass.ASK and (row.invitation_id or 0) in self.answered,
            "death": row.student_id in self.dead_students,
            "switch": channel in self.paused,
        }
        self.violations += [f"3: a message after a {what}" for what, is_so in blocked.items() if is_so]

    # -- rules --------------------------------------------------------------------------------------------

    @rule(who=st.integers(0, 20), channel=st.sampled_from(Channel), ask=st.booleans(), twice=st.booleans())
    def enqueue(self, who: int, channel: Channel, ask: bool, twice: bool) -> None:
        student = self.students[who % len(self.students)]
        self.queued += 1
        row = NewDelivery(
            dedupe_key=f"machine:{self.queued}",
            message_class=MessageClass.ASK if ask else MessageClass.REPLY,
            template="reminder" if ask else "receipt",
            step=f"step-{self.queued}",
            channel=channel,
            school_id=self._school(),
            student_id=student,
            round_id=self.round_id if ask else None,
            invitation_id=self.invitations.get(student) if ask else None,
            facts={} if ask else {"receipt": f"{self.queued:06}"},
            due_at=self.now,
        )
        for _ in range(2 if twice else 1):
            with database.writing(self.engine) as session:
                queue_many(session, [row], now=self.now)

    def _school(self) -> int:
        with database.reading(self.engine) as session:
            return session.get_one(Student, self.students[0]).school_id

    @rule(
        texts=st.lists(st.sampled_from(OUTCOMES), max_size=4),
        emails=st.lists(st.sampled_from(OUTCOMES[:-1]), max_size=4),
        sound=st.booleans(),
    )
    def work(self, texts: list[str], emails: list[str], sound: bool) -> None:
        """One tick of a worker that may be killed in the middle of it."""
        self.texts.outcomes, self.emails.outcomes = ([], []) if sound else (list(texts), list(emails))
        self._tick()

    def _tick(self) -> None:
        self.texts.dead = self.emails.dead = False
        self.claim_time = None
        with suppress(Killed):
            tick(
                self.engine,
                Senders(sms=self.texts, email=self.emails),
                self.signer,
                self.catalogue,
                self.ours,
                self.now,
                timing=Timing(batch=3),
            )

    @precondition(lambda self: len(self.frozen) < 2)
    @rule(channel=st.sampled_from(Channel))
    def freeze(self, channel: Channel) -> None:
        """A worker claims, and stops before the wire."""
        claimer = Claimer(self.engine, self.signer, self.catalogue, self.ours, Timing(batch=2), "frozen")
        claim = claimer.claim(channel, now=self.now)
        provider = (Texts if channel is Channel.SMS else Provider)(self, channel)
        watch = SteadyWatch(self, self.now)
        look = LastLook(self.engine, self.catalogue, self.ours)
        work = HandOver(self.engine, provider, Timing(), watch, lambda: False, look)
        if claim.messages:
            self.frozen.append(Frozen(claim, work, provider))

    @precondition(lambda self: self.frozen)
    @rule(outcome=st.sampled_from(OUTCOMES[:-1]))
    def thaw(self, outcome: str) -> None:
        """It goes on; what is no longer its own, it must not change."""
        one = self.frozen.pop(0)
        one.provider.outcomes = [outcome]
        self.claim_time = one.work.watch._now
        for claimed in one.claim.messages:
            before = self._row(claimed.message.delivery_id)
            try:
                outcome_of_it = one.work.hand_over(claimed, claimed_at=0.0)
            except Killed:
                break
            after = self._row(claimed.message.delivery_id)
            if before.fence != claimed.fence and after.model_dump() != before.model_dump():
                self.violations.append("6: an old fence changed a row")
            if before.fence != claimed.fence and outcome_of_it is not Outcome.NOT_OURS:
                self.violations.append("6: an old fence was believed")
        self.claim_time = None

    @precondition(lambda self: self.ledger)
    @rule(which=st.integers(0, 50), status=st.sampled_from(STATUSES), times=st.integers(1, 2))
    def report(self, which: int, status: str, times: int) -> None:
        """The provider reports, in any order and twice."""
        texts = [one for one in self.ledger if one.message.channel is Channel.SMS]
        if not texts:
            return
        one = texts[which % len(texts)]
        code = "30003" if status in ("undelivered", "failed") else ""
        for _ in range(times):
            with database.writing(self.engine) as session:
                receive(session, Report(one.message.delivery_id, one.sid, status, code), now=self.now)

    @rule(which=st.integers(0, 20))
    def stop(self, which: int) -> None:
        address = self.numbers[which % len(self.numbers)]
        with database.writing(self.engine) as session:
            route = session.exec(select(Route).where(Route.address == address)).first()
            assert route is not None
            student = session.get_one(Student, route.student_id)
            stop_channel(
                session,
                student=student,
                channel=route.channel,
                source=OptOutSource.PAGE,
                now=self.now,
                owners=(),
                address=address,
            )
        self.stopped.add(address)

    @precondition(lambda self: self.stopped)
    @rule()
    def start_again(self) -> None:
        address = sorted(self.stopped)[0]
        channel = Channel.EMAIL if "@" in address else Channel.SMS
        with database.writing(self.engine) as session:
            session.add(
                OptOut(channel=channel, address=address, stopped=False, source=OptOutSource.TEXT, at=self.now)
            )
        self.stopped.discard(address)

    @precondition(lambda self: self.ledger)
    @rule(which=st.integers(0, 50))
    def answer(self, which: int) -> None:
        """Somebody uses the link of a message."""
        one = self.ledger[which % len(self.ledger)]
        with database.writing(self.engine) as session:
            row = session.get_one(Delivery, one.message.delivery_id)
            link = session.exec(select(Link).where(Link.delivery_id == row.id)).first()
            if link is None or row.invitation_id is None:
                return
            take_answer(
                session,
                invitation_id=row.invitation_id,
                link=link.id,
                survey=load_catalogue().survey("after-mocks"),
                content={"options": [{"kind": "apprenticeship"}]},
                consents={},
                page_number=f"{which:012x}",
                given_by=Audience.STUDENT,
                medium=link.medium,
                now=self.now,
            )
            self.answered.add(row.invitation_id)

    @rule(who=st.integers(0, 20))
    @precondition(lambda self: not self.dead_students)
    def die(self, who: int) -> None:
        student = self.students[who % len(self.students)]
        with database.writing(self.engine) as session:
            mark_deceased(session, session.get_one(Student, student), now=self.now)
        self.dead_students.add(student)

    @rule(channel=st.sampled_from(Channel))
    def switch(self, channel: Channel) -> None:
        with database.writing(self.engine) as session:
            if channel in self.paused:
                resume_sending(session, Scope(None, channel), instance=INSTANCE, by="x", now=self.now)
            else:
                pause_sending(session, Scope(None, channel), by="x", now=self.now)
        self.paused ^= {channel}

    @rule(seconds=st.sampled_from([1, 30, 46, 91, 301, 600, 1900, 3600, 6 * 3600, 86400, 3 * 86400 + 60]))
    def wait(self, seconds: int) -> None:
        self._move(timedelta(seconds=seconds))

    @rule(
        date=st.sampled_from(
            [datetime(2026, 3, 29, 0, 59, tzinfo=UTC), datetime(2026, 10, 25, 0, 59, tzinfo=UTC)]
        )
    )
    def wait_until_the_clocks_change(self, date: datetime) -> None:
        if date > self.now and date - self.now < timedelta(days=120):
            self._move(date - self.now)

    @precondition(lambda self: not self.frozen)
    @rule(hours=st.sampled_from([-1, -26, 1, 24]))
    def clock_jumps(self, hours: int) -> None:
        """Our clock alone; the provider's goes on."""
        self.now += timedelta(hours=hours)

    def _move(self, by: timedelta) -> None:
        self.now += by
        self.true += by

    @rule()
    def restore(self) -> None:
        """A backup is restored elsewhere: the copy says nothing to anybody."""
        for file in self.folder.glob("copy.db*"):
            file.unlink()
        backup = self.folder / "backup"
        backup.unlink(missing_ok=True)
        backups.back_up(self.engine, backup)
        engine = self._open("copy.db")
        backups.restore(engine, backup)
        with database.writing(engine) as session:
            disown(session)
        silent = Provider(self, Channel.SMS, outcomes=["kill-"] * 50)
        senders = Senders(sms=silent, email=silent)
        for days in (0, 1):
            at = self.now + timedelta(days=days)
            tick(engine, senders, self.signer, self.catalogue, self.ours, at, timing=Timing(batch=3))
        engine.dispose()
        if silent.dead:
            self.violations.append("13: a copy spoke")

    # -- invariants ---------------------------------------------------------------------------------------

    @invariant()
    def holds(self) -> None:
        if not hasattr(self, "engine"):
            return
        with database.reading(self.engine) as session:
            rows = {row.id or 0: row for row in session.exec(select(Delivery))}
            owners = {link.id: link.student_id for link in session.exec(select(Link))}
        assert not self.violations, self.violations
        self._at_most_once(rows)
        self._ledger_and_rows_agree(rows)
        self._caps_hold()
        self._finals_stay(rows)
        for row in rows.values():
            assert row.attempt <= 6, row.attempt
            for token in TOKEN.findall(row.body_text):
                assert owners[self.signer.open(token, LinkPurpose.SURVEY)] == row.student_id  # 7

    def _at_most_once(self, rows: dict[int, Delivery]) -> None:
        for number, times in Counter(one.message.delivery_id for one in self.ledger).items():
            row = rows[number]
            flagged = row.was_ambiguous and row.maybe_duplicate and row.channel is Channel.EMAIL
            assert times <= (2 if flagged else 1), f"1: {times} of {row.dedupe_key}"

    def _ledger_and_rows_agree(self, rows: dict[int, Delivery]) -> None:
        texts = defaultdict(set)
        for one in self.ledger:
            assert one.message.delivery_id in rows, "2: a message without a row"
            texts[one.message.delivery_id].add(one.message.text)
        for number, row in rows.items():
            if row.state in SURE:
                assert texts[number], f"2: {row.state} {row.dedupe_key}, and nobody took it"

    def _caps_hold(self) -> None:
        asks = [one for one in self.ledger if one.is_ask]
        days = Counter((one.person, london_date(one.claimed_at)) for one in asks)
        assert max(days.values(), default=0) <= 1, f"4: {days.most_common(1)}"
        schools = Counter(london_date(one.claimed_at) for one in asks)
        assert max(schools.values(), default=0) <= SCHOOL_CAP, f"4: {schools.most_common(1)}"

    def _finals_stay(self, rows: dict[int, Delivery]) -> None:
        for number, row in rows.items():
            before = self.seen.get(number)
            if before in FINAL_STATES and row.state is not before:
                late = (DeliveryState.UNDELIVERED, DeliveryState.DELIVERED)
                assert (before, row.state) == late, f"5: {before} became {row.state}"
            self.seen[number] = row.state

    def teardown(self) -> None:
        """8: with a sound provider and seven days, nothing that is due waits, and no first doubt is left."""
        if not hasattr(self, "engine"):
            return
        try:
            self._seven_days()
            self.holds()
        finally:
            self.engine.dispose()
            shutil.rmtree(self.folder)

    def _seven_days(self) -> None:
        self.frozen.clear()
        self.now = max(self.now, self.true)
        self.texts.outcomes, self.emails.outcomes = [], []
        with database.writing(self.engine) as session:
            resume_sending(session, Scope(), instance=INSTANCE, by="x", now=self.now)
        self.paused.clear()
        end = self.now + timedelta(days=7)
        while self.now < end and self._waiting(end):
            for hours in (0.2, 0.7, 0.7, 6, 16.4):
                self._tick()
                self._move(timedelta(hours=hours))
        self._tick()
        with database.reading(self.engine) as session:
            for row in session.exec(select(Delivery)):
                waits = row.state is DeliveryState.PENDING and row.next_at <= self.now
                in_doubt = row.state is DeliveryState.AMBIGUOUS and not row.maybe_duplicate
                held = row.state in (DeliveryState.HELD, DeliveryState.DISPATCHING)
                assert not (waits or in_doubt or held), f"8: {row.state} {row.reason} {row.dedupe_key}"

    def _waiting(self, end: datetime) -> bool:
        """Whether anything is left to happen before then."""
        with database.reading(self.engine) as session:
            rows = session.exec(select(Delivery)).all()
        return any(
            (row.state is DeliveryState.PENDING and row.next_at < end)
            or (row.state is DeliveryState.AMBIGUOUS and not row.maybe_duplicate)
            or row.state is DeliveryState.DISPATCHING
            for row in rows
        )

    def _row(self, number: int) -> Delivery:
        with database.reading(self.engine) as session:
            return session.get_one(Delivery, number)
