"""Asks by email that did not do their work: who is to get a text instead."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.round.invitations import Invitation
from surveybot.records.round.rounds import Round, RoundState
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import DeliveryState, MessageClass

_FAILED = (DeliveryState.UNDELIVERED, DeliveryState.FAILED_PERMANENT)
_ARRIVED = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED)


def emails_without_answer(
    session: Session, surveys: Sequence[str], *, accepted_before: datetime, limit: int
) -> Sequence[Delivery]:
    """Invitations by email that failed, or arrived and were not answered, and have no text yet.

    One on the wire, or in doubt, is none of these.
    """
    rows = unanswered_emails(surveys, accepted_before).order_by(col(Delivery.id)).limit(limit)
    return session.execute(rows).scalars().all()


def unanswered_emails(surveys: Any, accepted_before: Any) -> Select[Any]:
    child = aliased(Delivery)
    state = col(Delivery.state)
    late = and_(state.in_(_ARRIVED), col(Delivery.accepted_at) <= accepted_before)
    opened = select(col(Round.id)).where(col(Round.state) == RoundState.OPEN, col(Round.survey).in_(surveys))
    return (
        select(Delivery)
        .join(Invitation, col(Invitation.id) == col(Delivery.invitation_id))
        .where(
            col(Delivery.round_id).in_(opened),  # few; what was ever sent before is not looked at
            col(Delivery.channel) == Channel.EMAIL,
            col(Delivery.message_class) == MessageClass.ASK,
            col(Delivery.step) == "invitation",  # after a reminder there would be two texts
            func.coalesce(col(Delivery.parent_id), 0) == 0,  # its index, which holds all, stays unused
            or_(state.in_(_FAILED), late),
            col(Invitation.answered_at).is_(None),
            col(Invitation.declined_at).is_(None),
            ~exists().where(col(child.parent_id) == col(Delivery.id)),
        )
    )
