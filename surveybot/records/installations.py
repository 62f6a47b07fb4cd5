"""Which installation this database belongs to.

A copy or a restored backup stays silent until a person says go.
"""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Field, Session, SQLModel, col

from surveybot.records.database import UTCDateTime

ONLY_ROW = 1


class Installation(SQLModel, table=True):
    __tablename__ = "installation"

    id: int = Field(default=ONLY_ROW, primary_key=True)
    instance: str = Field(default="", max_length=80)  # empty: restored, and not yet taken over
    taken_over_by: str = Field(default="", max_length=254)
    taken_over_at: datetime = Field(sa_type=UTCDateTime)


def is_ours(session: Session, instance: str) -> bool:
    """Whether this database was taken over by this very installation; fails closed."""
    row = session.get(Installation, ONLY_ROW)
    return row is not None and row.instance == instance != ""


def is_new(session: Session) -> bool:
    """A database that no installation has ever used."""
    return session.get(Installation, ONLY_ROW) is None


def take_over(session: Session, instance: str, *, by: str, now: datetime) -> None:
    session.merge(Installation(id=ONLY_ROW, instance=instance, taken_over_by=by, taken_over_at=now))


def disown(session: Session) -> None:
    """A restored database belongs to nobody yet."""
    session.execute(update(Installation).where(col(Installation.id) == ONLY_ROW).values(instance=""))
