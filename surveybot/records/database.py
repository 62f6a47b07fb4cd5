"""The engine, the session and the column types that every table shares.

SQLite and PostgreSQL behave alike from here on: times are aware UTC, foreign keys hold, a session that
was opened for reading cannot write, and writers queue instead of failing.
"""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import JSON, DateTime, Enum, MetaData, TypeDecorator, create_engine, event
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection, Dialect, Engine, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.pool import PoolProxiedConnection
from sqlmodel import Session, SQLModel

SQLModel.metadata.naming_convention = MetaData(
    naming_convention={  # every constraint has a name, on both databases: batch migrations need them
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
).naming_convention

REST_SECONDS = 20.0

JSON_COLUMN = JSON().with_variant(postgresql.JSONB(), "postgresql")
"""Reassign the whole value to change it: a change in place is not saved."""


class UTCDateTime(TypeDecorator[datetime]):
    """An aware UTC time on both databases; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        stored: datetime = value
        return stored.replace(tzinfo=UTC) if stored.tzinfo is None else stored.astimezone(UTC)


def word_column(words: type[StrEnum]) -> Any:
    """Plain VARCHAR for a word of a StrEnum, checked in Python: a new word needs no migration."""
    return Enum(
        words,
        native_enum=False,
        length=24,
        create_constraint=False,
        values_callable=lambda kind: [w.value for w in kind],
    )


def sqlite_path(url: str) -> Path | None:
    """The file of an SQLite address; None for another database."""
    parsed = make_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def make_engine(url: str, *, pool_size: int = 8) -> Engine:
    """An engine for ``sqlite:///path`` or ``postgresql+psycopg://...``; makes the SQLite folder.

    `reading` and `looking` use its twin, which cannot write; both are disposed of together.
    """
    path = sqlite_path(url)
    # An error's text must not quote what was to be stored: it may end in a log.
    options: dict[str, Any] = {"pool_size": pool_size, "max_overflow": pool_size, "hide_parameters": True}
    engine = create_engine(url, **options)
    # Readers need no transaction: PostgreSQL looks anew for each statement anyway, and a rollback would make
    # it forget every plan.
    if path is None:
        reader = create_engine(url, **options, isolation_level="AUTOCOMMIT")
        _prepare_reader(reader)
        _ping_after_a_rest(engine)
        _ping_after_a_rest(reader)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        reader = create_engine(url, **options)
        _prepare_sqlite(engine, path.with_name(path.name + ".gate"))
        _prepare_sqlite(reader, None)
    event.listen(engine, "engine_disposed", lambda _engine: reader.dispose())
    _READERS[engine] = reader
    return engine


def leave_to_parent(engine: Engine) -> None:
    """In a forked child: no connection is shared between processes, and none of the parent's is closed."""
    _READERS[engine].dispose(close=False)
    engine.dispose(close=False)


def _prepare_reader(engine: Engine) -> None:
    """PostgreSQL itself refuses to write."""

    @event.listens_for(engine, "connect")
    def prepare(dbapi_connection: Any, _record: Any) -> None:
        dbapi_connection.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
        dbapi_connection.commit()


def _ping_after_a_rest(engine: Engine) -> None:
    """A connection that has rested may have died; one that was busy a moment ago costs no extra trip."""

    @event.listens_for(engine, "checkin")
    def rest(_connection: Any, record: Any) -> None:
        record.info["rests_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def wake(dbapi_connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("rests_since", time.monotonic()) < REST_SECONDS:
            return
        try:
            dbapi_connection.execute("SELECT 1")
            dbapi_connection.rollback()
        except Exception as error:
            raise DisconnectionError from error


_READERS: WeakKeyDictionary[Engine, Engine] = WeakKeyDictionary()


def _prepare_sqlite(engine: Engine, gate_path: Path | None) -> None:
    """Say BEGIN ourselves. Writers wait at a gate in turn, instead of sleeping in SQLite's busy handler."""

    @event.listens_for(engine, "connect")
    def prepare(dbapi_connection: Any, record: Any) -> None:
        dbapi_connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "busy_timeout=10000", "foreign_keys=ON", "synchronous=FULL"):
            dbapi_connection.execute(f"PRAGMA {pragma}")
        if gate_path is None:
            dbapi_connection.execute("PRAGMA query_only=ON")
        else:
            record.info["gate"] = gate_path.open("a")

    if gate_path is None:
        return

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        bare: Any = connection.connection.dbapi_connection
        fcntl.flock(connection.info["gate"], fcntl.LOCK_EX)
        bare.execute("BEGIN IMMEDIATE")

    @event.listens_for(engine, "checkin")
    def leave_gate(_connection: Any, record: Any) -> None:
        if gate := record.info.get("gate"):
            fcntl.flock(gate, fcntl.LOCK_UN)

    @event.listens_for(engine, "close")
    def close_gate(_connection: Any, record: Any) -> None:
        if gate := record.info.pop("gate", None):
            gate.close()


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """One transaction: committed when the block ends, rolled back when an exception leaves it."""
    with Session(engine, expire_on_commit=False) as session:
        yield session
        session.commit()


@contextmanager
def together(session: Session) -> Iterator[None]:
    """Writes in this block go to PostgreSQL in one trip; none may tell anything back, and a fault comes last.

    See https://www.psycopg.org/psycopg3/docs/advanced/pipeline.html; on SQLite there is no trip to save.
    """
    session.flush()  # it may read what it writes
    dialect = session.get_bind().dialect
    if dialect.name != "postgresql":
        yield
        return
    driver: Any = session.connection().connection.dbapi_connection
    base: Any = dialect.loaded_dbapi
    try:
        with driver.pipeline():
            yield
    except base.Error as error:
        raise DBAPIError.instance("", None, error, base.Error, hide_parameters=True) from None


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session in which the database itself refuses to write."""
    with Session(_READERS[engine], expire_on_commit=False) as session:
        yield session


@contextmanager
def looking(engine: Engine) -> Iterator[Connection]:
    """A connection on which the database refuses to write, for a single query without objects."""
    with _READERS[engine].connect() as connection:
        yield connection


@contextmanager
def bare(engine: Engine) -> Iterator[PoolProxiedConnection]:
    """The driver's own connection, on which the database refuses to write."""
    connection = _READERS[engine].raw_connection()
    try:
        yield connection
    finally:
        connection.close()


def answers(session: Session) -> bool:
    """Whether the database answers at all."""
    try:
        session.connection().exec_driver_sql("SELECT 1")
    except DBAPIError:
        return False
    return True
