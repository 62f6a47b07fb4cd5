"""Claim a batch of due messages: one transaction, committed before anything touches the wire.

In it every message is looked at again, counted, and written; what may not go leaves with a reason.
"""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.engine import Engine
from sqlmodel import Session

from surveybot.catalogue import Catalogue
from surveybot.config import Settings
from surveybot.links import LinkSigner
from surveybot.messages import MissingValue
from surveybot.records import database
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.delivery.going_out import keep_what_goes_out
from surveybot.records.delivery.last_look import Grounds, grounds_of_claimed
from surveybot.records.delivery.outbox import (
    PersonKey,
    claim_due,
    count_asks,
    count_school_asks,
    uncount_asks,
    uncount_school_ask,
)
from surveybot.rules.calendar.dates_in_words import from_wall, london_date
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.contact_hours import next_allowed
from surveybot.rules.delivery.delivery_states import DeliveryState, MessageClass
from surveybot.rules.delivery.may_ask import Skip
from surveybot.rules.school_settings import SchoolSettings
from surveybot.senders.base import Message
from surveybot.steps.sending.decide import Doorkeeper, Go, Hold, Later, Never, consequences
from surveybot.steps.sending.gather import Batch, gather, link_ids, numbers_shared, window_of
from surveybot.steps.sending.timing import Timing
from surveybot.steps.sending.write import Writer

log = logging.getLogger("surveybot.sending")
URGENT_FIRST = (MessageClass.STAFF, MessageClass.REPLY, MessageClass.ASK)
CAP_DAYS = 30
Going = tuple[Delivery, Go]


@dataclass(frozen=True, slots=True)
class Counted:
    """An ask that was counted; it is taken back where the message certainly did not go."""

    school_id: int
    person: PersonKey
    on: date


def uncount(session: Session, counted: Counted | None) -> None:
    """Give its place under the caps back, the person's and the school's: it certainly did not go."""
    if counted is not None:
        uncount_asks(session, [counted.person], on=counted.on)
        uncount_school_ask(session, counted.school_id, on=counted.on)


@dataclass(frozen=True, slots=True)
class Claimed:
    """One message that is ours to hand over until half its lease has passed.

    It goes as long as it still rests on the same `grounds`, and until `holds_until`; see look_again.
    """

    message: Message
    fence: int
    attempt: int
    counted: Counted | None
    grounds: Grounds
    holds_until: datetime | None


