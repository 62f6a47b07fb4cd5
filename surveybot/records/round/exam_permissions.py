"""Rounds whose messages may go out while their year group sits its exams: who allowed it, and why."""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Field, Session, SQLModel, col, select

from surveybot.records.database import UTCDateTime


class ExamPermission(SQLModel, table=True):
    __tablename__ = "exam_permission"

    round_id: int = Field(primary_key=True, foreign_key="round.id")
    reason: str = Field(max_length=200)
    allowed_by: str = Field(max_length=254)  # a staff email, or "command"
    allowed_at: datetime = Field(sa_type=UTCDateTime)


def rounds_permitted(session: Session, ids: Collection[int]) -> set[int]:
    query = select(ExamPermission.round_id).where(col(ExamPermission.round_id).in_(ids))
    return set(session.exec(query))
