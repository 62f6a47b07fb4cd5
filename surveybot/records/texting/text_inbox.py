"""What waits for a person: texts, by school and by who may see them."""

from collections.abc import Collection
from typing import Any, TypeAlias

from sqlalchemy import Select, func, or_, select, update
from sqlmodel import Session, col

from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.roster.students import Student
from surveybot.records.texting.texts import InboundText, TextState
from surveybot.rules.delivery.delivery_states import DeliveryState, HoldReason

_Query: TypeAlias = Select[*tuple[Any, ...]]


def _waiting(
    query: _Query, school_id: int, *, tutor_groups: Collection[str] | None, safeguarding: bool
) -> _Query:
    """A tutor sees the texts of their own groups; a worry only the few who may, of whichever group."""
    query = query.outerjoin(Student, col(Student.id) == col(InboundText.student_id)).where(
        col(InboundText.school_id) == school_id, col(InboundText.state) == TextState.INBOX
    )
    worry = col(InboundText.safeguarding).is_(True)
    if tutor_groups is not None:
        query = query.where(or_(col(Student.tutor_group).in_(list(tutor_groups)), worry))
    return query if safeguarding else query.where(~worry)


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
    newest = session.execute(query.order_by(col(InboundText.id).desc()).limit(60)).scalars().all()
    return list(reversed(newest))


STAFF_REPLY = "staff-reply"


def staff_replies_to(session: Session, student_id: int) -> list[Delivery]:
    """What staff wrote back to a student or their contacts by text, oldest first."""
    query = select(Delivery).where(col(Delivery.student_id) == student_id, col(Delivery.step) == STAFF_REPLY)
    return list(session.execute(query.order_by(col(Delivery.id))).scalars())


def others_wait(session: Session, conversation_id: int, *, but: int) -> bool:
    """Whether another text of a conversation still waits for a person."""
    query = select(col(InboundText.id)).where(
        col(InboundText.conversation_id) == conversation_id,
        col(InboundText.state) == TextState.INBOX,
        col(InboundText.id) != but,
    )
    return session.execute(query.limit(1)).first() is not None


def release_unread(session: Session, student_ids: Collection[int]) -> int:
    """A person has read the text: what was held for it may go; say how many messages that are."""
    released = (
        update(Delivery)
        .where(
            col(Delivery.student_id).in_(list(student_ids)),
            col(Delivery.state) == DeliveryState.HELD,
            col(Delivery.hold_reason) == HoldReason.UNREAD,
        )
        .values(state=DeliveryState.PENDING, hold_reason="", reason="")
        .returning(col(Delivery.id))
        .execution_options(synchronize_session=False)
    )
    return len(session.execute(released).all()) if student_ids else 0
