"""What went out, as the demo's phone and mailbox show it: delivery rows with their text, newest first."""

from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import Select, func, or_, select
from sqlmodel import Session, col

from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.roster.students import Student
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import SENT_STATES

_Query: TypeAlias = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Sent:
    """One message that went out, and the student it was about, if any."""

    delivery: Delivery
    student: Student | None


@dataclass(frozen=True, slots=True)
class Thread:
    """One number: its newest text, and how many there are."""

    newest: Sent
    texts: int


def _sent(channel: Channel | None = None) -> _Query:
    query = (
        select(Delivery, Student)
        .outerjoin(Student, col(Student.id) == col(Delivery.student_id))
        .where(col(Delivery.state).in_(SENT_STATES), col(Delivery.body_text) != "")
    )
    return query if channel is None else query.where(col(Delivery.channel) == channel)


def _matching(query: _Query, search: str) -> _Query:
    if not search:
        return query
    wanted = f"%{search.replace('%', '')}%"
    columns = (
        Delivery.to_address,
        Delivery.subject,
        Student.forename,
        Student.surname,
        Student.preferred_name,
    )
    return query.where(or_(*(col(column).ilike(wanted) for column in columns)))


def sent_emails(
    session: Session, *, search: str = "", limit: int = 50, offset: int = 0
) -> tuple[list[Sent], int]:
    """One page of the mailbox, and how many emails there are in all."""
    query = _matching(_sent(Channel.EMAIL), search)
    total = session.execute(query.with_only_columns(func.count())).scalar_one()
    rows = session.execute(
        query.order_by(col(Delivery.accepted_at).desc(), col(Delivery.id).desc()).limit(limit).offset(offset)
    )
    return [Sent(*row) for row in rows], int(total)


def sent_email(session: Session, delivery_id: int) -> Sent | None:
    row = session.execute(_sent(Channel.EMAIL).where(col(Delivery.id) == delivery_id)).one_or_none()
    return Sent(*row) if row else None


def threads(session: Session, *, search: str = "", limit: int = 50) -> list[Thread]:
    """The numbers that got texts, the one with the newest text first."""
    newest = (
        _matching(_sent(Channel.SMS), search)
        .with_only_columns(func.max(Delivery.id).label("id"), func.count().label("texts"))
        .group_by(col(Delivery.to_address))
        .subquery()
    )
    rows = session.execute(
        select(Delivery, Student, newest.c.texts)
        .join(newest, newest.c.id == col(Delivery.id))
        .outerjoin(Student, col(Student.id) == col(Delivery.student_id))
        .order_by(col(Delivery.accepted_at).desc(), col(Delivery.id).desc())
        .limit(limit)
    )
    return [Thread(Sent(delivery, student), texts) for delivery, student, texts in rows]


def thread(session: Session, number: str) -> list[Sent]:
    """The texts to one number, oldest first, as a phone shows them."""
    query = _sent(Channel.SMS).where(col(Delivery.to_address) == number)
    rows = session.execute(query.order_by(col(Delivery.accepted_at), col(Delivery.id)))
    return [Sent(*row) for row in rows]


def everything_sent(session: Session) -> list[Sent]:
    """Every message that went out, oldest first."""
    rows = session.execute(_sent().order_by(col(Delivery.accepted_at), col(Delivery.id)))
    return [Sent(*row) for row in rows]
