"""Databases of tests: migrated once a process, and empty again for each test.

So are engines: what SQLAlchemy has compiled for one test is not compiled again for the next.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NoReturn
from unittest import mock
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import Engine, make_url
from sqlmodel import SQLModel

from surveybot.records import database

POSTGRES = os.environ.get("TEST_DATABASE_URL", "")


def leave_out(reason: str) -> NoReturn:
    """Skip for want of something on this machine; a full run (.ci/run) fails instead."""
    if os.environ.get("SURVEYBOT_TEST_EVERYTHING"):
        pytest.fail(f"a full run leaves nothing out, but {reason}")
    pytest.skip(reason)


make_engine = database.make_engine


@cache
def kept_engine(url: str, _process: int) -> Engine:
    """One engine an address and process: a statement is compiled by the first test that makes it."""
    return make_engine(url)


@contextmanager
def engines_kept_for(kept_url: str) -> Iterator[None]:
    """Whoever asks for an engine of this address, in this process, gets the kept one."""
    before = database.make_engine

    def make(url: str, **named: Any) -> Engine:
        return kept_engine(url, os.getpid()) if url == kept_url else before(url, **named)

    with mock.patch.object(database, "make_engine", make):
        yield


def renew(url: str, template: Path) -> None:
    """A fresh copy of the file; whoever still holds the old one holds a file that nobody sees."""
    kept_engine(url, os.getpid()).dispose()
    path = database.sqlite_path(url)
    assert path is not None
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
    shutil.copy(template, path)


def empty(url: str) -> None:
    """Take every row out, after whoever is still at work; numbers begin at 1 again.

    Who rests keeps the connection: making one takes longer than many a test.
    """
    connection = caretaker(url, os.getpid())
    connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()"
    )
    filled = [name for (name,) in connection.execute(_filled_tables()).fetchall()]
    if filled:
        connection.execute(";".join(f'DELETE FROM "{name}"' for name in filled))
        connection.execute(
            "SELECT setval(oid::regclass, 1, false) FROM pg_class"
            " WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace"
        )


@cache
def _filled_tables() -> str:
    return " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in SQLModel.metadata.tables
    )


@cache
def caretaker(url: str, _process: int) -> "psycopg.Connection[Any]":
    connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
    connection.execute("SET session_replication_role = replica")  # in any order: no key is looked at
    return connection


@contextmanager
def postgres_database() -> Iterator[str]:
    if not POSTGRES:
        leave_out("TEST_DATABASE_URL is not set")
    name = f"surveybot_{uuid4().hex}"
    server = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()
