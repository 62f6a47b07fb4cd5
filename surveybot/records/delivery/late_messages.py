"""What has stood too long in the outbox: one query each, and what is settled costs them nothing."""

from datetime import datetime

from sqlalchemy import ColumnElement, func, select, union_all
from sqlmodel import Session, col

from surveybot.records.delivery.deliveries import Delivery, stands_at
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import DeliveryState, MessageClass


def waiting_since(session: Session, *, due_before: datetime, school_id: int | None = None) -> datetime | None:
    """When the oldest message had its turn that still waits for it; of one school, or of all."""
    turn = col(Delivery.next_at)
    firsts = [
        select(func.min(turn).label("at")).where(
            stands_at(DeliveryState.PENDING),
            col(Delivery.channel) == channel,
            col(Delivery.message_class) == message_class,
            turn <= due_before,
            *_of(school_id),
        )
        for channel in Channel  # each is the end of one stretch of the index of what waits
        for message_class in MessageClass
    ]
    return session.execute(select(func.min(union_all(*firsts).subquery().c.at))).scalar()


def in_doubt_since(
    session: Session, *, composed_before: datetime, school_id: int | None = None
) -> datetime | None:
    """When the oldest message went of which nobody can say whether it arrived; of one school, or of all.

    What belongs to no school, a sign-in link, is left out: whoever misses it asks for another.
    """
    query = select(func.min(Delivery.composed_at)).where(
        stands_at(DeliveryState.AMBIGUOUS),
        col(Delivery.channel).in_(list(Channel)),  # it leads the index of what is in doubt
        col(Delivery.composed_at) <= composed_before,
        col(Delivery.school_id).is_not(None),
        *_of(school_id),
    )
    return session.execute(query).scalar()


def _of(school_id: int | None) -> list[ColumnElement[bool]]:
    return [] if school_id is None else [col(Delivery.school_id) == school_id]
