"""Follow-ups: somebody asked for help, and a named adult has promised an answer in school hours."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import aliased
from sqlmodel import Field, Index, Session, SQLModel, col, select

from surveybot.records.database import UTCDateTime
from surveybot.records.roster.students import Student
from surveybot.records.staff import StaffMember


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


class PassedOn(SQLModel, table=True):
    """A tutor passed a student on: to an adviser, or, with nobody named, to those who lead."""

    __tablename__ = "passed_on"

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id")
    student_id: int = Field(foreign_key="student.id")
    round_id: int = Field(foreign_key="round.id")
    request_id: int = Field(foreign_key="help_request.id", unique=True)
    from_staff_id: int = Field(foreign_key="staff_member.id")
    to_staff_id: int | None = Field(default=None, foreign_key="staff_member.id")
    note: str = Field(default="", max_length=300)
    passed_at: datetime = Field(sa_type=UTCDateTime)


def open_request_of(session: Session, student_id: int) -> HelpRequest | None:
    """The student's own request that nobody has dealt with yet; what a tutor passed on is another thing."""
    query = select(HelpRequest).where(
        HelpRequest.student_id == student_id,
        col(HelpRequest.done_at).is_(None),
        col(HelpRequest.id).not_in(select(PassedOn.request_id)),
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


def passed_on_with(
    session: Session, request_ids: Collection[int]
) -> dict[int, tuple[PassedOn, StaffMember, StaffMember | None]]:
    """What a tutor passed on, from whom and to whom, by the number of the request."""
    sender, reader = aliased(StaffMember), aliased(StaffMember)
    query = (
        select(PassedOn, sender, reader)
        .join(sender, col(sender.id) == PassedOn.from_staff_id)
        .join(reader, col(reader.id) == PassedOn.to_staff_id, isouter=True)
        .where(col(PassedOn.request_id).in_(request_ids))
    )
    return {passed.request_id: (passed, giver, taker) for passed, giver, taker in session.exec(query)}


def open_pass_of(session: Session, round_id: int, student_id: int) -> tuple[PassedOn, HelpRequest] | None:
    """What a round passed on about a student and nobody has dealt with yet; the newest."""
    query = (
        select(PassedOn, HelpRequest)
        .join(HelpRequest, col(HelpRequest.id) == PassedOn.request_id)
        .where(
            PassedOn.round_id == round_id,
            PassedOn.student_id == student_id,
            col(HelpRequest.done_at).is_(None),
        )
        .order_by(col(PassedOn.id).desc())
    )
    return session.exec(query.limit(1)).first()


def requests_ended_at(session: Session, student_id: int, at: datetime) -> list[HelpRequest]:
    """Those of a student that were ended together, at one moment."""
    query = select(HelpRequest).where(HelpRequest.student_id == student_id, HelpRequest.done_at == at)
    return list(session.exec(query))
