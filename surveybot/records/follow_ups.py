"""Follow-ups: somebody asked for help, and a named adult has promised an answer in school hours."""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Field, Index, Session, SQLModel, col, select

from surveybot.records.database import UTCDateTime
from surveybot.records.roster import Student


class HelpRequest(SQLModel, table=True):
    __tablename__ = "help_request"
    __table_args__ = (Index("ix_help_request_open", "school_id", "done_at"),)

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id")
    student_id: int = Field(foreign_key="student.id", index=True)
    invitation_id: int | None = Field(default=None, foreign_key="invitation.id")
    text_id: int | None = Field(default=None, foreign_key="inbound_text.id")
    answer_id: int | None = Field(default=None, foreign_key="answer.id")
    adult: str = Field(default="", max_length=200)  # as the student was told
    promised_by: datetime = Field(sa_type=UTCDateTime)
    asked_at: datetime = Field(sa_type=UTCDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    done_by: int | None = Field(default=None, foreign_key="staff_member.id")


def open_request_of(session: Session, student_id: int) -> HelpRequest | None:
    """The request of a student that nobody has dealt with yet."""
    query = select(HelpRequest).where(
        HelpRequest.student_id == student_id, col(HelpRequest.done_at).is_(None)
    )
    return session.exec(query.order_by(col(HelpRequest.id))).first()


def open_requests(
    session: Session, school_id: int, *, tutor_groups: Collection[str] | None
) -> list[tuple[HelpRequest, Student]]:
    """Every open request of a school, or of some tutor groups, the earliest promise first."""
    query = (
        select(HelpRequest, Student)
        .join(Student, col(Student.id) == HelpRequest.student_id)
        .where(HelpRequest.school_id == school_id, col(HelpRequest.done_at).is_(None))
        .order_by(col(HelpRequest.promised_by), col(HelpRequest.id))
    )
    if tutor_groups is not None:
        query = query.where(col(Student.tutor_group).in_(list(tutor_groups)))
    return list(session.exec(query))
