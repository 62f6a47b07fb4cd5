"""What the calendar says of rounds that were opened: the messages themselves, not what was planned."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlmodel import Session, col, func, select

from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.plan.planned import PlannedReminder
from surveybot.records.round.invitations import Invitation
from surveybot.records.round.rounds import Round
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import DeliveryState, MessageClass

SEEN_BEFORE = (MessageClass.ASK, MessageClass.STAFF)
NOT_SENT = (
    DeliveryState.SUPPRESSED,
    DeliveryState.EXPIRED,
    DeliveryState.CANCELLED,
    DeliveryState.FAILED_PERMANENT,
)


class MessageGroup(NamedTuple):
    """The messages of one step of a round that went the same way, or did not go for the same reason."""

    round_id: int
    step: str
    channel: Channel
    message_class: MessageClass
    state: DeliveryState
    reason: str
    hold_reason: str
    people: int
    segments: int
    first_at: datetime
    last_at: datetime


class NotSent(NamedTuple):
    round_id: int
    step: str
    channel: Channel
    reason: str
    student_id: int


class Standing(NamedTuple):
    """Whether somebody in a round has finished, and when."""

    round_id: int
    student_id: int
    channel: Channel | None
    audience: str
    answered_at: datetime | None
    declined_at: datetime | None

    @property
    def finished_at(self) -> datetime | None:
        return self.answered_at or self.declined_at


def rounds_of_cohort(session: Session, school_id: int, *, leaving: int, year_group: int) -> list[Round]:
    """Every round of a summer's leavers, by the plan and by hand, oldest first."""
    query = select(Round).where(
        Round.school_id == school_id, Round.leaving == leaving, Round.year_group == year_group
    )
    return list(session.exec(query.order_by(col(Round.opens_at), col(Round.id))))


def messages_of_rounds(
    session: Session, round_ids: Collection[int], *, student_id: int | None = None
) -> list[MessageGroup]:
    """One query, however many messages; of one student where that is asked for."""
    at = func.coalesce(Delivery.accepted_at, Delivery.ended_at, Delivery.next_at)
    kinds = tuple(
        getattr(Delivery, name)
        for name in ("round_id", "step", "channel", "message_class", "state", "reason", "hold_reason")
    )
    query: Any = (
        select(*kinds, func.count(), func.sum(Delivery.segments), func.min(at), func.max(at))  # type: ignore[call-overload]
        .where(*_of(round_ids, student_id))
        .group_by(*kinds)
    )
    return [MessageGroup(*row) for row in session.exec(query)]


def not_sent(session: Session, round_ids: Collection[int], *, student_id: int | None = None) -> list[NotSent]:
    """Whom a message did not go to, and why."""
    query: Any = select(  # type: ignore[call-overload]
        Delivery.round_id, Delivery.step, Delivery.channel, Delivery.reason, Delivery.student_id
    ).where(
        *_of(round_ids, student_id),
        col(Delivery.state).in_(NOT_SENT),
        col(Delivery.student_id).is_not(None),
    )
    return [NotSent(*row) for row in session.exec(query)]


def had_reminders(
    session: Session, round_ids: Collection[int], *, student_id: int | None = None
) -> set[tuple[int, str, int]]:
    """(round, step, student) of every reminder that was written, whatever became of it."""
    query: Any = select(Delivery.round_id, Delivery.step, Delivery.student_id).where(
        *_of(round_ids, student_id), col(Delivery.step).startswith("reminder-")
    )
    return {(one, step, who) for one, step, who in session.exec(query) if one and who}


def standings(
    session: Session, round_ids: Collection[int], *, student_id: int | None = None
) -> Sequence[Standing]:
    """Everybody in these rounds, whether they were asked or left out."""
    query: Any = select(*(getattr(Invitation, name) for name in Standing._fields)).where(
        col(Invitation.round_id).in_(round_ids)
    )
    if student_id is not None:
        query = query.where(Invitation.student_id == student_id)
    return [Standing(*row) for row in session.exec(query.order_by(col(Invitation.id)))]


def reminders_of_rounds(session: Session, round_ids: Collection[int]) -> list[PlannedReminder]:
    query = select(PlannedReminder).where(col(PlannedReminder.round_id).in_(round_ids))
    return list(session.exec(query.order_by(col(PlannedReminder.due_at), col(PlannedReminder.id))))


def _of(round_ids: Collection[int], student_id: int | None) -> list[Any]:
    found: list[Any] = [
        col(Delivery.round_id).in_(round_ids),
        col(Delivery.message_class).in_(SEEN_BEFORE),
    ]
    return found + ([col(Delivery.student_id) == student_id] if student_id is not None else [])
