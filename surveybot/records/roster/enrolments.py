"""The whole roster of a school at once: one query per table to read it, one statement per table to write."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import delete, insert, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col, select

from surveybot.records.roster.students import Contact, Leaving, Route, Student
from surveybot.records.schools import School
from surveybot.rules.delivery.channels import RouteKind, RouteOwner
from surveybot.rules.roster.phone_numbers import NO_TEXT
from surveybot.rules.roster_file.rows import RosterContact
from surveybot.rules.roster_file.stored import PERSON_FIELDS, StoredLeaving, StoredRoute, StoredStudent

Item = TypeVar("Item")
AT_ONCE = 5000
"""Below the number of parameters that either database takes in one statement."""


def hold_roster(session: Session, school_id: int) -> None:
    """Make other imports for this school wait until the transaction ends."""
    session.exec(select(School.id).where(School.id == school_id).with_for_update())


def whole_roster(session: Session, school_id: int) -> list[StoredStudent]:
    """Every student that the school ever had, with contacts, routes and leavings."""
    contacts, routes = _contacts(session, school_id), _routes(session, school_id)
    leavings = _leavings(session, school_id)
    columns = [getattr(Student, name) for name in PERSON_FIELDS]
    query: Any = select(Student.id, Student.code, Student.state, *columns)
    return [
        StoredStudent(
            student_id,
            code,
            state,
            dict(zip(PERSON_FIELDS, values, strict=True)),
            contacts.get(student_id, {}),
            routes.get(student_id, {}),
            leavings.get(student_id, {}),
        )
        for student_id, code, state, *values in session.exec(
            query.where(Student.school_id == school_id).order_by(Student.id)
        )
    ]


def _contacts(session: Session, school_id: int) -> dict[int, dict[int, RosterContact]]:
    found: dict[int, dict[int, RosterContact]] = {}
    query: Any = select(  # type: ignore[call-overload]
        Contact.student_id, Contact.position, Contact.name, Contact.relationship, Contact.address
    )
    for student_id, position, *parts in session.exec(query.where(Contact.school_id == school_id)):
        found.setdefault(student_id, {})[position] = RosterContact(position, *parts)
    return found


def _routes(session: Session, school_id: int) -> dict[int, dict[tuple[RouteOwner, RouteKind], StoredRoute]]:
    found: dict[int, dict[tuple[RouteOwner, RouteKind], StoredRoute]] = {}
    query: Any = select(  # type: ignore[call-overload]
        *(Route.student_id, Route.owner, Route.kind, Route.id, Route.address),
        *(Route.proven_at, Route.bad_at, Route.bad_reason),
    )
    for student_id, owner, kind, route_id, address, proven_at, bad_at, why in session.exec(
        query.where(Route.school_id == school_id)
    ):
        works = bad_at is None
        route = StoredRoute(route_id, address, works and proven_at is not None, not works and why == NO_TEXT)
        found.setdefault(student_id, {})[owner, kind] = route
    return found


def _leavings(session: Session, school_id: int) -> dict[int, dict[int, StoredLeaving]]:
    found: dict[int, dict[int, StoredLeaving]] = {}
    query: Any = select(  # type: ignore[call-overload]
        Leaving.student_id, Leaving.year_group, Leaving.id, Leaving.summer, Leaving.left_on
    )
    for student_id, year_group, *rest in session.exec(query.where(Leaving.school_id == school_id)):
        found.setdefault(student_id, {})[year_group] = StoredLeaving(*rest)
    return found


def taken_codes(session: Session, codes: Iterable[str]) -> set[str]:
    """Those of the codes that a student of any school has."""
    taken: set[str] = set()
    for some in _parts(codes):
        taken.update(session.exec(select(Student.code).where(col(Student.code).in_(some))))
    return taken


def ids_of_codes(session: Session, codes: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for some in _parts(codes):
        rows = session.exec(select(Student.code, Student.id).where(col(Student.code).in_(some)))
        found.update((code, student_id) for code, student_id in rows if student_id is not None)
    return found


def add_rows(session: Session, table: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of one table, all with the same columns."""
    if not rows:
        return
    if session.get_bind().dialect.name == "postgresql":
        _add_rows_as_one_value(session, str(table.__tablename__), rows)
    else:
        session.connection().execute(insert(table), [dict(row) for row in rows])


def _add_rows_as_one_value(session: Session, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """PostgreSQL takes all rows in one JSON parameter, ten times faster than a statement for each."""
    columns = ", ".join(f'"{name}"' for name in rows[0])
    statement = text(
        f'INSERT INTO "{table}" ({columns}) '  # noqa: S608 - both come from our own models
        f'SELECT {columns} FROM jsonb_populate_recordset(NULL::"{table}", CAST(:rows AS jsonb))'
    )
    values = json.dumps([dict(row) for row in rows], default=lambda value: value.isoformat())
    session.connection().execute(statement, {"rows": values})


def change_rows(session: Session, table: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Update rows by their id; each says which columns it changes, and like rows go together."""
    if rows:
        session.execute(update(table), sorted((dict(row) for row in rows), key=sorted))


def drop_routes(session: Session, ids: Iterable[int]) -> None:
    for some in _parts(ids):
        session.execute(
            delete(Route).where(col(Route.id).in_(some)).execution_options(synchronize_session=False)
        )


def _parts(items: Iterable[Item]) -> Iterator[list[Item]]:
    rest = iter(items)
    while part := list(islice(rest, AT_ONCE)):
        yield part


def change_contacts(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put contacts in their places, whether somebody stood there before or not."""
    if not rows:
        return
    dialect = session.get_bind().dialect.name
    statement = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(Contact)
    replaced = {name: statement.excluded[name] for name in ("name", "relationship", "address")}
    session.connection().execute(
        statement.on_conflict_do_update(index_elements=["student_id", "position"], set_=replaced),
        [dict(row) for row in rows],
    )
