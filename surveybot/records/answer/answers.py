"""Answers: every changed submit is a new version; nothing is overwritten."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint, bindparam, func, or_
from sqlalchemy import select as pick
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, select

from surveybot.records.database import JSON_COLUMN, UTCDateTime, word_column
from surveybot.records.round.invitations import Audience, Invitation, LinkMedium
from surveybot.records.round.rounds import Round, RoundState


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
    answered_at: datetime = Field(sa_type=UTCDateTime, index=True)


def answers_of(session: Session, student_id: int) -> list[Answer]:
    """Everything that was said about a student, newest first."""
    return list(
        session.exec(
            select(Answer).where(Answer.student_id == student_id).order_by(col(Answer.answered_at).desc())
        )
    )


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """What is handed in; whose it is, which version and whether late, the database knows."""

    invitation_id: int
    survey: str
    page_number: str
    content_sha256: str
    content: dict[str, Any]
    receipt: str
    given_by: Audience
    staff_id: int | None
    medium: LinkMedium
    link_id: int | None
    wants_help: bool
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class Stored:
    """One row of the ledger, as far as the steps after it need to know."""

    id: int
    school_id: int
    student_id: int
    version: int
    receipt: str


_answers: Any = SQLModel.metadata.tables["answer"]
_GIVEN = tuple(NewAnswer.__dataclass_fields__)
_versions = _answers.alias("earlier")
_FROM_THE_DATABASE = {
    "school_id": col(Invitation.school_id),
    "student_id": col(Invitation.student_id),
    "version": pick(func.coalesce(func.max(_versions.c.version), 0) + 1)
    .where(_versions.c.invitation_id == col(Invitation.id))
    .scalar_subquery(),
    "late": or_(
        col(Round.state) == RoundState.CLOSED,
        col(Round.closes_at) < bindparam("answered_at", type_=UTCDateTime()),
    ),
}
_ROW = (
    pick(
        *(bindparam(name, type_=_answers.c[name].type).label(name) for name in _GIVEN),
        *(column.label(name) for name, column in _FROM_THE_DATABASE.items()),
    )
    .select_from(Invitation)
    .join(Round, col(Round.id) == Invitation.round_id)
    .where(col(Invitation.id) == bindparam("invitation_id", type_=_answers.c.invitation_id.type))
)
_STORED = (_answers.c.id, _answers.c.school_id, _answers.c.student_id, _answers.c.version, _answers.c.receipt)
_ADD = {
    dialect.__name__.rpartition(".")[2]: dialect.insert(_answers)
    .from_select([*_GIVEN, *_FROM_THE_DATABASE], _ROW)
    .on_conflict_do_nothing()
    .returning(*_STORED)
    for dialect in (sqlite, postgresql)
}
_SAME = pick(*_STORED).where(
    _answers.c.invitation_id == bindparam("invitation_id"),
    _answers.c.page_number == bindparam("page_number"),
    _answers.c.content_sha256 == bindparam("content_sha256"),
)


_LATEST = (
    pick(*_STORED, _answers.c.content_sha256)
    .where(_answers.c.invitation_id == bindparam("invitation_id"))
    .order_by(_answers.c.version.desc())
    .limit(1)
)


def add_answer(session: Session, new: NewAnswer) -> Stored | None:
    """Add the next version, or None where a UNIQUE key says that it (or its number) is there already."""
    session.flush()  # this goes past the session's own queue
    connection = session.connection()
    row = connection.execute(_ADD[connection.dialect.name], _values(new)).one_or_none()
    return Stored(*row) if row else None


def _values(new: NewAnswer) -> dict[str, Any]:
    return {name: getattr(new, name) for name in _GIVEN}


def same_answer(session: Session, new: NewAnswer) -> Stored | None:
    """The row that this page with this content has made before."""
    row = session.connection().execute(_SAME, _values(new)).one_or_none()
    return Stored(*row) if row else None


def latest_answer(session: Session, invitation_id: int) -> tuple[Stored, str] | None:
    """The current version, and the hash of what it says."""
    row = session.connection().execute(_LATEST, {"invitation_id": invitation_id}).one_or_none()
    return (Stored(*row[:-1]), row[-1]) if row else None
