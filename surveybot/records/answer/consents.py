"""Consent events and statutory objections: two ledgers, rows are added and never changed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy import select as pick
from sqlmodel import Field, Index, Session, SQLModel, col, select

from surveybot.records.database import JSON_COLUMN, UTCDateTime, word_column
from surveybot.records.new_rows import add_rows
from surveybot.records.round.invitations import LinkMedium
from surveybot.rules.answer.consent import (
    Actor,
    ConsentFact,
    Decision,
    ObjectionDecision,
    ObjectionFact,
    Purpose,
)


class ConsentEvent(SQLModel, table=True):
    """One decision about one purpose (ICO: who, when, how, and what they were told)."""

    __tablename__ = "consent_event"
    __table_args__ = (Index("ix_consent_event_person", "student_id", "purpose"),)

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id")
    student_id: int = Field(foreign_key="student.id")
    purpose: Purpose = Field(sa_type=word_column(Purpose))
    decision: Decision = Field(sa_type=word_column(Decision))
    actor: Actor = Field(sa_type=word_column(Actor))
    actor_name: str = Field(default="", max_length=200)  # if not the student
    age_on_day: int
    wording: str = Field(max_length=40)  # the version in surveys/wordings
    wording_sha256: str = Field(max_length=64)  # of the exact text that was shown
    language: str = Field(default="en", max_length=8)
    channel: LinkMedium = Field(sa_type=word_column(LinkMedium))
    link_id: int | None = Field(default=None, foreign_key="link.id")
    answer_id: int | None = Field(default=None, foreign_key="answer.id")
    named_controllers: list[Any] = Field(default_factory=list, sa_type=JSON_COLUMN)
    expires_on: date | None = None
    supersedes_id: int | None = Field(default=None, foreign_key="consent_event.id")
    at: datetime = Field(sa_type=UTCDateTime)

    def as_fact(self) -> ConsentFact:
        return ConsentFact(self.purpose, self.decision, self.actor, self.at)


class Objection(SQLModel, table=True):
    """The statutory opt-out: it stops "other information" to the local authority, and only that."""

    __tablename__ = "objection"

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id")
    student_id: int = Field(foreign_key="student.id", index=True)
    decision: ObjectionDecision = Field(sa_type=word_column(ObjectionDecision))
    actor: Actor = Field(sa_type=word_column(Actor))
    actor_name: str = Field(default="", max_length=200)
    age_on_day: int
    wording: str = Field(max_length=40)
    wording_sha256: str = Field(max_length=64)
    language: str = Field(default="en", max_length=8)
    channel: LinkMedium = Field(sa_type=word_column(LinkMedium))
    link_id: int | None = Field(default=None, foreign_key="link.id")
    at: datetime = Field(sa_type=UTCDateTime)

    def as_fact(self) -> ObjectionFact:
        return ObjectionFact(self.decision, self.actor, self.at)


def consents_of(session: Session, student_id: int) -> list[ConsentEvent]:
    """Every event of one person, oldest first."""
    return list(
        session.exec(
            select(ConsentEvent).where(ConsentEvent.student_id == student_id).order_by(col(ConsentEvent.id))
        )
    )


def objections_of(session: Session, student_id: int) -> list[Objection]:
    return list(
        session.exec(select(Objection).where(Objection.student_id == student_id).order_by(col(Objection.id)))
    )


def consents_of_students(session: Session, ids: Collection[int]) -> dict[int, list[ConsentEvent]]:
    """The events of many students, by student id, oldest first."""
    query = select(ConsentEvent).where(col(ConsentEvent.student_id).in_(ids)).order_by(col(ConsentEvent.id))
    found: dict[int, list[ConsentEvent]] = {}
    for event in session.exec(query):
        found.setdefault(event.student_id, []).append(event)
    return found


def objections_of_students(session: Session, ids: Collection[int]) -> dict[int, list[Objection]]:
    query = select(Objection).where(col(Objection.student_id).in_(ids)).order_by(col(Objection.id))
    found: dict[int, list[Objection]] = {}
    for event in session.exec(query):
        found.setdefault(event.student_id, []).append(event)
    return found


@dataclass(frozen=True, slots=True)
class EarlierWord:
    """What a new event needs to know of one that stands before it."""

    id: int
    purpose: Purpose
    decision: Decision
    actor: Actor
    link_id: int | None
    wording_sha256: str


_events: Any = SQLModel.metadata.tables["consent_event"]
_earlier_words = (
    pick(*(_events.c[name] for name in EarlierWord.__dataclass_fields__))
    .where(_events.c.student_id == bindparam("student_id"))
    .order_by(_events.c.id)
)


def earlier_words(session: Session, student_id: int) -> list[EarlierWord]:
    """Every event of one person, oldest first, without the objects: the page of an answer is in a hurry."""
    session.flush()
    rows = session.connection().execute(_earlier_words, {"student_id": student_id})
    return [EarlierWord(*row) for row in rows]


def add_consents(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Append events, all with the same columns, in one statement."""
    if rows:
        add_rows(session, "consent_event", rows)
