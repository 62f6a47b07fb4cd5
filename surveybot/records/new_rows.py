"""Many new rows at once. On PostgreSQL it is one statement: a batch would be one statement for each row."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import JSON, Table, bindparam, column, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

Rows = Sequence[Mapping[str, Any]]


def insert_for(session: Session) -> Any:
    """INSERT with ON CONFLICT, which SQLite and PostgreSQL spell alike."""
    return postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert


def add_rows(
    session: Session,
    table_name: str,
    rows: Rows,
    *,
    single: Sequence[str] = (),
    returning: Sequence[str] = (),
) -> Any:
    """Add rows, all with the same columns; the result, with `rowcount` or the `returning` columns.

    `single` names the columns of a unique key: a row that stands already under it stays as it is.
    """
    session.flush()  # what they point at may only be queued
    dialect = session.get_bind().dialect.name
    insert = _insert(dialect, table_name, tuple(rows[0]), tuple(single), tuple(returning))
    given = [{"rows": [_as_json(row) for row in rows]}] if dialect == "postgresql" else list(map(dict, rows))
    return session.connection().execute(insert, given)


@cache  # there are few, and SQLAlchemy takes longer to build one than the database to run it
def _insert(
    dialect: str, table_name: str, columns: Sequence[str], single: Sequence[str], returning: Sequence[str]
) -> Any:
    table = SQLModel.metadata.tables[table_name]
    insert: Any = _from_json(table, columns) if dialect == "postgresql" else sqlite.insert(table)
    if single:
        insert = insert.on_conflict_do_nothing(index_elements=list(single))
    if returning:
        insert = insert.returning(*(table.c[name] for name in returning))
    return insert.execution_options(preserve_rowcount=True)


def _from_json(table: Table, names: Sequence[str]) -> Any:
    columns = [table.c[name] for name in names]
    given = (
        func.json_to_recordset(bindparam("rows", type_=JSON))
        .table_valued(*(column(one.name, one.type) for one in columns), name="given")
        .render_derived(with_types=True)
    )
    return postgresql.insert(table).from_select(list(names), select(given))


def _as_json(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}
