"""Cases of a results-day board: who is with a student, and when it was dealt with."""

from datetime import datetime

from sqlalchemy import UniqueConstraint, or_, update
from sqlmodel import Field, Session, SQLModel, col, select

from surveybot.records.database import UTCDateTime
from surveybot.records.new_rows import insert_for


class BoardCase(SQLModel, table=True):
    """One per student and round; it says who acted and when, never what about."""

    __tablename__ = "board_case"
    __table_args__ = (UniqueConstraint("round_id", "student_id"),)

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id")
    round_id: int = Field(foreign_key="round.id")
    student_id: int = Field(foreign_key="student.id", index=True)
    taken_by: int | None = Field(default=None, foreign_key="staff_member.id")
    taken_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    done_by: int | None = Field(default=None, foreign_key="staff_member.id")
    done_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


def case_of(session: Session, *, school_id: int, round_id: int, student_id: int) -> BoardCase:
    """The one case of a student in a round, made now if it is the first time."""
    insert = insert_for(session)(SQLModel.metadata.tables["board_case"]).values(
        school_id=school_id, round_id=round_id, student_id=student_id
    )
    session.execute(insert.on_conflict_do_nothing(index_elements=["round_id", "student_id"]))
    query = select(BoardCase).where(BoardCase.round_id == round_id, BoardCase.student_id == student_id)
    return session.exec(query).one()


def claim_case(session: Session, case: BoardCase, *, staff_id: int, now: datetime) -> bool:
    """Take a case that nobody has, or that was dealt with and is wanted anew; False: somebody was faster."""
    taken = (
        update(BoardCase)
        .where(
            col(BoardCase.id) == case.id,
            or_(col(BoardCase.taken_by).is_(None), col(BoardCase.done_at).is_not(None)),
        )
        .values(taken_by=staff_id, taken_at=now, done_by=None, done_at=None)
        .returning(col(BoardCase.id))
        .execution_options(synchronize_session=False)
    )
    won = session.execute(taken).scalar_one_or_none() is not None
    session.refresh(case)
    return won
