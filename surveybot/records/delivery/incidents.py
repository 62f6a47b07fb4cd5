"""What the nightly comparisons found about a school's texts, with the texts and their students."""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session, col, or_, select

from surveybot.records.audit import AuditEntry
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.roster.students import Student

Incident = tuple[AuditEntry, Delivery | None, Student | None]


def incidents_at_school(
    session: Session,
    school_id: int,
    deeds: Collection[str],
    *,
    of_nobody: str | None,
    since: datetime,
    limit: int,
) -> list[Incident]:
    """Newest first. `of_nobody`: the deed about a text without a row, where it is asked for too."""
    here = col(AuditEntry.school_id) == school_id
    theirs = or_(here, col(AuditEntry.deed) == of_nobody) if of_nobody else here
    query = select(AuditEntry).where(col(AuditEntry.deed).in_(deeds), theirs, col(AuditEntry.at) >= since)
    entries = session.exec(query.order_by(col(AuditEntry.id).desc()).limit(limit)).all()
    found = _texts(session, school_id, [int(one.subject) for one in entries if one.school_id == school_id])
    return [(one, *found.get(one.subject, (None, None))) for one in entries]


def _texts(
    session: Session, school_id: int, ids: Collection[int]
) -> dict[str, tuple[Delivery | None, Student | None]]:
    rows = session.exec(
        select(Delivery, Student)
        .join(Student, col(Student.id) == col(Delivery.student_id), isouter=True)
        .where(col(Delivery.id).in_(ids), col(Delivery.school_id) == school_id)
    )
    return {str(delivery.id): (delivery, student) for delivery, student in rows}
