"""Answers with worrying words: each waits for a person, and its words are for few."""

from datetime import datetime

from sqlmodel import Field, Index, Session, SQLModel, col, select

from surveybot.records.database import UTCDateTime
from surveybot.records.roster.students import Student


class WorryingAnswer(SQLModel, table=True):
    __tablename__ = "worrying_answer"
    __table_args__ = (Index("ix_worrying_answer_open", "school_id", "done_at"),)

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id")
    student_id: int = Field(foreign_key="student.id", index=True)
    answer_id: int = Field(foreign_key="answer.id", unique=True)
    noted_at: datetime = Field(sa_type=UTCDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    done_by: int | None = Field(default=None, foreign_key="staff_member.id")


def waiting_worries(session: Session, school_id: int) -> list[tuple[WorryingAnswer, Student]]:
    """What nobody at the school has dealt with yet, the oldest first."""
    query = (
        select(WorryingAnswer, Student)
        .join(Student, col(Student.id) == WorryingAnswer.student_id)
        .where(WorryingAnswer.school_id == school_id, col(WorryingAnswer.done_at).is_(None))
        .order_by(col(WorryingAnswer.id))
    )
    return list(session.exec(query))


def worries_of(session: Session, student_id: int) -> list[WorryingAnswer]:
    """Every worrying answer about a student, newest first, dealt with or not."""
    query = select(WorryingAnswer).where(WorryingAnswer.student_id == student_id)
    return list(session.exec(query.order_by(col(WorryingAnswer.id).desc())))
