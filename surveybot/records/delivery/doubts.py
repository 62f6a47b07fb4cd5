"""Messages whose fate is not known: when to look at each next, and what became of it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Update, and_, literal_column, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlmodel import Session, col

from surveybot.records.answer.answers import Answer
from surveybot.records.delivery.deliveries import Delivery, stands_at
from surveybot.records.roster.students import Student
from surveybot.records.round.invitations import Link
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import DeliveryState

_STATE = col(Delivery.state)
_AMBIGUOUS = stands_at(DeliveryState.AMBIGUOUS)
TAKEN = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.UNDELIVERED)
TEXTED = and_(stands_at(DeliveryState.ACCEPTED), col(Delivery.channel) == literal_column("'sms'"))


def plan_looks(session: Session, channel: Channel, *, wait: timedelta, now: datetime) -> int:
    """Give every doubt that has none yet a time to look at it: not before the message has settled."""
    unplanned = (
        select(col(Delivery.id))
        .where(_AMBIGUOUS, col(Delivery.channel) == channel, col(Delivery.ask_at).is_(None))
        .with_for_update(skip_locked=True)  # a row that another worker is writing waits for the next tick
    )
    fresh = update(Delivery).where(col(Delivery.id).in_(unplanned))
    return _changed(session, fresh.values(ask_at=now + wait))


def believe_used_links(session: Session, *, since: datetime, now: datetime) -> int:
    """Whoever used a link got its message: accepted and ambiguous ones become delivered."""
    used = (
        select(col(Link.delivery_id))
        .join(Answer, col(Answer.link_id) == col(Link.id))
        .where(col(Answer.answered_at) >= since, col(Link.delivery_id).is_not(None))
    )
    arrived = update(Delivery).where(
        col(Delivery.id).in_(used), _STATE.in_([DeliveryState.ACCEPTED, DeliveryState.AMBIGUOUS])
    )
    return _changed(session, arrived.values(state=DeliveryState.DELIVERED, ended_at=now, lease_until=None))


def put_emails_back_once(session: Session, *, now: datetime) -> int:
    """An email nobody has heard of since goes once more, under the same Message-ID and Date."""
    due = update(Delivery).where(
        _AMBIGUOUS,
        col(Delivery.channel) == Channel.EMAIL,
        col(Delivery.ask_at) <= now,
        col(Delivery.maybe_duplicate).is_(False),
    )
    values = {"state": DeliveryState.PENDING, "next_at": now, "ask_at": None, "maybe_duplicate": True}
    return _changed(session, due.values(**values))


def take_texts_to_ask_about(
    session: Session, *, limit: int, again_after: timedelta, now: datetime
) -> Sequence[Delivery]:
    """Doubtful texts that are due to be asked about; another worker sees them only after a while."""
    due = (
        select(col(Delivery.id))
        .where(_AMBIGUOUS, col(Delivery.channel) == Channel.SMS, col(Delivery.ask_at) <= now)
        .order_by(col(Delivery.ask_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    taken = (
        update(Delivery)
        .where(col(Delivery.id).in_(select(due.c.id)), _AMBIGUOUS)
        .values(ask_at=now + again_after)
        .returning(Delivery)
        .execution_options(synchronize_session=False)
    )
    return session.execute(taken).scalars().all()


def left_in_doubt(
    session: Session, school_id: int, *, composed_before: datetime, limit: int
) -> list[tuple[Delivery, Student | None]]:
    """A school's messages of which nobody can say what became of them, with their students; oldest first."""
    rows = session.execute(
        select(Delivery, Student)
        .outerjoin(Student, col(Student.id) == col(Delivery.student_id))
        .where(_AMBIGUOUS, col(Delivery.school_id) == school_id, col(Delivery.composed_at) <= composed_before)
        .order_by(col(Delivery.id))
        .limit(limit)
    )
    return [(delivery, student) for delivery, student in rows]


def silent_texts(session: Session, *, accepted_before: datetime, limit: int) -> Sequence[Delivery]:
    """Texts that a provider took long ago and never reported on, oldest first."""
    rows = (
        select(Delivery)
        .where(
            TEXTED,
            col(Delivery.accepted_at) < accepted_before,
        )
        .order_by(col(Delivery.accepted_at))
        .limit(limit)
    )
    return session.execute(rows).scalars().all()


def texts_known_as(session: Session, provider_ids: Sequence[str]) -> dict[str, int]:
    """The delivery behind each of a provider's own ids, where there is one."""
    rows = session.execute(
        select(col(Delivery.provider_id), col(Delivery.id)).where(
            col(Delivery.provider_id).in_(provider_ids), col(Delivery.channel) == Channel.SMS
        )
    )
    return {str(provider_id): delivery for provider_id, delivery in rows}


def texts_that_say(session: Session, texts: Sequence[str]) -> dict[tuple[str, str], list[tuple[int, bool]]]:
    """By number and words: each delivery of the outbox that says them, and whether it has a provider's id.

    Oldest first. What the bot said in answer to a text went another way: taken, and without an id.
    """
    has_id = col(Delivery.provider_id).is_not(None)
    rows = session.execute(
        select(col(Delivery.to_address), col(Delivery.body_text), col(Delivery.id), has_id)
        .where(
            col(Delivery.body_text).in_(texts),
            col(Delivery.channel) == Channel.SMS,
            or_(has_id, _STATE.not_in(TAKEN)),
        )
        .order_by(col(Delivery.id))
    )
    saying: dict[tuple[str, str], list[tuple[int, bool]]] = defaultdict(list)
    for number, words, delivery, known in rows:
        saying[number, words].append((delivery, known))
    return saying


def locked_twins(session: Session, row: Delivery) -> Sequence[Delivery]:
    """A text, and those of the same words to the same number whose fate is open too, until the commit."""
    rows = (
        select(Delivery)
        .where(
            or_(_AMBIGUOUS, stands_at(DeliveryState.DISPATCHING)),
            col(Delivery.to_address) == row.to_address,
            col(Delivery.body_text) == row.body_text,
        )
        .order_by(col(Delivery.id))  # in one order for all, so that two workers never wait for each other
        .with_for_update()
    )
    return session.execute(rows).scalars().all()


def texts_taken_between(session: Session, since: datetime, until: datetime) -> list[tuple[int, str]]:
    """Texts that their provider took then, each with its provider's id; newest first.

    What the bot said in an answer is not among them once it has ended: it never was in the outbox.
    """
    rows = (
        select(col(Delivery.id), col(Delivery.provider_id))
        .where(
            col(Delivery.channel) == Channel.SMS,
            col(Delivery.accepted_at) >= since,
            col(Delivery.accepted_at) < until,
            col(Delivery.provider_id).is_not(None),
            _STATE.in_(TAKEN),
            or_(col(Delivery.fence) > 0, stands_at(DeliveryState.ACCEPTED)),
        )
        .order_by(col(Delivery.accepted_at).desc())
    )
    return [(delivery, provider_id) for delivery, provider_id in session.execute(rows)]


def schools_of(session: Session, deliveries: Collection[int]) -> dict[int, int | None]:
    query = select(col(Delivery.id), col(Delivery.school_id)).where(col(Delivery.id).in_(deliveries))
    return {delivery: school for delivery, school in session.execute(query)}  # noqa: C416 (rows, not pairs)


def _changed(session: Session, statement: Update) -> int:
    result = session.execute(statement.execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)
    return result.rowcount
