"""Close the rounds whose time is over, so that staff see them end; late answers are taken all the same."""

from datetime import datetime

from sqlmodel import Session

from surveybot.records.round.rounds import ended_rounds
from surveybot.steps.round.steer_round import close_round


def close_ended(session: Session, *, now: datetime) -> int:
    """How many were closed. It comes after sending: what was too late has said so itself."""
    rows = ended_rounds(session, now=now)
    for row in rows:
        close_round(session, row, now=now)
    return len(rows)
