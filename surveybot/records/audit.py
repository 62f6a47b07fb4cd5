"""What staff and commands did: one row per deed, with codes and numbers but no names or answers."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlmodel import Field, Session, SQLModel, col, func, select

from surveybot.records.database import JSON_COLUMN, UTCDateTime
from surveybot.records.staff import StaffMember


class AuditEntry(SQLModel, table=True):
    __tablename__ = "audit_entry"

    id: int | None = Field(default=None, primary_key=True)
    school_id: int | None = Field(default=None, foreign_key="school.id", index=True)
    staff_id: int | None = Field(default=None, foreign_key="staff_member.id")  # None: from the command line
    deed: str = Field(max_length=40)  # roster_imported, round_opened, student_marked ...
    subject: str = Field(default="", max_length=40)  # a round's or student's code
    details: dict[str, Any] = Field(default_factory=dict, sa_type=JSON_COLUMN)
    at: datetime = Field(sa_type=UTCDateTime)


def note_deed(
    session: Session,
    deed: str,
    *,
    at: datetime,
    school_id: int | None = None,
    staff_id: int | None = None,
    subject: str = "",
    details: dict[str, Any] | None = None,
) -> None:
    session.add(
        AuditEntry(
            school_id=school_id, staff_id=staff_id, deed=deed, subject=subject, details=details or {}, at=at
        )
    )


def last_deeds(session: Session, deed: str, *, staff_id: int, limit: int = 20) -> list[AuditEntry]:
    """What one member of staff did of a kind, newest first."""
    query = select(AuditEntry).where(AuditEntry.deed == deed, AuditEntry.staff_id == staff_id)
    return list(session.exec(query.order_by(col(AuditEntry.id).desc()).limit(limit)))


def last_deed(session: Session, deed: str) -> AuditEntry | None:
    """The newest of a kind, whoever did it."""
    query = select(AuditEntry).where(AuditEntry.deed == deed).order_by(col(AuditEntry.id).desc())
    return session.exec(query.limit(1)).first()


def deeds_about(session: Session, deeds: Collection[str], subjects: Collection[str]) -> set[tuple[str, str]]:
    """Which of these deeds were done before, each with its subject."""
    query = select(AuditEntry.deed, AuditEntry.subject).where(
        col(AuditEntry.deed).in_(deeds), col(AuditEntry.subject).in_(subjects)
    )
    return set(session.exec(query))


def count_deeds(session: Session, deeds: Collection[str], *, since: datetime) -> dict[str, int]:
    """How many of each of these deeds there were since then."""
    query = (
        select(AuditEntry.deed, func.count())
        .where(col(AuditEntry.deed).in_(deeds), AuditEntry.at >= since)
        .group_by(AuditEntry.deed)
    )
    return dict(session.exec(query).all())


def deeds_at_school(
    session: Session, deed: str, *, school_id: int, limit: int = 5
) -> list[tuple[AuditEntry, StaffMember | None]]:
    """What was done of a kind at one school and by whom (None: a command), newest first."""
    query = (
        select(AuditEntry, StaffMember)
        .join(StaffMember, col(StaffMember.id) == AuditEntry.staff_id, isouter=True)
        .where(AuditEntry.deed == deed, AuditEntry.school_id == school_id)
        .order_by(col(AuditEntry.id).desc())
        .limit(limit)
    )
    return [(entry, staff) for entry, staff in session.exec(query)]


def find_deed(session: Session, deed: str, *, school_id: int, entry_id: int) -> AuditEntry | None:
    query = select(AuditEntry).where(
        AuditEntry.id == entry_id, AuditEntry.deed == deed, AuditEntry.school_id == school_id
    )
    return session.exec(query).one_or_none()
