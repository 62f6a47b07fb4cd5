"""Rounds that ask tutors: who was asked, about whom, what they said of each student and how they know."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint, insert, update
from sqlmodel import Field, Index, Session, SQLModel, col, select

from surveybot.records.database import UTCDateTime, word_column
from surveybot.records.destination.destinations import DestinationFact
from surveybot.records.plan.planned import PlannedState
from surveybot.records.plan.steered_occasions import Occasion
from surveybot.records.roster.students import Student
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.destination.destinations import FactKind
from surveybot.rules.plan.unknown_destinations import Heard, HowKnown, TutorWord, WhyUnknown
from surveybot.rules.roster.people import StudentState


class PlannedTutorRound(SQLModel, table=True):
    """A tutor round of a cohort's plan: to come, opened, or left out because nobody was unknown."""

    __tablename__ = "planned_tutor_round"
    __table_args__ = (UniqueConstraint("cohort_id", "destination_year", "step"),)

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id")
    cohort_id: int = Field(foreign_key="planned_cohort.id")
    destination_year: int
    step: str = Field(max_length=30)  # of reference/check_in_plan.toml
    due_at: datetime = Field(sa_type=UTCDateTime)
    state: PlannedState = Field(default=PlannedState.PLANNED, sa_type=word_column(PlannedState))
    reason: str = Field(default="", max_length=200)  # of may_ask, or why staff held or cancelled it
    changed_by: str = Field(default="", max_length=254)  # a staff email, where staff did
    round_id: int | None = Field(default=None, foreign_key="round.id")
    settled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class AskedTutor(SQLModel, table=True):
    """A member of staff who got the email of a round."""

    __tablename__ = "asked_tutor"
    __table_args__ = (UniqueConstraint("round_id", "staff_id"),)

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id")
    round_id: int = Field(foreign_key="round.id")
    staff_id: int = Field(foreign_key="staff_member.id")
    asked_at: datetime = Field(sa_type=UTCDateTime)


