"""What the plan of a cohort is worked out from, and a fingerprint that changes whenever any of it does."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, bindparam, case, func, select
from sqlmodel import Session, col

from surveybot.records.answer.consents import ConsentEvent
from surveybot.records.delivery.opt_outs import OptOut
from surveybot.records.destination.destinations import DestinationFact
from surveybot.records.roster.students import Leaving, Route, Student
from surveybot.records.round.invitations import Invitation
from surveybot.records.round.rounds import Round
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.destination.destinations import FactKind
from surveybot.rules.roster.people import LeavingKind


def leavings_of_students(session: Session, ids: Collection[int]) -> dict[int, list[Leaving]]:
    found: dict[int, list[Leaving]] = {}
    for row in session.execute(select(Leaving).where(col(Leaving.student_id).in_(ids))).scalars():
        found.setdefault(row.student_id, []).append(row)
    return found


def sixth_form_summers(session: Session, school_id: int, *, leaving: int) -> list[int]:
    """The summers in which those of a Year 11 cohort finish Year 13 who stayed in the own sixth form."""
    theirs = select(col(Leaving.student_id)).where(
        col(Leaving.school_id) == school_id, col(Leaving.summer) == leaving, col(Leaving.year_group) == 11
    )
    query = select(col(Leaving.summer)).where(
        col(Leaving.student_id).in_(theirs), col(Leaving.year_group) == 13
    )
    return sorted(session.execute(query.distinct()).scalars())


def answer_days(session: Session, ids: Collection[int]) -> dict[int, dict[str, tuple[date, ...]]]:
    """On which days each student answered which survey; who said no has answered."""
    query = (
        select(col(Invitation.student_id), col(Round.survey), col(Invitation.answered_at))
        .join(Round, col(Round.id) == col(Invitation.round_id))
        .where(col(Invitation.student_id).in_(ids), col(Invitation.answered_at).is_not(None))
    )
    found: dict[int, dict[str, tuple[date, ...]]] = {}
    for student_id, survey, answered_at in session.execute(query):
        of_student = found.setdefault(student_id, {})
        of_student[survey] = (*of_student.get(survey, ()), london_date(answered_at))
    return found


def last_destinations(session: Session, ids: Collection[int]) -> dict[int, tuple[str, date]]:
    """The destination that was learnt last of each student who has left, and on which day."""
    query = (
        select(
            col(DestinationFact.student_id),
            col(DestinationFact.destination),
            col(DestinationFact.ascertained_at),
        )
        .where(col(DestinationFact.student_id).in_(ids), col(DestinationFact.kind) == FactKind.ACTUAL)
        .order_by(col(DestinationFact.ascertained_at), col(DestinationFact.id))
    )
    return {student: (destination, london_date(at)) for student, destination, at in session.execute(query)}


def facts_of_cohort(session: Session, school_id: int, *, leaving: int, year_group: int) -> str:
    """Counts and newest rows of all that a plan depends on, as one text; one query, whatever the size."""
    values = {"school": school_id, "leaving": leaving, "year_group": year_group}
    return "|".join(str(value) for value in session.connection().execute(_FACTS, values).one())


def _facts() -> Select[Any]:
    people = select(col(Leaving.student_id)).where(
        col(Leaving.school_id) == bindparam("school"),
        col(Leaving.summer) == bindparam("leaving"),
        col(Leaving.year_group) == bindparam("year_group"),
    )

    def of(table: Any, *values: ColumnElement[Any]) -> list[ScalarSelect[Any]]:
        theirs = col(table.id if table is Student else table.student_id).in_(people)
        return [select(value).where(theirs).scalar_subquery() for value in values]

    return select(
        *of(Student, func.count(), func.max(Student.changed_at)),
        *of(Leaving, func.count(), func.sum(Leaving.summer), func.count(col(Leaving.left_on))),
        *of(
            Leaving, func.max(Leaving.left_on), func.count(case((col(Leaving.kind) != LeavingKind.NORMAL, 1)))
        ),
        *of(Route, func.count(), func.max(Route.changed_at), func.count(col(Route.bad_at))),
        *of(Route, func.count(col(Route.proven_at))),
        *of(ConsentEvent, func.max(ConsentEvent.id)),
        *of(Invitation, func.count(col(Invitation.answered_at)), func.max(Invitation.answered_at)),
        *of(DestinationFact, func.max(DestinationFact.id)),
        select(func.max(OptOut.id)).scalar_subquery(),
    )


_FACTS = _facts()
