"""What the going of a message rests on: read in its claim, and once more just before its own wire call.

As long as the two are the same, nothing has come in between: no switch, no stop, no answer.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ScalarSelect, bindparam, func, select
from sqlalchemy.engine import Engine
from sqlmodel import Session, col

from surveybot.records.answer.consents import ConsentEvent
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.delivery.opt_outs import OptOut
from surveybot.records.delivery.switches import SwitchEvent
from surveybot.records.installations import Installation
from surveybot.records.kept_query import KeptQuery
from surveybot.records.roster.students import Route, Student
from surveybot.records.round.invitations import Invitation
from surveybot.records.round.rounds import Round
from surveybot.records.texting.texts import NumberHold

Grounds = tuple[Any, ...]
"""Not to be read, only to be compared with what the same message rested on before."""

_OF_STUDENT = col(Route.student_id) == col(Delivery.student_id)


def _count(of: Any, *conditions: Any) -> ScalarSelect[int]:
    return select(func.count(of)).where(*conditions).correlate(Delivery).scalar_subquery()


# Ledgers are counted: the highest number says nothing of a row with a lower one that was committed later.
_GROUNDS = (
    select(
        col(Delivery.id),
        col(Delivery.fence),
        col(Delivery.state),
        col(Round.state),
        col(Round.closes_at),
        col(Invitation.answered_at),
        col(Invitation.declined_at),
        col(Student.state),
        _count(SwitchEvent.id),
        select(func.max(Installation.instance)).scalar_subquery(),
        _count(ConsentEvent.id, col(ConsentEvent.student_id) == col(Delivery.student_id)),
        _count(OptOut.id, col(OptOut.address) == col(Route.address), _OF_STUDENT),
        _count(Route.bad_at, _OF_STUDENT),
        select(func.max(Route.changed_at)).where(_OF_STUDENT).correlate(Delivery).scalar_subquery(),
        _count(
            NumberHold.id,
            col(NumberHold.number) == col(Route.address),
            col(NumberHold.lifted_at).is_(None),
            _OF_STUDENT,
        ),
    )
    .select_from(Delivery)
    .outerjoin(Round, col(Round.id) == col(Delivery.round_id))
    .outerjoin(Invitation, col(Invitation.id) == col(Delivery.invitation_id))
    .outerjoin(Student, col(Student.id) == col(Delivery.student_id))
)
_OF_ONE = KeptQuery(_GROUNDS.where(col(Delivery.id) == bindparam("delivery")))


def grounds_of_claimed(session: Session, delivery_ids: Collection[int]) -> dict[int, Grounds]:
    """Of every message of a claim, before anything else is read about it; one query."""
    rows = session.execute(_GROUNDS.where(col(Delivery.id).in_(delivery_ids)))
    return {row[0]: tuple(row) for row in rows}


def grounds_now(engine: Engine, delivery_id: int) -> Grounds | None:
    """Of one message, at this moment; on a connection that is given back at once."""
    return _OF_ONE.one_or_none(engine, delivery=delivery_id)
