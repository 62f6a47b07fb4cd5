"""What went out for each round: people invited, and people whose message was sent, delivered or refused."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.round.invitations import Invitation
from surveybot.rules.delivery.delivery_states import SENT_STATES, DeliveryState, MessageClass


@dataclass(frozen=True, slots=True)
class MessageCounts:
    invited: int = 0
    sent: int = 0  # accepted or later
    delivered: int = 0
    undelivered: int = 0


def message_counts(session: Session, round_ids: Sequence[int]) -> dict[int, MessageCounts]:
    """By round id; one query, however many rounds and people there are."""

    def people(condition: object) -> object:
        return func.count(case((condition, col(Invitation.id))).distinct())  # type: ignore[arg-type]

    state = col(Delivery.state)
    is_ask = col(Delivery.message_class) == MessageClass.ASK
    rows = session.execute(
        select(
            col(Invitation.round_id),
            people(col(Invitation.skipped).is_(None)),
            people(state.in_(SENT_STATES)),
            people(state == DeliveryState.DELIVERED),
            people(state == DeliveryState.UNDELIVERED),
        )  # type: ignore[call-overload]
        .outerjoin(Delivery, (col(Delivery.invitation_id) == col(Invitation.id)) & is_ask)
        .where(col(Invitation.round_id).in_(round_ids))
        .group_by(col(Invitation.round_id))
    )
    return {round_id: MessageCounts(*counts) for round_id, *counts in rows}


def staff_message_counts(session: Session, round_ids: Sequence[int]) -> dict[int, MessageCounts]:
    """Of rounds that ask staff: the people who got an email, by round id."""

    def people(condition: object) -> object:
        return func.count(case((condition, col(Delivery.staff_id))).distinct())  # type: ignore[arg-type]

    state = col(Delivery.state)
    rows = session.execute(
        select(
            col(Delivery.round_id),
            people(col(Delivery.staff_id).is_not(None)),
            people(state.in_(SENT_STATES)),
            people(state == DeliveryState.DELIVERED),
            people(state == DeliveryState.UNDELIVERED),
        )  # type: ignore[call-overload]
        .where(col(Delivery.round_id).in_(round_ids), col(Delivery.message_class) == MessageClass.STAFF)
        .group_by(col(Delivery.round_id))
    )
    return {round_id: MessageCounts(*counts) for round_id, *counts in rows}
