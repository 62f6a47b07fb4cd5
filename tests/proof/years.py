"""Four simulated years of a school: lives of their own, a clock, workers, and the provider's ledger."""

import heapq
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlmodel import Session, col, func

from surveybot.catalogue import load_catalogue
from surveybot.config import Settings
from surveybot.links import LinkSigner
from surveybot.records import database
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.plan.planned import PlannedCohort, PlannedOccurrence, PlannedReminder
from surveybot.records.round.invitations import Invitation, mark_answered
from surveybot.records.round.tutor_rounds import PlannedTutorRound
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.senders.base import Senders
from surveybot.steps.sending.receive import Report, receive
from surveybot.worker import Worker
from tests.proof.cast import BEGIN, INSTANCE, Deed, settle_in
from tests.proof.hands import Hand, in_a_hurry
from tests.proof.years_ledger import Ledger, Sent

STRIDE = timedelta(minutes=10)
END = datetime(2030, 10, 31, 23, 50, tzinfo=UTC)
TO_COME = ("planned", "skipped")
SUNDAY = 6
SILENT = 10
"""Of one text in so many nothing is ever reported."""


@dataclass
class Years:
    """The simulation: events of the world, then a tick, again and again.

    One worker ticks in this process; two are processes of their own, which tick at once. `kill_weekly`: one
    of them, drawn by lot, is killed in the middle of a tick in each simulated week.
    `looks_into_stretches`: one tick more, drawn by lot, in each stretch that is left out.
    """

    engine: Engine
    settings: Settings
    people: int
    folder: Path
    workers: int = 1
    seed: int = 4
    kill_weekly: bool = False
    answers_after_hours: tuple[int, ...] = (2, 30, 200)
    looks_into_stretches: bool = False
    now: datetime = BEGIN
    sent: list[Sent] = field(default_factory=list)
    kills: int = 0
    deaths: int = 0
    ticks: int = 0
    looks: int = 0

    def __post_init__(self) -> None:
        in_a_hurry(self.engine)
        self.dice = random.Random(self.seed)
        self.events: list[tuple[datetime, int, Deed]] = []
        self.soon: list[datetime] = []
        self.numbered = 0
        for when, deed in settle_in(self.engine, self.people):
            self.at(when, deed)
        self.ledger = Ledger(lambda: self.now, sent=self.sent)
        self.worker = self._worker("0", self.ledger, self.engine)
        names = [str(number) for number in range(self.workers)] if self.workers > 1 else []
        self.hands = [Hand(name, self.folder, self._employ) for name in names]

    def _employ(self, name: str, ledger: Ledger) -> Worker:
        """A worker with connections of its own."""
        engine = database.make_engine(self.settings.database_url)
        in_a_hurry(engine)
        return self._worker(name, ledger, engine)

    def _worker(self, name: str, ledger: Ledger, engine: Engine) -> Worker:
        return Worker(
            settings=replace(self.settings, instance=INSTANCE),
            engine=engine,
            senders=Senders(sms=ledger, email=ledger),
            signer=LinkSigner(self.settings.keys),
            catalogue=load_catalogue(),
            clock=lambda: self.now,
            name=f"worker-{name}",
        )

    def run(self, until: datetime = END, *, skipping: bool = True) -> None:
        """Tick on a grid of ten minutes; `skipping` leaves out those in which nothing can happen."""
        while self.now <= until:
            self._live()
            self._tick()
            step = self.now + STRIDE
            upto = max(step, _on_grid(self._next())) if skipping else step
            if self.looks_into_stretches and upto > step:
                self._look_into(step, upto)
            self.now = upto

    def _look_into(self, first: datetime, upto: datetime) -> None:
        """Tick once, at any moment of a stretch that is left out: nothing must come of it."""
        self.now = first + STRIDE * self.dice.randrange((upto - first) // STRIDE)
        known = len(self.sent)
        found = self.worker.tick_once()
        self.looks += 1
        assert len(self.sent) == known, self.sent[known:]
        assert (found.sent, found.failed, found.planned) == (0, 0, 0), (self.now, found)

    def end(self) -> None:
        for hand in self.hands:
            hand.send_home()

    def at(self, when: datetime, deed: Deed) -> None:
        self.numbered += 1
        heapq.heappush(self.events, (when, self.numbered, deed))

    def _live(self) -> None:
        """What the world does until now, in one transaction."""
        if not self.events or self.events[0][0] > self.now:
            return
        with database.writing(self.engine) as session:
            while self.events and self.events[0][0] <= self.now:
                _, _, deed = heapq.heappop(self.events)
                deed(session)
        self._look_in(timedelta(hours=1))

    def _look_in(self, wait: timedelta) -> None:
        heapq.heappush(self.soon, self.now + wait)

    def _tick(self) -> None:
        self.ticks += 1
        if not self.hands:
            known = len(self.sent)
            self.worker.tick_once()
            self._react(self.sent[known:], reported=True)
            return
        week = (self.now - BEGIN).days // 7
        doomed = self.dice.choice(self.hands) if self.kill_weekly and week >= self.kills else None
        for hand in self.hands:
            hand.order(self.now, self.sent, self._last_hour() if hand is doomed else None)
        for hand, (sent, died) in [(hand, hand.outcome()) for hand in self.hands]:
            self.ledger.note(sent)
            self._react(sent, reported=not died)
            if died:
                assert hand is doomed
                self.kills, self.deaths = week + 1, self.deaths + 1
                for number in range(1, 13):
                    self._look_in(number * STRIDE)

    def _last_hour(self) -> int:
        """So many statements and messages are left: more than an idle tick takes, until the week runs out."""
        return self.dice.randrange(1, 25) if self.now.weekday() == SUNDAY else self.dice.randrange(30, 400)

    def _react(self, sent: Sequence[Sent], *, reported: bool) -> None:
        """The provider reports on most texts, some people answer, and a text follows an email."""
        for one in sent:
            message = one.message
            is_text = message.channel is Channel.SMS
            if is_text and reported and message.delivery_id % SILENT:
                self.at(one.at, partial(self._report, one))
            if not is_text or not reported or not message.delivery_id % SILENT:
                self._look_in(timedelta(hours=72, minutes=1))
            dice = random.Random(f"{self.seed}:{message.to}:{one.at}")  # whatever the order on the wire
            if dice.random() < 0.55:
                after = timedelta(hours=dice.choice(self.answers_after_hours))
                self.at(_on_grid(one.at + after), partial(self._answer, message.delivery_id))

    def _report(self, one: Sent, session: Session) -> None:
        receive(session, Report(one.message.delivery_id, one.provider_id, "delivered"), now=self.now)

    def _answer(self, delivery_id: int, session: Session) -> None:
        delivery = session.get(Delivery, delivery_id)
        if delivery is None or delivery.invitation_id is None:
            return
        number, now = delivery.invitation_id, self.now
        if session.get_one(Invitation, number).answered_at is None:
            mark_answered(session, number, declined=False, wants_help=False, half=False, now=now)

    def _next(self) -> datetime:
        """The next moment at which anything can be due."""
        while self.soon and self.soon[0] <= self.now:
            heapq.heappop(self.soon)
        moments = [self.soon[0]] if self.soon else []
        moments += [self.events[0][0]] if self.events else []
        moments += [self._sunday()] if self.kill_weekly else []
        with database.reading(self.engine) as session:
            moments += [one for one in _due_moments(session) if one is not None]
        return min(moments, default=END + STRIDE)

    def _sunday(self) -> datetime:
        """When somebody has to die who did not in the week."""
        week = BEGIN + timedelta(weeks=self.kills)
        return week + timedelta(days=(SUNDAY - week.weekday()) % 7)


def _due_moments(session: Session) -> Iterator[datetime | None]:
    """When the next row, reminder, letter, round of tutors or message is due."""

    def first(moment: object, *conditions: object) -> datetime | None:
        found: datetime | None = session.execute(select(func.min(moment)).where(*conditions)).scalar()  # type: ignore[arg-type]
        return found

    row, letter = PlannedOccurrence, PlannedReminder
    yield first(row.due_at, col(row.settled_at).is_(None), col(row.state).in_(TO_COME))
    planned = col(letter.state) == "planned"
    yield first(letter.due_at, planned)
    last = first(letter.due_at, planned, col(letter.is_last), col(letter.told_tutors_at).is_(None))
    yield last - timedelta(days=1) if last else None
    yield first(PlannedTutorRound.due_at, col(PlannedTutorRound.settled_at).is_(None))
    yield first(Delivery.next_at, col(Delivery.state) == DeliveryState.PENDING)
    yield first(PlannedCohort.next_look_at, col(PlannedCohort.fingerprint) == "")


def _on_grid(at: datetime) -> datetime:
    strides = -(-(at - BEGIN) // STRIDE)
    return BEGIN + strides * STRIDE
