"""Four simulated years of a school: a cast with lives of their own, a clock, and the provider's ledger."""

import heapq
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import event, insert, select
from sqlalchemy.engine import Engine
from sqlmodel import Session, col, func

from surveybot.catalogue import load_catalogue
from surveybot.config import Settings
from surveybot.links import LinkSigner
from surveybot.records import database
from surveybot.records.consents import ConsentEvent
from surveybot.records.deliveries import Delivery
from surveybot.records.installations import take_over
from surveybot.records.invitations import Invitation, LinkMedium, mark_answered
from surveybot.records.opt_outs import OptOut, OptOutSource
from surveybot.records.planned import PlannedCohort, PlannedOccurrence, PlannedReminder
from surveybot.records.roster import Leaving, Route, Student
from surveybot.records.schools import School
from surveybot.rules.channels import Channel, RouteKind, RouteOwner
from surveybot.rules.consent import Actor, Decision, Purpose
from surveybot.rules.dates_in_words import from_wall
from surveybot.rules.delivery_states import DeliveryState
from surveybot.senders.base import Accepted, Found, Message, Renew, Senders, always
from surveybot.steps.mark_student import mark_deceased, mark_left
from surveybot.steps.plan_check_ins import start_cohort
from surveybot.worker import Worker

STRIDE = timedelta(minutes=10)
BEGIN = datetime(2026, 9, 1, tzinfo=UTC)
END = datetime(2030, 10, 31, 23, 50, tzinfo=UTC)
INSTANCE = "the-test-machine"
SCHOOL = 1
TO_COME = ("planned", "skipped")


class Killed(BaseException):
    """The process ended here: nothing catches it, and its transaction is gone."""


@dataclass(frozen=True)
class Sent:
    at: datetime
    message: Message


@dataclass
class Ledger:
    """What the provider took, in order; it says so when asked."""

    clock: Callable[[], datetime]
    sent: list[Sent] = field(default_factory=list)
    threads: int = 1
    lock: Any = field(default_factory=threading.Lock)

    def send(self, message: Message, renew: Renew = always) -> Accepted:
        renew("send")
        with self.lock:
            self.sent.append(Sent(self.clock(), message))
            return Accepted(message.message_id or f"SM{len(self.sent):032x}")

    def taken_for(self, to: str, *, since: datetime) -> list[Found]:
        return [
            found for found in self.taken_between(since, END) if found is not None and self._to[found] == to
        ]

    def taken_between(self, since: datetime, until: datetime) -> list[Found]:
        return [found for found in self._to if since <= found.made_at <= until]

    def look_up(self, provider_id: str) -> Found | None:
        return next((found for found in self._to if found.provider_id == provider_id), None)

    @property
    def _to(self) -> dict[Found, str]:
        texts = [one for one in self.sent if one.message.channel is Channel.SMS]
        return {
            Found(f"SM{number:032x}", "delivered", "", one.message.text, one.at): one.message.to
            for number, one in enumerate(texts, 1)
        }

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class Years:
    """The simulation: events of the world, then a tick of some worker, again and again."""

    engine: Engine
    settings: Settings
    people: int
    workers: int = 1
    seed: int = 4
    kill_weekly: bool = False
    answers_after_hours: tuple[int, ...] = (2, 30, 200)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.now = BEGIN
        self.ledger = Ledger(lambda: self.now)
        self.events: list[tuple[datetime, int, Callable[[Session], None]]] = []
        self.soon: list[datetime] = []
        self.kills = self.deaths = self.ticks = self.numbered = self.counted = 0
        self.kill_after: int | None = None
        self.pool = [self._worker(number) for number in range(self.workers)]
        event.listen(self.engine, "before_cursor_execute", self._maybe_die)

    def _worker(self, number: int) -> Worker:
        return Worker(
            settings=replace(self.settings, instance=INSTANCE),
            engine=self.engine,
            senders=Senders(sms=self.ledger, email=self.ledger),
            signer=LinkSigner(self.settings.keys),
            catalogue=load_catalogue(),
            clock=lambda: self.now,
            name=f"worker-{number}",
        )

    def run(self, until: datetime = END, *, skipping: bool = True) -> None:
        """Tick on a grid of ten minutes; `skipping` leaves out those in which nothing can happen."""
        while self.now <= until:
            self._live()
            self._tick()
            step = self.now + STRIDE
            self.now = max(step, _on_grid(self._next())) if skipping else step

    def at(self, when: datetime, deed: Callable[[Session], None]) -> None:
        self.numbered += 1
        heapq.heappush(self.events, (when, self.numbered, deed))

    def _live(self) -> None:
        """What the world does until now, each thing in a transaction of its own."""
        while self.events and self.events[0][0] <= self.now:
            _, _, deed = heapq.heappop(self.events)
            with database.writing(self.engine) as session:
                deed(session)
            heapq.heappush(self.soon, self.now + timedelta(hours=1))

    def _tick(self) -> None:
        self.ticks += 1
        known = len(self.ledger.sent)
        week = (self.now - BEGIN).days // 7
        if self.kill_weekly and week >= self.kills:
            self.counted, self.kill_after = 0, self.dice.randrange(1, 60)
        worker = self.dice.choice(self.pool)
        try:
            worker.tick_once()
        except Killed:
            self.kills, self.deaths = week + 1, self.deaths + 1
            for number in range(1, 13):
                heapq.heappush(self.soon, self.now + number * STRIDE)
        self.kill_after = None
        self._react(self.ledger.sent[known:])

    def _maybe_die(self, *_: Any) -> None:
        if self.kill_after is not None:
            self.counted += 1
            if self.counted >= self.kill_after:
                self.kill_after = None
                raise Killed

    def _react(self, sent: list[Sent]) -> None:
        """Some answer, at one of a few moments; an email has a text behind it after three days."""
        for one in sent:
            if one.message.channel is Channel.EMAIL:
                heapq.heappush(self.soon, one.at + timedelta(hours=72, minutes=1))
            dice = random.Random(f"{self.seed}:{one.message.to}:{one.at}")  # whatever the order on the wire
            if dice.random() < 0.55:
                after = timedelta(hours=dice.choice(self.answers_after_hours))
                delivery_id = one.message.delivery_id
                self.at(_on_grid(one.at + after), lambda s, number=delivery_id: _answer(s, number, self.now))

    def _next(self) -> datetime:
        """The next moment at which anything can be due."""
        while self.soon and self.soon[0] <= self.now:
            heapq.heappop(self.soon)
        moments = [self.soon[0]] if self.soon else []
        moments += [self.events[0][0]] if self.events else []
        with database.reading(self.engine) as session:
            moments += [one for one in _due_moments(session) if one is not None]
        return min(moments, default=END + STRIDE)


