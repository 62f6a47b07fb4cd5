"""Lists of a school's students: search, groups, cohorts. A tutor's lists hold their own groups alone."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import Select, func, select
from sqlmodel import Session, col

from surveybot.records.roster.students import Leaving, Student
from surveybot.rules.roster.name_search import matches
from surveybot.rules.roster.people import StudentState

_Query: TypeAlias = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Cohort:
    """Those who finish a year group in one summer, and are not known to have died."""

    year_group: int
    leaving: int
    students: int


def _of_school(query: _Query, school_id: int, tutor_groups: Collection[str] | None) -> _Query:
    query = query.where(col(Student.school_id) == school_id)
    return query if tutor_groups is None else query.where(col(Student.tutor_group).in_(list(tutor_groups)))


def count_students(session: Session, school_id: int, *, tutor_groups: Collection[str] | None = None) -> int:
    query = select(func.count()).select_from(Student)
    return int(session.execute(_of_school(query, school_id, tutor_groups)).scalar_one())


def ids_by_name(
    session: Session, school_id: int, search: str, *, tutor_groups: Collection[str] | None = None
) -> set[int]:
    """The students whose names or code begin with the typed words, accents or not; one query."""
    query = select(
        col(Student.id),
        col(Student.forename),
        col(Student.preferred_name),
        col(Student.surname),
        col(Student.code),
    )
    rows = session.execute(_of_school(query, school_id, tutor_groups))
    return {number for number, *names in rows if matches(search, names)}


_ORDERS: dict[str, list[Any]] = {
    "name": [Student.surname, Student.forename],
    "group": [Student.tutor_group, Student.surname, Student.forename],
    "year": [Student.year_group, Student.surname, Student.forename],
    "state": [Student.state, Student.surname, Student.forename],
}


def list_students(
    session: Session,
    school_id: int,
    *,
    tutor_groups: Collection[str] | None = None,
    among: Collection[int] | None = None,
    tutor_group: str = "",
    state: StudentState | None = None,
    sort: str = "name",
    descending: bool = False,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[Student], int]:
    """One page of students, and how many there are in all; `among` holds the ids of a search."""
    query: _Query = _of_school(select(Student), school_id, tutor_groups)
    if among is not None:
        query = query.where(col(Student.id).in_(list(among)))
    if tutor_group:
        query = query.where(col(Student.tutor_group) == tutor_group)
    if state is not None:
        query = query.where(col(Student.state) == state)
    total = session.execute(query.with_only_columns(func.count())).scalar_one()
    first, *rest = _ORDERS.get(sort, _ORDERS["name"])
    ordered = query.order_by(col(first).desc() if descending else col(first).asc(), *rest, col(Student.id))
    return list(session.execute(ordered.limit(limit).offset(offset)).scalars()), total


def tutor_groups_of(
    session: Session, school_id: int, *, tutor_groups: Collection[str] | None = None
) -> list[str]:
    """The tutor groups in which there are students, in order."""
    query = select(col(Student.tutor_group)).where(col(Student.tutor_group) != "").distinct()
    found = _of_school(query, school_id, tutor_groups).order_by(col(Student.tutor_group))
    return list(session.execute(found).scalars())


def cohorts_of(session: Session, school_id: int) -> list[Cohort]:
    """Every summer and year group with its number of students, latest summer first."""
    query = (
        select(col(Leaving.year_group), col(Leaving.summer), func.count())
        .join(Student, col(Student.id) == col(Leaving.student_id))
        .where(col(Leaving.school_id) == school_id, col(Student.state) != StudentState.DECEASED)
        .group_by(col(Leaving.year_group), col(Leaving.summer))
        .order_by(col(Leaving.summer).desc(), col(Leaving.year_group))
    )
    return [Cohort(*row) for row in session.execute(query)]
