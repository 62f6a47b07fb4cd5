"""Schools: every other row belongs to one."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlmodel import Field, Session, SQLModel, col, select

from surveybot.records.database import JSON_COLUMN, UTCDateTime


class School(SQLModel, table=True):
    __tablename__ = "school"

    id: int | None = Field(default=None, primary_key=True)
    urn: str = Field(max_length=6, unique=True)
    name: str = Field(max_length=200)
    settings: dict[str, Any] = Field(default_factory=dict, sa_type=JSON_COLUMN)  # rules/school_settings.py
    created_at: datetime = Field(sa_type=UTCDateTime)


def find_school(session: Session, urn: str) -> School | None:
    return session.exec(select(School).where(School.urn == urn)).one_or_none()


def all_schools(session: Session) -> list[School]:
    """Every school of this installation, by name."""
    return list(session.exec(select(School).order_by(School.name)))


def schools_by_id(session: Session, ids: Iterable[int]) -> dict[int, School]:
    """Some schools, in the order of their names."""
    rows = session.exec(select(School).where(col(School.id).in_(list(ids))).order_by(School.name))
    return {row.id: row for row in rows if row.id is not None}
