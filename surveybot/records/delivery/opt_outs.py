"""STOP and START, as a ledger: rows are added, and the last one for an address counts.

A stop belongs to the address, for every student and school behind it; `student_id` says whose page
it came from.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, Index, Session, SQLModel, col, select

from surveybot.records.database import UTCDateTime, word_column
from surveybot.rules.delivery.channels import Channel


class OptOutSource(StrEnum):
    PAGE = "page"
    ONE_CLICK = "one_click"
    TEXT = "text"
    PROVIDER = "provider"
    STAFF = "staff"
    WRONG_PERSON = "wrong_person"


class OptOut(SQLModel, table=True):
    __tablename__ = "opt_out"
    __table_args__ = (Index("ix_opt_out_address", "address", "channel"),)

    id: int | None = Field(default=None, primary_key=True)
    channel: Channel = Field(sa_type=word_column(Channel))
    address: str = Field(max_length=254)
    stopped: bool = True  # False lifts it
    source: OptOutSource = Field(sa_type=word_column(OptOutSource))
    school_id: int | None = Field(default=None, foreign_key="school.id")
    student_id: int | None = Field(default=None, foreign_key="student.id")
    at: datetime = Field(sa_type=UTCDateTime)


def stopped_addresses(session: Session, addresses: Iterable[str]) -> set[str]:
    """Those of the addresses whose last word is stop."""
    rows = session.exec(
        select(OptOut.address, OptOut.stopped)
        .where(col(OptOut.address).in_(list(addresses)))
        .order_by(col(OptOut.id))
    )
    last = dict(rows.all())
    return {address for address, stopped in last.items() if stopped}


def last_words(session: Session, addresses: Iterable[str]) -> dict[str, OptOut]:
    """The last stop or start of each address that has one."""
    rows = session.exec(
        select(OptOut).where(col(OptOut.address).in_(list(addresses))).order_by(col(OptOut.id))
    )
    return {row.address: row for row in rows}
