"""How far rounds have come: two grouped queries, however many rounds and people there are."""

from collections.abc import Sequence

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from surveybot.records.deliveries import Delivery
from surveybot.records.invitations import Invitation
from surveybot.records.rounds import RoundProgress
from surveybot.rules.delivery_states import SENT_STATES, DeliveryState, MessageClass


def progress_of(session: Session, round_ids: Sequence[int]) -> dict[int, RoundProgress]:
    """The progress of each round, by its id."""
    people = session.execute(
        select(
            col(Invitation.round_id),
            func.count(case((col(Invitation.skipped).is_(None), 1))),
            func.count(col(Invitation.skipped)),
            func.count(col(Invitation.answered_at)),
            func.count(col(Invitation.declined_at)),
            func.count(case((col(Invitation.wants_help).is_(True), 1))),
        )
        .where(col(Invitation.round_id).in_(round_ids))
        .group_by(col(Invitation.round_id))
    ).all()
    messages = {round_id: counts for round_id, *counts in _messages(session, round_ids)}
    return {
        round_id: RoundProgress(*counts, *messages.get(round_id, (0, 0, 0))) for round_id, *counts in people
    }


def _messages(session: Session, round_ids: Sequence[int]) -> Sequence[Sequence[int]]:
    """People whose message was sent, delivered, or refused, per round."""
    person = col(Delivery.invitation_id)
    return session.execute(
        select(
            col(Delivery.round_id),
            func.count(case((col(Delivery.state).in_(SENT_STATES), person)).distinct()),
            func.count(case((col(Delivery.state) == DeliveryState.DELIVERED, person)).distinct()),
            func.count(case((col(Delivery.state) == DeliveryState.UNDELIVERED, person)).distinct()),
        )
        .where(col(Delivery.round_id).in_(round_ids), col(Delivery.message_class) == MessageClass.ASK)
        .group_by(col(Delivery.round_id))
    ).all()
