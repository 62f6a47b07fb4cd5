"""Answers: every changed submit is a new version; nothing is overwritten."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from surveybot.records.database import JSON_COLUMN, UTCDateTime, word_column
from surveybot.records.invitations import Audience, LinkMedium


class Answer(SQLModel, table=True):
    __tablename__ = "answer"
    __table_args__ = (
        # The same page with the same content is the same receipt, however often it is sent.
        UniqueConstraint("invitation_id", "page_number", "content_sha256"),
        UniqueConstraint("invitation_id", "version"),
    )

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id")
    student_id: int = Field(foreign_key="student.id", index=True)
    invitation_id: int = Field(foreign_key="invitation.id")
    survey: str = Field(max_length=60)
    version: int
    page_number: str = Field(max_length=16)
    content_sha256: str = Field(max_length=64)
    content: dict[str, Any] = Field(default_factory=dict, sa_type=JSON_COLUMN)  # question id -> answer
    receipt: str = Field(max_length=12, unique=True)
    given_by: Audience = Field(sa_type=word_column(Audience))
    staff_id: int | None = Field(default=None, foreign_key="staff_member.id")  # who wrote it down
    medium: LinkMedium = Field(sa_type=word_column(LinkMedium))
    link_id: int | None = Field(default=None, foreign_key="link.id")
    late: bool = False  # after the round had closed
    wants_help: bool = False
    answered_at: datetime = Field(sa_type=UTCDateTime)


def answers_of(session: Session, student_id: int) -> list[Answer]:
    """Everything that was said about a student, newest first."""
    return list(
        session.exec(
            select(Answer).where(Answer.student_id == student_id).order_by(col(Answer.answered_at).desc())
        )
    )