def _due_moments(session: Session) -> Iterator[datetime | None]:
    """When the next row, reminder, letter or message is due."""
    rows, letters = col(PlannedOccurrence.due_at), col(PlannedReminder.due_at)
    to_come = (col(PlannedOccurrence.settled_at).is_(None), col(PlannedOccurrence.state).in_(TO_COME))
    yield session.execute(select(func.min(rows)).where(*to_come)).scalar()
    planned = col(PlannedReminder.state) == "planned"
    yield session.execute(select(func.min(letters)).where(planned)).scalar()
    untold = (planned, col(PlannedReminder.is_last), col(PlannedReminder.told_tutors_at).is_(None))
    letter = session.execute(select(func.min(letters)).where(*untold)).scalar()
    yield letter - timedelta(days=1) if letter else None
    pending = col(Delivery.state) == DeliveryState.PENDING
    yield session.execute(select(func.min(Delivery.next_at)).where(pending)).scalar()
    new = session.execute(
        select(func.min(PlannedCohort.next_look_at)).where(col(PlannedCohort.fingerprint) == "")
    ).scalar()
    yield new


def _on_grid(at: datetime) -> datetime:
    strides = -(-(at - BEGIN) // STRIDE)
    return BEGIN + strides * STRIDE


def _answer(session: Session, delivery_id: int, now: datetime) -> None:
    delivery = session.get(Delivery, delivery_id)
    if delivery is None or delivery.invitation_id is None:
        return
    invitation = session.get_one(Invitation, delivery.invitation_id)
    if invitation.answered_at is None:
        mark_answered(session, delivery.invitation_id, declined=False, wants_help=False, now=now)


# The cast ------------------------------------------------------------------------------------------------


def settle_in(years: Years) -> None:
    """A school with two cohorts of Year 11 and one of Year 13, and what befalls everybody."""
    with database.writing(years.engine) as session:
        take_over(session, INSTANCE, by="test", now=BEGIN)
        settings = {"school_cap_per_day": "100000"}
        session.add(
            School(id=SCHOOL, urn="123456", name="Hillview School", settings=settings, created_at=BEGIN)
        )
        session.flush()
        ids = range(1, years.people + 1)
        session.execute(insert(Student), [_student(n) for n in ids])
        session.execute(insert(Leaving), [_leaving(n) for n in ids])
        routes = [row for n in ids for row in _routes(n)]
        session.execute(insert(Route), routes)
        session.flush()
        school = session.get_one(School, SCHOOL)
        for leaving, year_group in ((2027, 11), (2027, 13), (2028, 11), (2029, 13)):
            start_cohort(
                session, school, leaving=leaving, year_group=year_group, started_by="test", now=BEGIN
            )
    for number in ids:
        for when, deed in _fate(number):
            years.at(when, deed)


def cohort_of(number: int) -> tuple[int, int]:
    """(summer, year group) at the start."""
    return {0: (2027, 13), 1: (2028, 11), 2: (2028, 11)}.get(number % 10, (2027, 11))


def _student(number: int) -> dict[str, Any]:
    summer, year_group = cohort_of(number)
    born = date(summer - year_group - 5, 9, 1) + timedelta(days=(number * 7) % 365)
    if summer == 2028 and number % 20 == 1:
        born = date(2012, 2, 29)
    return {
        "id": number,
        "code": f"S-{number:06d}",
        "school_id": SCHOOL,
        "surname": f"Made-up{number}",
        "forename": "Sam",
        "date_of_birth": born,
        "year_group": year_group - (summer - 2027),
        "tutor_group": f"11{'ABC'[number % 3]}",
        "ehcp": number % 50 == 7,
        "created_at": BEGIN,
        "changed_at": BEGIN,
    }


def _leaving(number: int) -> dict[str, Any]:
    summer, year_group = cohort_of(number)
    return {"school_id": SCHOOL, "student_id": number, "year_group": year_group, "summer": summer}


def _routes(number: int) -> Iterator[dict[str, Any]]:
    base = {
        "school_id": SCHOOL,
        "student_id": number,
        "owner": RouteOwner.STUDENT,
        "changed_at": BEGIN,
        "proven_at": None,
    }
    if number % 25 != 3:
        kind, address = RouteKind.SCHOOL_EMAIL, f"s{number}@pupils.example.org"
        yield {**base, "kind": kind, "channel": Channel.EMAIL, "address": address}
    if number % 8 != 5:
        shared = number - 1 if number % 40 == 0 else number  # some share a phone
        address = f"+4477009{shared:05d}"
        yield {**base, "kind": RouteKind.MOBILE, "channel": Channel.SMS, "address": address}
    if number % 5 == 0:
        kind, address = RouteKind.PERSONAL_EMAIL, f"s{number}@home.example.org"
        proven = {"channel": Channel.EMAIL, "address": address, "proven_at": BEGIN}
        yield {**base, "kind": kind, **proven}


def _fate(number: int) -> Iterator[tuple[datetime, Callable[[Session], None]]]:
    """What befalls a person, by their number."""
    summer, _ = cohort_of(number)
    decided = from_wall(date(summer, 2, 2), 12)
    if number % 3:
        yield decided, lambda s: _consent(s, number, Decision.GRANTED, decided)
    elif number % 6 == 0:
        yield decided, lambda s: _consent(s, number, Decision.REFUSED, decided)
    if number % 17 == 4:
        at = from_wall(date(summer + 1, 11, 20), 15)
        yield at, lambda s: _consent(s, number, Decision.WITHDRAWN, at)
    if number % 97 == 11:
        dies = from_wall(date(summer + 1, 2, 14), 9)
        yield dies, lambda s: _die(s, number, dies)
    if number % 31 == 8:
        stops = from_wall(date(summer, 9, 20), 17)
        yield stops, lambda s: _stop(s, number, stops)
    if number % 37 == 9:
        leaves = from_wall(date(summer, 3, 3), 12)
        yield leaves, lambda s: _leave(s, number, leaves)
    if number % 7 == 6 and cohort_of(number) == (2027, 11):
        stays = from_wall(date(2027, 9, 6), 9)
        yield stays, lambda s: _stay(s, number, stays)
    if number % 43 == 12 and cohort_of(number) == (2027, 11):
        repeats = from_wall(date(2027, 9, 6), 10)
        yield repeats, lambda s: _repeat(s, number, repeats)


def _consent(session: Session, number: int, decision: Decision, at: datetime) -> None:
    session.add(
        ConsentEvent(
            school_id=SCHOOL,
            student_id=number,
            purpose=Purpose.CONTACT_AFTER_LEAVING,
            decision=decision,
            actor=Actor.SELF,
            age_on_day=16,
            wording="test",
            wording_sha256="0" * 64,
            channel=LinkMedium.PAPER,
            at=at,
        )
    )


def _die(session: Session, number: int, at: datetime) -> None:
    mark_deceased(session, session.get_one(Student, number), now=at)


def _stop(session: Session, number: int, at: datetime) -> None:
    address = f"+4477009{number:05d}"
    session.add(OptOut(channel=Channel.SMS, address=address, source=OptOutSource.TEXT, at=at))


def _leave(session: Session, number: int, at: datetime) -> None:
    mark_left(session, session.get_one(Student, number), on=at.date(), now=at)


def _stay(session: Session, number: int, at: datetime) -> None:
    student = session.get_one(Student, number)
    student.year_group, student.changed_at = 12, at
    session.add(student)
    session.add(Leaving(school_id=SCHOOL, student_id=number, year_group=13, summer=2029))


def _repeat(session: Session, number: int, at: datetime) -> None:
    row = session.execute(select(Leaving).where(col(Leaving.student_id) == number)).scalars().first()
    assert row is not None
    row.summer = 2028
    session.add(row)
    student = session.get_one(Student, number)
    student.changed_at = at
    session.add(student)
