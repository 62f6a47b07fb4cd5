"""Messages that go before the others that are due at the same moment; nothing in or about them says so.

A message that waits at the front has its turn (`next_at`) a second before it is due; no claim takes it before
it is due.
"""

from collections.abc import Iterable
from datetime import timedelta

from sqlmodel import Session, col, select

from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.roster.students import Student
from surveybot.records.round.rounds import Round
from surveybot.rules.calendar.results_day import RESULTS_SURVEY
from surveybot.rules.delivery.delivery_states import DeliveryState, MessageClass

AHEAD = timedelta(seconds=1)
_WAITING = (DeliveryState.PENDING, DeliveryState.HELD)


def put_first_of_round(session: Session, round_id: int) -> int:
    """Bring those forward whose students staff want to see first; how many."""
    query = (
        select(Delivery)
        .join(Student, col(Student.id) == Delivery.student_id)
        .where(
            Delivery.round_id == round_id,
            col(Student.see_me_first).is_(True),
            col(Delivery.state).in_(_WAITING),
            Delivery.next_at == Delivery.due_at,
        )
    )
    return _move(session, session.exec(query), ahead=True)


def put_student(session: Session, student_id: int, *, ahead: bool) -> int:
    """Bring a student's messages about results forward, or put them back; how many."""
    query = (
        select(Delivery)
        .join(Round, col(Round.id) == Delivery.round_id)
        .where(
            Delivery.student_id == student_id,
            Delivery.message_class == MessageClass.ASK,
            Round.survey == RESULTS_SURVEY,
            col(Delivery.state).in_(_WAITING),
            Delivery.next_at <= Delivery.due_at,  # one that was put off has its own time
        )
    )
    return _move(session, session.exec(query), ahead=ahead)


def _move(session: Session, rows: Iterable[Delivery], *, ahead: bool) -> int:
    moved = 0
    for row in rows:
        row.next_at = row.due_at - AHEAD if ahead else row.due_at
        session.add(row)
        moved += 1
    session.flush()
    return moved
