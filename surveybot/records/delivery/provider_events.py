"""Every report of a provider, once each: a ledger, from which a delivery's status is derived."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from surveybot.records.database import UTCDateTime
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.new_rows import insert_for


class ProviderEvent(SQLModel, table=True):
    __tablename__ = "provider_event"
    __table_args__ = (UniqueConstraint("provider_id", "status", "error_code"),)

    id: int | None = Field(default=None, primary_key=True)
    delivery_id: int | None = Field(default=None, index=True)  # as the report says; it may be nobody's
    provider_id: str = Field(max_length=64)
    status: str = Field(max_length=20)
    error_code: str = Field(default="", max_length=20)
    at: datetime = Field(sa_type=UTCDateTime)


def add_event(
    session: Session, *, delivery_id: int, provider_id: str, status: str, error_code: str, at: datetime
) -> bool:
    """Keep a report; False where the same one was kept before."""
    row = {
        "delivery_id": delivery_id,
        "provider_id": provider_id[:64],
        "status": status[:20],
        "error_code": error_code[:20],
        "at": at,
    }
    added = insert_for(session)(ProviderEvent).values(**row).on_conflict_do_nothing()
    return session.execute(added.returning(col(ProviderEvent.id))).one_or_none() is not None


def locked_delivery(session: Session, delivery_id: int) -> Delivery | None:
    """The delivery, with its row locked until this transaction ends (SQLite has one writer anyway)."""
    return session.exec(select(Delivery).where(Delivery.id == delivery_id).with_for_update()).one_or_none()


def locked_deliveries(session: Session, deliveries: Collection[int]) -> Sequence[Delivery]:
    """Several at once, in one order for all, so that two who lock never wait for each other."""
    query = select(Delivery).where(col(Delivery.id).in_(deliveries)).order_by(col(Delivery.id))
    return session.exec(query.with_for_update()).all()
