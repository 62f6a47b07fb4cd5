"""The worker's heartbeat: one row per worker process name, overwritten by every tick."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, Session, SQLModel, col, delete, select

from surveybot.records.database import JSON_COLUMN, UTCDateTime
from surveybot.records.new_rows import insert_for

WAITS_FOR_CLOCK = "waits_for_clock"
"""In a beat's result: nothing goes out, since the machine's clock has jumped."""


class WorkerBeat(SQLModel, table=True):
    __tablename__ = "worker_beat"

    name: str = Field(primary_key=True, max_length=40)
    at: datetime = Field(sa_type=UTCDateTime)
    result: dict[str, Any] = Field(default_factory=dict, sa_type=JSON_COLUMN)  # the counts of the last tick


def beat(session: Session, name: str, *, result: dict[str, Any], now: datetime) -> None:
    """Say that this worker is alive, and what its last tick did."""
    said = {"at": now, "result": result}
    insert = insert_for(session)(WorkerBeat).values(name=name, **said)
    session.execute(insert.on_conflict_do_update(index_elements=["name"], set_=said))


def drop_beats_after(session: Session, at: datetime) -> None:
    """Forget the signs of life that a clock left which was ahead: they would stay the newest."""
    session.execute(delete(WorkerBeat).where(col(WorkerBeat.at) > at))


def beat_of(session: Session, name: str) -> WorkerBeat | None:
    """The last sign of life of the worker with this name."""
    return session.get(WorkerBeat, name)


def waits_for_clock(session: Session) -> bool:
    """Whether the worker that spoke last holds everything back because its clock has jumped."""
    last = last_beat(session)
    return last is not None and bool(last.result.get(WAITS_FOR_CLOCK))


def last_beat(session: Session) -> WorkerBeat | None:
    """The newest sign of life of any worker, or None where none ever ran."""
    return session.exec(select(WorkerBeat).order_by(col(WorkerBeat.at).desc()).limit(1)).first()
