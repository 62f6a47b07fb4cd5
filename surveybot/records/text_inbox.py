"""What waits for a person: texts, by school and by who may see them."""

from collections.abc import Collection
from typing import Any, TypeAlias

from sqlalchemy import Select, func, or_, select
from sqlmodel import Session, col

from surveybot.records.roster import Student
from surveybot.records.texts import InboundText, TextState

_Query: TypeAlias = Select[*tuple[Any, ...]]


def _waiting(
    query: _Query, school_id: int, *, tutor_groups: Collection[str] | None, safeguarding: bool
) -> _Query:
    """A tutor sees the texts of their own groups; safeguarding is for the few who may see it."""
    query = query.outerjoin(Student, col(Student.id) == col(InboundText.student_id)).where(
        col(InboundText.school_id) == school_id, col(InboundText.state) == TextState.INBOX
    )
    if tutor_groups is not None:
        query = query.where(col(Student.tutor_group).in_(list(tutor_groups)))
    return query if safeguarding else query.where(col(InboundText.safeguarding).is_(False))


def waiting_texts(
    session: Session,
    school_id: int,
    *,
    tutor_groups: Collection[str] | None,
    safeguarding: bool,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[tuple[InboundText, Student | None]], int]:
    """One page of the inbox and the number of all; worries first, then the oldest."""
    query = _waiting(
        select(InboundText, Student), school_id, tutor_groups=tutor_groups, safeguarding=safeguarding
    )
    total = session.execute(query.with_only_columns(func.count(col(InboundText.id)))).scalar_one()
    order = (col(InboundText.safeguarding).desc(), col(InboundText.received_at), col(InboundText.id))
    rows = session.execute(query.order_by(*order).limit(limit).offset(offset))
    return [(text, student) for text, student in rows], int(total)


def texts_about(
    session: Session, school_id: int, *, number: str, student_id: int | None, safeguarding: bool
) -> list[InboundText]:
    """The other texts of the same number or student at this school, oldest first."""
    mine = [col(InboundText.from_number) == number]
    if student_id is not None:
        mine.append(col(InboundText.student_id) == student_id)
    query = select(InboundText).where(col(InboundText.school_id) == school_id, or_(*mine))
    if not safeguarding:
        query = query.where(col(InboundText.safeguarding).is_(False))
    return list(
        reversed(session.execute(query.order_by(col(InboundText.id).desc()).limit(60)).scalars().all())
    )
