"""How a school's own roster columns were mapped, remembered for the next file with the same header."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, select

from surveybot.records.database import JSON_COLUMN, UTCDateTime


class ColumnMapping(SQLModel, table=True):
    __tablename__ = "column_mapping"
    __table_args__ = (UniqueConstraint("school_id", "header_sha256"),)

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id")
    header_sha256: str = Field(max_length=64)  # of the header row, folded
    mapping: dict[str, Any] = Field(
        default_factory=dict, sa_type=JSON_COLUMN
    )  # the school's column -> our field
    saved_at: datetime = Field(sa_type=UTCDateTime)


def find_mapping(session: Session, school_id: int, header_sha256: str) -> dict[str, str]:
    """The mapping that was saved for exactly this row of headings, or an empty one."""
    row = session.exec(
        select(ColumnMapping).where(
            ColumnMapping.school_id == school_id, ColumnMapping.header_sha256 == header_sha256
        )
    ).one_or_none()
    return dict(row.mapping) if row else {}


def save_mapping(
    session: Session, school_id: int, header_sha256: str, mapping: dict[str, str], *, now: datetime
) -> None:
    """Remember a mapping for the next file with the same headings."""
    row = session.exec(
        select(ColumnMapping).where(
            ColumnMapping.school_id == school_id, ColumnMapping.header_sha256 == header_sha256
        )
    ).one_or_none() or ColumnMapping(school_id=school_id, header_sha256=header_sha256, saved_at=now)
    row.mapping, row.saved_at = mapping, now
    session.add(row)
