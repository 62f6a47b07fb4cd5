"""Write what came of many claims at once; a worker whose claim is over changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select, update
from sqlmodel import Session, SQLModel

from surveybot.records.delivery.deliveries import Delivery
from surveybot.rules.delivery.delivery_states import DeliveryState

_TABLE = SQLModel.metadata.tables[Delivery.__tablename__]
_C = _TABLE.c
_STILL_OURS = or_(_C.state == DeliveryState.DISPATCHING, _C.state == DeliveryState.AMBIGUOUS)


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that its provider took: the row, the claim that it went out under, and what was said."""

    delivery_id: int
    fence: int
    provider_id: str
    provider_status: str
    at: datetime


_LOCKED = (
    select(_C.id, _C.fence)
    .where(_C.id.in_(bindparam("ids", expanding=True)), _STILL_OURS)
    .order_by(_C.id)  # in one order for all, so that two workers never wait for each other
    .with_for_update()
)
_WRITTEN = (
    update(_TABLE)
    .where(_C.id == bindparam("row"))
    .values(
        state=DeliveryState.ACCEPTED,
        provider_id=bindparam("provider_id"),
        provider_status=bindparam("provider_status"),
        accepted_at=bindparam("accepted_at"),
        reason="",
        lease_until=None,
        ask_at=None,
        asked=0,
    )
)


def write_taken(session: Session, taken: Sequence[Taken]) -> list[bool]:
    """One answer for each: False where somebody else has had the message since."""
    connection = session.connection()
    locked = connection.execute(_LOCKED, {"ids": [one.delivery_id for one in taken]})
    fences = {int(number): int(fence) for number, fence in locked}
    ours = [fences.get(one.delivery_id) == one.fence for one in taken]
    rows = [_values(one) for one, is_ours in zip(taken, ours, strict=True) if is_ours]
    if rows:
        connection.execute(_WRITTEN, rows)
    return ours


def _values(one: Taken) -> Mapping[str, Any]:
    return {
        "row": one.delivery_id,
        "provider_id": one.provider_id,
        "provider_status": one.provider_status[:20],
        "accepted_at": one.at,
    }
