"""The rehearsal clock: one stored offset that web and worker add to the real time of a rehearsal."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.engine import Engine
from sqlmodel import Field, Session, SQLModel

from surveybot.records.database import UTCDateTime, reading

ONLY_ROW = 1


class RehearsalClock(SQLModel, table=True):
    __tablename__ = "rehearsal_clock"

    id: int = Field(default=ONLY_ROW, primary_key=True)
    offset_seconds: float = 0.0
    changed_at: datetime = Field(sa_type=UTCDateTime)  # in real time


def set_clock(session: Session, pretended: datetime, *, real: datetime) -> None:
    """From now on it is this time, and time goes on from there."""
    seconds = (pretended - real).total_seconds()
    session.merge(RehearsalClock(id=ONLY_ROW, offset_seconds=seconds, changed_at=real))


def pretended_time(engine: Engine, real: datetime) -> datetime:
    """The real time with the stored offset; the real time where none is stored."""
    with reading(engine) as session:
        row = session.get(RehearsalClock, ONLY_ROW)
    moved = timedelta(seconds=row.offset_seconds) if row else timedelta(0)
    return (real + moved).astimezone(UTC)
