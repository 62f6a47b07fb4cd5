"""Pause, resume and close a round. Messages on the wire finish; those not yet sent obey."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col

from surveybot.records.deliveries import Delivery
from surveybot.records.rounds import Round, RoundState
from surveybot.rules.delivery_states import DeliveryState, HoldReason


def pause_round(session: Session, row: Round) -> None:
    if row.state is not RoundState.OPEN:
        return
    row.state = RoundState.PAUSED
    session.add(row)
    _move(session, row, DeliveryState.PENDING, state=DeliveryState.HELD, hold_reason=HoldReason.PAUSED)


def resume_round(session: Session, row: Round) -> None:
    if row.state is not RoundState.PAUSED:
        return
    row.state = RoundState.OPEN
    session.add(row)
    _move(session, row, DeliveryState.HELD, HoldReason.PAUSED, state=DeliveryState.PENDING, hold_reason="")


def close_round(session: Session, row: Round, *, now: datetime) -> None:
    """End a round. What was not sent is cancelled; links take late answers for 60 days more."""
    if row.state is RoundState.CLOSED:
        return
    row.state, row.closes_at = RoundState.CLOSED, min(row.closes_at, now)
    session.add(row)
    for waiting in (DeliveryState.PENDING, DeliveryState.HELD):
        _move(session, row, waiting, state=DeliveryState.CANCELLED, reason="round closed", ended_at=now)


def _move(
    session: Session, row: Round, waiting: DeliveryState, held_for: str | None = None, **values: object
) -> None:
    query = update(Delivery).where(col(Delivery.round_id) == row.id, col(Delivery.state) == waiting)
    if held_for is not None:
        query = query.where(col(Delivery.hold_reason) == held_for)
    session.execute(query.values(**values).execution_options(synchronize_session=False))
