"""What staff decide of a message that stayed in doubt: send it again, or leave it. Never by itself."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Session

from surveybot.records.audit import note_deed
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.delivery.provider_events import locked_delivery
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.steps.sending.queue import another_try, queue_many

PATIENCE = timedelta(hours=24)
"""So long the bot tries to find out; after that only a person decides."""
LEFT = "left_in_doubt"


class Decision(StrEnum):
    AGAIN = "again"
    LEAVE = "leave"


class NoLongerInDoubt(Exception):
    """News came in between, or somebody else has decided."""


def settle_doubt(
    session: Session, delivery_id: int, decision: Decision, *, why: str, staff_id: int, now: datetime
) -> None:
    """The message ends here; sent again it is a new one, which every check looks at anew."""
    delivery = locked_delivery(session, delivery_id)
    if delivery is None or not is_left_in_doubt(delivery, now=now):
        raise NoLongerInDoubt
    if decision is Decision.AGAIN:
        queue_many(session, [another_try(delivery, key="by-staff", due_at=now)], now=now)
    delivery.state, delivery.reason = DeliveryState.UNDELIVERED, LEFT
    delivery.ask_at, delivery.lease_until, delivery.ended_at = None, None, now
    session.add(delivery)
    note_deed(
        session,
        f"doubt_{decision}",
        at=now,
        school_id=delivery.school_id,
        staff_id=staff_id,
        subject=str(delivery_id),
        details={"why": why},
    )


def is_left_in_doubt(delivery: Delivery, *, now: datetime) -> bool:
    since = delivery.composed_at or delivery.created_at
    return delivery.state is DeliveryState.AMBIGUOUS and since <= now - PATIENCE