@dataclass(frozen=True, slots=True)
class Claim:
    """What one claim brought: messages for the wire, and how many ended or were put off."""

    messages: tuple[Claimed, ...]
    taken: int
    suppressed: int = 0
    expired: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Claimer:
    """Claims for one worker."""

    engine: Engine
    signer: LinkSigner
    catalogue: Catalogue
    settings: Settings
    timing: Timing
    worker: str
    staff_since: datetime | None = None  # nothing but messages to staff that were made since then

    def claim(self, channel: Channel, *, now: datetime, most: int | None = None) -> Claim:
        """Take what is most urgent first: staff, then replies, then asks; a batch, or `most` of them."""
        most = self.timing.batch if most is None else most
        if most < 1:
            return Claim((), 0)
        with database.writing(self.engine) as session:
            rows = self._take(session, channel, most, now)
            if not rows:
                return Claim((), 0)
            grounds = grounds_of_claimed(session, [row.id for row in rows if row.id is not None])
            batch = gather(session, rows, on=london_date(now))
            going = self._sort_out(session, rows, batch, now)
            messages = self._compose(session, going, batch, grounds, now)
            ended = Counter(row.state for row in rows)
        return Claim(
            tuple(messages),
            len(rows),
            suppressed=ended[DeliveryState.SUPPRESSED],
            expired=ended[DeliveryState.EXPIRED],
            failed=ended[DeliveryState.FAILED_PERMANENT],
        )

    def _take(self, session: Session, channel: Channel, most: int, now: datetime) -> list[Delivery]:
        rows: list[Delivery] = []
        for message_class in URGENT_FIRST if self.staff_since is None else (MessageClass.STAFF,):
            rows += claim_due(
                session,
                channel=channel,
                message_class=message_class,
                limit=most - len(rows),
                worker=self.worker,
                lease_until=now + self.timing.lease(channel),
                now=now,
                made_since=self.staff_since,
            )
        return rows

    def _sort_out(
        self, session: Session, rows: Sequence[Delivery], batch: Batch, now: datetime
    ) -> list[Going]:
        """Those that may go, and whereto; the others are moved on."""
        keeper = Doorkeeper.of(session, batch, self.catalogue, self.settings, now=now)
        going: list[Going] = []
        for row in rows:
            verdict = keeper.decide(row)
            if isinstance(verdict, Go):
                going.append((row, verdict))
            else:
                _move_on(row, verdict, now)
        return self._under_caps(session, going, batch, now)

    def _under_caps(self, session: Session, going: list[Going], batch: Batch, now: datetime) -> list[Going]:
        """Asks are counted per person and day, per person and 30 days, and per school and day."""
        asks = {row.id: row for row, _ in going if row.message_class is MessageClass.ASK}
        granted = _count(session, list(asks.values()), batch, on=london_date(now))
        for row in asks.values():
            if row.id not in granted:
                _move_on(row, Later(_tomorrow(batch, row, now), Skip.CAP), now)
        return [(row, go) for row, go in going if row.id not in asks or row.id in granted]

    def _compose(
        self,
        session: Session,
        going: list[Going],
        batch: Batch,
        grounds: Mapping[int, Grounds],
        now: datetime,
    ) -> list[Claimed]:
        links = link_ids(session, [row for row, _ in going], batch, now=now)
        shared = numbers_shared(session, [go.address for row, go in going if row.channel is Channel.SMS])
        writer = Writer(self.signer, self.catalogue, self.settings, batch, now)
        made, kept = [], []
        for row, go in going:
            shares, number = go.address in shared, row.id or 0
            counted = _counted(row, now)
            try:
                written = writer.write(row, go.address, links.get(number), shares=shares)
            except (KeyError, MissingValue) as error:
                log.error("delivery %s cannot be written: %r", row.id, error)
                _move_on(row, Never(DeliveryState.FAILED_PERMANENT, "cannot be written"), now)
                uncount(session, counted)
                continue
            made.append(Claimed(written.message, row.fence, row.attempt, counted, grounds[number], go.until))
            kept.append({**written.kept, "row": row.id})
        keep_what_goes_out(session, kept)
        return made


def _move_on(row: Delivery, verdict: Later | Hold | Never, now: datetime) -> None:
    """Let a claimed message go again: nothing of it was on the wire, and the try does not count."""
    row.lease_until, row.attempt = None, row.attempt - 1
    for name, value in consequences(verdict, now).items():
        setattr(row, name, value)


def _count(session: Session, asks: Sequence[Delivery], batch: Batch, *, on: date) -> set[int | None]:
    """The ids of those asks for which there is room; one per person in a batch, results before all else.

    A person, not a number: two who share a phone are two people, and each has a place.
    """
    by_person: dict[PersonKey, Delivery] = {}
    for row in sorted(asks, key=lambda row: -batch.extra_asks(row, on=on)):
        by_person.setdefault((row.student_id or 0, row.owner), row)
    settings = {row.school_id or 0: batch.settings.get(row.school_id or 0, SchoolSettings()) for row in asks}
    under = count_asks(
        session,
        {key: row.school_id or 0 for key, row in by_person.items()},
        {key: (one.cap_per_day, one.cap_per_30_days) for key, one in settings.items()},
        extra={key: batch.extra_asks(row, on=on) for key, row in by_person.items()},
        on=on,
        since=on - timedelta(days=CAP_DAYS - 1),
    )
    granted: set[int | None] = set()
    for school_id, school in settings.items():  # as many as there are schools in the batch
        theirs = [key for key in by_person if key in under and by_person[key].school_id == school_id]
        if theirs:
            room = count_school_asks(session, school_id, len(theirs), cap=school.school_cap_per_day, on=on)
            granted |= {by_person[key].id for key in theirs[:room]}
            uncount_asks(session, theirs[room:], on=on)
    return granted


def _counted(row: Delivery, now: datetime) -> Counted | None:
    if row.message_class is not MessageClass.ASK or row.school_id is None or row.student_id is None:
        return None
    return Counted(row.school_id, (row.student_id, row.owner), london_date(now))


def _tomorrow(batch: Batch, row: Delivery, now: datetime) -> datetime:
    settings = batch.settings.get(row.school_id or 0, SchoolSettings())
    morning = from_wall(london_date(now) + timedelta(days=1), 4)
    return next_allowed(morning, nation=settings.nation, window=window_of(settings))
