"""The destination ledger: facts are added, never changed; a correction is a new fact with its own source."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Field, Index, Session, SQLModel, col, select

from surveybot.records.database import UTCDateTime, word_column
from surveybot.records.destination.providers import Provider
from surveybot.records.new_rows import add_rows
from surveybot.rules.destination.destinations import (
    Fact,
    FactKind,
    FactMethod,
    FactSource,
    NamedProvider,
    PlaceStatus,
)


class DestinationFact(SQLModel, table=True):
    __tablename__ = "destination_fact"
    __table_args__ = (Index("ix_destination_fact_person", "student_id", "kind"),)

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id")
    student_id: int = Field(foreign_key="student.id")
    kind: FactKind = Field(sa_type=word_column(FactKind))
    destination: str = Field(max_length=40)  # a key of reference/destination_kinds.toml
    preference: int = 1  # 1 is the first choice
    provider_id: int | None = Field(default=None, foreign_key="provider.id")
    provider_name: str = Field(default="", max_length=200)  # as it was written
    course_title: str = Field(default="", max_length=200)
    course_level: str = Field(default="", max_length=40)
    status: PlaceStatus | None = Field(default=None, sa_type=word_column(PlaceStatus))
    source: FactSource = Field(sa_type=word_column(FactSource))
    method: FactMethod = Field(sa_type=word_column(FactMethod))
    answer_id: int | None = Field(default=None, foreign_key="answer.id", index=True)
    staff_id: int | None = Field(default=None, foreign_key="staff_member.id")
    verifies_id: int | None = Field(default=None, foreign_key="destination_fact.id")
    started_on: date | None = None
    ascertained_at: datetime = Field(sa_type=UTCDateTime)  # when we learnt it
    verified_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # when it was last confirmed


def add_facts(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Append facts, all with the same columns, in one statement."""
    if rows:
        add_rows(session, "destination_fact", rows)


def last_intended(session: Session, student_id: int) -> list[DestinationFact]:
    """The intentions of the newest answer that held any, in order of preference."""
    return _newest(session, student_id, FactKind.INTENDED)


def last_actual(session: Session, student_id: int) -> list[DestinationFact]:
    """What somebody does, by the newest word of it."""
    return _newest(session, student_id, FactKind.ACTUAL)


def last_known(session: Session, student_id: int) -> list[DestinationFact]:
    """What somebody who has left does, or else the first choice of the plan; one row at the most."""
    known = last_actual(session, student_id) or last_intended(session, student_id)
    return [fact for fact in known if fact.preference == 1][:1]


def _newest(session: Session, student_id: int, kind: FactKind) -> list[DestinationFact]:
    theirs = (DestinationFact.student_id == student_id, DestinationFact.kind == kind)
    newest = select(func.max(DestinationFact.ascertained_at)).where(*theirs).scalar_subquery()
    query = select(DestinationFact).where(*theirs, col(DestinationFact.ascertained_at) == newest)
    return list(session.exec(query.order_by(col(DestinationFact.preference))))


def facts_of(session: Session, student_id: int) -> list[Fact]:
    """Every fact about a student, oldest first, with its provider."""
    query = _with_provider().where(DestinationFact.student_id == student_id)
    return [_fact(row, provider) for row, provider in session.exec(query)]


def facts_of_students(session: Session, ids: Collection[int]) -> dict[int, list[Fact]]:
    """The facts about many students, by student id, oldest first."""
    found: dict[int, list[Fact]] = {}
    for row, provider in session.exec(_with_provider().where(col(DestinationFact.student_id).in_(ids))):
        found.setdefault(row.student_id, []).append(_fact(row, provider))
    return found


def _with_provider() -> Any:
    query = select(DestinationFact, Provider).join(
        Provider, col(Provider.id) == DestinationFact.provider_id, isouter=True
    )
    return query.order_by(col(DestinationFact.ascertained_at), col(DestinationFact.id))


def _fact(row: DestinationFact, provider: Provider | None) -> Fact:
    assert row.id is not None
    return Fact(
        id=row.id,
        kind=row.kind,
        destination=row.destination,
        preference=row.preference,
        provider=_named(provider),
        provider_written=row.provider_name,
        course_title=row.course_title,
        course_level=row.course_level,
        status=row.status,
        source=row.source,
        method=row.method,
        answer_id=row.answer_id,
        verifies_id=row.verifies_id,
        started_on=row.started_on,
        ascertained_at=row.ascertained_at,
        verified_at=row.verified_at,
    )


def _named(provider: Provider | None) -> NamedProvider | None:
    if provider is None or provider.id is None:
        return None
    return NamedProvider(provider.id, provider.name, provider.urn, provider.ukprn)
