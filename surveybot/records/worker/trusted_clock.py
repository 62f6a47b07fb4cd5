"""The last time that is known to be right: every tick moves it on; after a far leap, a person does."""

from datetime import datetime

from sqlmodel import Field, Session, SQLModel

from surveybot.records.database import UTCDateTime
from surveybot.records.new_rows import insert_for
from surveybot.records.worker.worker_beats import drop_beats_after
from surveybot.rules.calendar.clock_jumps import FAR

ONLY_ROW = 1


class TrustedClock(SQLModel, table=True):
    __tablename__ = "trusted_clock"

    id: int = Field(default=ONLY_ROW, primary_key=True)
    right_at: datetime = Field(sa_type=UTCDateTime)
    asks_since: datetime | None = Field(default=None, sa_type=UTCDateTime)  # as the clock in doubt shows it
    shows: datetime | None = Field(default=None, sa_type=UTCDateTime)  # what that clock showed last


def trusted_clock(session: Session) -> TrustedClock | None:
    """None before the first tick."""
    return session.get(TrustedClock, ONLY_ROW)


def trust(session: Session, *, now: datetime) -> None:
    """It is that late. Heartbeats of a clock that was ahead are forgotten."""
    row = trusted_clock(session)
    if row is not None and (row.asks_since is not None or now < row.right_at):
        drop_beats_after(session, now + FAR)
    said = {"right_at": now, "asks_since": None, "shows": None}
    insert = insert_for(session)(TrustedClock).values(id=ONLY_ROW, **said)  # several workers tick at once
    session.execute(insert.on_conflict_do_update(index_elements=["id"], set_=said))


def doubt(session: Session, row: TrustedClock, *, now: datetime) -> bool:
    """Ask a person whether it is that late; whether this is the first time of asking."""
    first = row.asks_since is None
    row.asks_since, row.shows = row.asks_since or now, now
    session.add(row)
    return first


def clock_in_doubt(session: Session) -> TrustedClock | None:
    """What a person is asked about, or None while all is well."""
    row = trusted_clock(session)
    return row if row is not None and row.asks_since is not None else None
