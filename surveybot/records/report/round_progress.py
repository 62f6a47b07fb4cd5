"""How rounds go: counts by round and by tutor group, and the people behind a count.

Everyone in a round is exactly one of answered, unreachable, not yet. Who died, had left when it was opened,
or is 16 in a round that asks parents is in none of them. `declined` (opened, and said no) and `wants_help`
count some of the answered.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.roster.students import Student
from surveybot.records.round.invitations import Invitation
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.rules.delivery.may_ask import NOT_IN_THE_ROUND
from surveybot.rules.roster.people import StudentState

NEVER_REACHED = (DeliveryState.UNDELIVERED, DeliveryState.FAILED_PERMANENT, DeliveryState.SUPPRESSED)
ON_THE_WAY = (
    DeliveryState.PENDING,
    DeliveryState.HELD,
    DeliveryState.DISPATCHING,
    DeliveryState.AMBIGUOUS,
    DeliveryState.ACCEPTED,
    DeliveryState.DELIVERED,
)

_Query: TypeAlias = Select[*tuple[Any, ...]]


class Part(StrEnum):
    """The lists of a round page."""

    ALL = "all"
    ANSWERED = "answered"
    NOT_YET = "not-yet"
    UNREACHABLE = "unreachable"
    DECLINED = "declined"
    WANTS_HELP = "wants-help"


@dataclass(frozen=True, slots=True)
class Progress:
    people: int = 0
    answered: int = 0
    declined: int = 0
    unreachable: int = 0
    wants_help: int = 0

    @property
    def not_yet(self) -> int:
        return self.people - self.answered - self.unreachable

    @property
    def per_cent(self) -> int:
        return 100 * self.answered // self.people if self.people else 0


@dataclass(frozen=True, slots=True)
class PersonInRound:
    student: Student
    invitation: Invitation
    part: Part
    last_delivery: Delivery | None


def _has_delivery(states: Collection[DeliveryState]) -> ColumnElement[bool]:
    return exists().where(
        col(Delivery.invitation_id) == col(Invitation.id), col(Delivery.state).in_(list(states))
    )


_ANSWERED = col(Invitation.answered_at).is_not(None)
_SILENT = col(Invitation.answered_at).is_(None)
_OUT_OF_REACH = or_(
    col(Invitation.skipped).is_not(None), and_(_has_delivery(NEVER_REACHED), ~_has_delivery(ON_THE_WAY))
)
_CONDITIONS: dict[Part, ColumnElement[bool]] = {
    Part.ANSWERED: _ANSWERED,
    Part.DECLINED: col(Invitation.declined_at).is_not(None),
    Part.UNREACHABLE: and_(_SILENT, _OUT_OF_REACH),
    Part.NOT_YET: and_(_SILENT, ~_OUT_OF_REACH),
    Part.WANTS_HELP: col(Invitation.wants_help).is_(True),
}
_PART = case(
    (_ANSWERED, Part.ANSWERED.value),
    (_OUT_OF_REACH, Part.UNREACHABLE.value),
    else_=Part.NOT_YET.value,
)


def _in_round(query: _Query, tutor_groups: Collection[str] | None) -> _Query:
    query = query.where(
        col(Student.state) != StudentState.DECEASED,
        or_(col(Invitation.skipped).is_(None), col(Invitation.skipped).not_in(NOT_IN_THE_ROUND)),
    )
    return query if tutor_groups is None else query.where(col(Student.tutor_group).in_(list(tutor_groups)))


def _count(by: Any) -> _Query:
    """One row per value of `by`, with the numbers of a Progress; the part is found once per person."""
    return (
        select(
            by.label("by"),
            _PART.label("part"),
            col(Invitation.declined_at).label("declined_at"),
            col(Invitation.wants_help).label("help"),
        )
        .select_from(Invitation)
        .join(Student, col(Student.id) == col(Invitation.student_id))
    )


def _progress(session: Session, people: _Query) -> dict[Any, Progress]:
    inner = people.subquery()

    def many(condition: Any) -> Any:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    rows = session.execute(
        select(
            inner.c.by,
            func.count(),
            many(inner.c.part == Part.ANSWERED.value),
            many(inner.c.declined_at.is_not(None)),
            many(inner.c.part == Part.UNREACHABLE.value),
            many(inner.c.help),
        ).group_by(inner.c.by)
    )
    return {row[0]: Progress(*row[1:]) for row in rows}


def progress_of_rounds(
    session: Session, school_id: int, *, tutor_groups: Collection[str] | None = None
) -> dict[int, Progress]:
    """The progress of every round of a school that holds anybody, by round id; one query."""
    people = _count(col(Invitation.round_id)).where(col(Invitation.school_id) == school_id)
    return _progress(session, _in_round(people, tutor_groups))


def progress_by_group(
    session: Session, round_id: int, *, tutor_groups: Collection[str] | None = None
) -> dict[str, Progress]:
    """The progress of one round by tutor group, in the order of the groups; one query."""
    people = _count(col(Student.tutor_group)).where(col(Invitation.round_id) == round_id)
    return dict(sorted(_progress(session, _in_round(people, tutor_groups)).items()))


def together(parts: Collection[Progress]) -> Progress:
    return Progress(
        people=sum(part.people for part in parts),
        answered=sum(part.answered for part in parts),
        declined=sum(part.declined for part in parts),
        unreachable=sum(part.unreachable for part in parts),
        wants_help=sum(part.wants_help for part in parts),
    )


_ORDERS: dict[str, list[Any]] = {
    "name": [Student.surname, Student.forename],
    "group": [Student.tutor_group, Student.surname, Student.forename],
    "answered": [Invitation.answered_at, Student.surname, Student.forename],
}


def people_in_round(
    session: Session,
    round_id: int,
    *,
    part: Part = Part.ALL,
    tutor_groups: Collection[str] | None = None,
    among: Collection[int] | None = None,
    sort: str = "name",
    descending: bool = False,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[PersonInRound], int]:
    """One page of the people of a round, with their last message, and how many there are in all.

    `among` holds student ids and narrows the list to a search.
    """
    chosen = _chosen(round_id, part, tutor_groups, among)
    total = session.execute(chosen.with_only_columns(func.count())).scalar_one()
    last = aliased(Delivery)
    newest = (
        select(func.max(Delivery.id))
        .where(col(Delivery.invitation_id) == col(Invitation.id))
        .correlate(Invitation)
        .scalar_subquery()
    )
    first, *rest = _ORDERS.get(sort, _ORDERS["name"])
    rows = session.execute(
        chosen.add_columns(last)
        .outerjoin(last, col(last.id) == newest)
        .order_by(
            (col(first).desc() if descending else col(first).asc()).nulls_last(), *rest, col(Student.id)
        )
        .limit(limit)
        .offset(offset)
    )
    return [
        PersonInRound(student, invitation, Part(word), delivery)
        for student, invitation, word, delivery in rows
    ], total


def _chosen(
    round_id: int, part: Part, tutor_groups: Collection[str] | None, among: Collection[int] | None
) -> _Query:
    query = (
        select(Student, Invitation, _PART)
        .join(Invitation, col(Invitation.student_id) == col(Student.id))
        .where(col(Invitation.round_id) == round_id)
    )
    if part is not Part.ALL:
        query = query.where(_CONDITIONS[part])
    if among is not None:
        query = query.where(col(Student.id).in_(list(among)))
    return _in_round(query, tutor_groups)
