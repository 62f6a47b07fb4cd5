"""Pause, resume and close a round. Messages on the wire finish; those not yet sent obey.

Each says whether anything has changed: a deed that did nothing is no news.
"""

from datetime import datetime

from sqlmodel import Session

from surveybot.records.delivery.deliveries import cancel_waiting, hold_waiting, release_held
from surveybot.records.round.rounds import Round, RoundState
from surveybot.rules.delivery.delivery_states import HoldReason
from surveybot.rules.delivery.kill_switch import Scope


def pause_round(session: Session, row: Round) -> bool:
    if row.state is not RoundState.OPEN:
        return False
    row.state = RoundState.PAUSED
    session.add(row)
    hold_waiting(session, Scope(round_id=row.id), reason=HoldReason.PAUSED)
    return True


def resume_round(session: Session, row: Round) -> bool:
    if row.state is not RoundState.PAUSED:
        return False
    row.state = RoundState.OPEN
    session.add(row)
    release_held(session, Scope(round_id=row.id), reason=HoldReason.PAUSED)
    return True


def close_round(session: Session, row: Round, *, now: datetime) -> bool:
    """End a round. What was not sent is cancelled; links take late answers for 60 days more."""
    if row.state is RoundState.CLOSED:
        return False
    row.state, row.closes_at = RoundState.CLOSED, min(row.closes_at, now)
    session.add(row)
    cancel_waiting(session, Scope(round_id=row.id), reason="round closed", now=now)
    return True
