"""Files that went out: who made them, for whom, how many rows, and the hash of the exact bytes."""

from datetime import datetime

from sqlmodel import Field, Session, SQLModel, col, select

from surveybot.records.database import UTCDateTime
from surveybot.records.staff import StaffMember


class Exchange(SQLModel, table=True):
    __tablename__ = "exchange"

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id", index=True)
    kind: str = Field(max_length=30)  # intended, offers, actual ...
    profile: str = Field(max_length=60)
    leaving: int
    recipient: str = Field(default="", max_length=200)
    rows: int
    left_out: int
    file_name: str = Field(max_length=200)
    file_sha256: str = Field(max_length=64)
    staff_id: int | None = Field(default=None, foreign_key="staff_member.id")  # None: from the command line
    made_at: datetime = Field(sa_type=UTCDateTime)


def exchanges_of(session: Session, school_id: int) -> list[tuple[Exchange, str]]:
    """The files of a school, newest first, each with the name of who made it; empty: a command."""
    query = (
        select(Exchange, StaffMember.name)
        .join(StaffMember, col(StaffMember.id) == Exchange.staff_id, isouter=True)
        .where(Exchange.school_id == school_id)
        .order_by(col(Exchange.made_at).desc(), col(Exchange.id).desc())
    )
    return [(exchange, name or "") for exchange, name in session.exec(query)]