class UnknownStudent(SQLModel, table=True):
    """A student whose destination was unknown when the round was opened, and what a tutor did since."""

    __tablename__ = "unknown_student"
    __table_args__ = (
        UniqueConstraint("round_id", "student_id"),
        Index("ix_unknown_student_person", "student_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id")
    round_id: int = Field(foreign_key="round.id")
    student_id: int = Field(foreign_key="student.id")
    why: WhyUnknown = Field(sa_type=word_column(WhyUnknown))
    word: TutorWord | None = Field(default=None, sa_type=word_column(TutorWord))
    said_by: int | None = Field(default=None, foreign_key="staff_member.id")
    said_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class TutorFact(SQLModel, table=True):
    """How a tutor knows what a fact of the ledger says; a row that takes one back names it."""

    __tablename__ = "tutor_fact"
    __table_args__ = (Index("ix_tutor_fact_student", "round_id", "student_id"),)

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id")
    round_id: int = Field(foreign_key="round.id")
    student_id: int = Field(foreign_key="student.id")
    fact_id: int = Field(foreign_key="destination_fact.id", unique=True)
    staff_id: int = Field(foreign_key="staff_member.id")
    how: HowKnown | None = Field(default=None, sa_type=word_column(HowKnown))  # None: takes one back
    takes_back_id: int | None = Field(default=None, foreign_key="destination_fact.id")
    said_at: datetime = Field(sa_type=UTCDateTime)


def add_asked(session: Session, tutors: Sequence[dict[str, Any]], students: Sequence[dict[str, Any]]) -> None:
    """Write who is asked and about whom, when a round is opened."""
    session.execute(insert(AskedTutor), list(tutors))
    session.execute(insert(UnknownStudent), list(students))


def asked_tutors(session: Session, round_ids: Collection[int]) -> dict[int, set[int]]:
    """The staff numbers of those who were asked, by round."""
    found: dict[int, set[int]] = {}
    for row in session.exec(select(AskedTutor).where(col(AskedTutor.round_id).in_(round_ids))):
        found.setdefault(row.round_id, set()).add(row.staff_id)
    return found


def unknown_students(
    session: Session, round_ids: Collection[int], *, tutor_groups: Collection[str] | None = None
) -> list[tuple[UnknownStudent, Student]]:
    """Everybody whom these rounds ask about, by group and name, without who has died."""
    query = (
        select(UnknownStudent, Student)
        .join(Student, col(Student.id) == UnknownStudent.student_id)
        .where(col(UnknownStudent.round_id).in_(round_ids), Student.state != StudentState.DECEASED)
        .order_by(Student.tutor_group, Student.surname, Student.forename, col(Student.id))
    )
    if tutor_groups is not None:
        query = query.where(col(Student.tutor_group).in_(tutor_groups))
    return list(session.exec(query))


def unknown_student(session: Session, round_id: int, student_id: int) -> UnknownStudent | None:
    return session.exec(
        select(UnknownStudent).where(
            UnknownStudent.round_id == round_id, UnknownStudent.student_id == student_id
        )
    ).one_or_none()


def heard_of(session: Session, ids: Collection[int]) -> dict[int, list[Heard]]:
    """What was learnt of each student's destination after leaving, oldest first."""
    found: dict[int, list[Heard]] = {}
    for row in session.exec(_actual().where(col(DestinationFact.student_id).in_(ids))):
        found.setdefault(row.student_id, []).append(_heard(row))
    return found


def heard_before(session: Session, student_id: int, fact_id: int) -> list[Heard]:
    """What had been learnt of a student before a fact was written, oldest first."""
    query = _actual().where(DestinationFact.student_id == student_id, col(DestinationFact.id) < fact_id)
    return [_heard(row) for row in session.exec(query)]


def newest_destinations(session: Session, ids: Collection[int]) -> dict[int, DestinationFact]:
    """The newest word of what each of these students does, from whomever."""
    rows = session.exec(_actual().where(col(DestinationFact.student_id).in_(ids)))
    return {row.student_id: row for row in rows}


def _actual() -> Any:
    return (
        select(DestinationFact)
        .where(DestinationFact.kind == FactKind.ACTUAL, DestinationFact.preference == 1)
        .order_by(col(DestinationFact.ascertained_at), col(DestinationFact.id))
    )


def _heard(row: DestinationFact) -> Heard:
    return Heard(row.destination, london_date(row.ascertained_at))


def set_word(
    session: Session, row_id: int, word: TutorWord | None, *, was: TutorWord | None, by: int, at: datetime
) -> bool:
    """Change what stands for one student; False where somebody else's click was faster."""
    changed = (
        update(UnknownStudent)
        .where(
            col(UnknownStudent.id) == row_id,
            col(UnknownStudent.word).is_(None) if was is None else col(UnknownStudent.word) == was,
        )
        .values(word=word, said_by=by, said_at=at)
        .returning(col(UnknownStudent.id))
    )
    return session.execute(changed).scalar_one_or_none() is not None


def last_tutor_facts(
    session: Session, round_id: int, *, student_id: int | None = None
) -> dict[int, tuple[TutorFact, DestinationFact]]:
    """The last thing that a tutor said of each student of a round, with its fact, by student."""
    query = (
        select(TutorFact, DestinationFact)
        .join(DestinationFact, col(DestinationFact.id) == TutorFact.fact_id)
        .where(TutorFact.round_id == round_id)
        .order_by(col(TutorFact.id))
    )
    if student_id is not None:
        query = query.where(TutorFact.student_id == student_id)
    return {said.student_id: (said, fact) for said, fact in session.exec(query)}


def newest_fact(session: Session, student_id: int) -> DestinationFact:
    """The row of a student's ledger that was written last."""
    query = select(DestinationFact).where(DestinationFact.student_id == student_id)
    return session.exec(query.order_by(col(DestinationFact.id).desc()).limit(1)).one()


def tutor_facts_of(session: Session, student_id: int) -> dict[int, TutorFact]:
    """How staff know what they said of one student, by the number of the fact."""
    query = select(TutorFact).where(TutorFact.student_id == student_id)
    return {row.fact_id: row for row in session.exec(query)}


def planned_tutor_occasion(session: Session, cohort_id: int, occasion: Occasion) -> list[PlannedTutorRound]:
    """The row of one tutor round of a cohort's plan, where nobody has settled it yet."""
    query = select(PlannedTutorRound).where(
        PlannedTutorRound.cohort_id == cohort_id,
        PlannedTutorRound.step == occasion.step,
        PlannedTutorRound.destination_year == occasion.destination_year,
        col(PlannedTutorRound.settled_at).is_(None),
    )
    return list(session.exec(query))


def planned_tutor_rounds(session: Session, cohort_id: int) -> list[PlannedTutorRound]:
    query = select(PlannedTutorRound).where(PlannedTutorRound.cohort_id == cohort_id)
    return list(session.exec(query.order_by(col(PlannedTutorRound.due_at), col(PlannedTutorRound.id))))
