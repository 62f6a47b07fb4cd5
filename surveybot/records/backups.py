"""Copies of the whole database: SQLite's own backup, or pg_dump where it is found.

A plain copy of an SQLite file in use is often broken; the backup API never is.
"""

import os
import shutil
import sqlite3
import subprocess
import tempfile
from pathlib import Path

from sqlalchemy.engine import URL, Engine

SQLITE_MAGIC = b"SQLite format 3\x00"
POSTGRES_MAGIC = b"PGDMP"


class BackupRefused(Exception):
    """The copy cannot be made or read; the text says why and what to do."""


def back_up(engine: Engine, target: Path) -> int:
    """Write a consistent copy to a new file, readable by its owner alone; say how many bytes it has."""
    if target.exists():
        raise BackupRefused(f"{target} exists already: name a new file.")
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".backup-", dir=target.parent)
    os.close(descriptor)
    part = Path(name)
    try:
        if engine.dialect.name == "sqlite":
            _copy_sqlite(Path(engine.url.database or ""), part)
        else:
            _run_postgres("pg_dump", engine.url, ["--format=custom", f"--file={part}"])
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target.stat().st_size


def restore(engine: Engine, source: Path) -> None:
    """Fill an empty database from a copy; one that holds anything is never written over."""
    if not source.is_file():
        raise BackupRefused(f"There is no file {source}.")
    with source.open("rb") as file:
        head = file.read(16)
    on_sqlite = engine.dialect.name == "sqlite"
    if not head.startswith(SQLITE_MAGIC if on_sqlite else POSTGRES_MAGIC):
        raise BackupRefused(f"{source} is no backup of a {engine.dialect.name} database.")
    if on_sqlite:
        _restore_sqlite(source, Path(engine.url.database or ""))
    else:
        _refuse_filled(engine)
        _run_postgres("pg_restore", engine.url, ["--no-owner", "--exit-on-error", str(source)])


def _restore_sqlite(source: Path, target: Path) -> None:
    if target.exists() and target.stat().st_size > 0:
        raise BackupRefused(f"{target} holds data: move it away first, or name another DATABASE_URL.")
    target.parent.mkdir(parents=True, exist_ok=True)
    _copy_sqlite(source, target)
    with sqlite3.connect(target) as copy:
        sound = copy.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    copy.close()
    if not sound:
        target.unlink()
        raise BackupRefused(f"{source} is damaged.")


def _copy_sqlite(source: Path, target: Path) -> None:
    try:
        with sqlite3.connect(f"file:{source}?mode=ro", uri=True) as old, sqlite3.connect(target) as new:
            old.backup(new)
    except sqlite3.DatabaseError as error:
        raise BackupRefused(f"{source} cannot be read as a database.") from error
    old.close()
    new.close()


def _refuse_filled(engine: Engine) -> None:
    with engine.connect() as connection:
        found = connection.exec_driver_sql(
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
        ).scalar_one()
    if found:
        raise BackupRefused("The database holds tables: create an empty one and set DATABASE_URL to it.")


def _run_postgres(program: str, url: URL, arguments: list[str]) -> None:
    path = shutil.which(program)
    if path is None:
        raise BackupRefused(f"{program} is not installed here: install PostgreSQL's client programs.")
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    where = {"--host": url.host, "--port": url.port, "--username": url.username, "--dbname": url.database}
    options = [f"{name}={value}" for name, value in where.items() if value]
    done = subprocess.run(  # noqa: S603  (a fixed program, and our own settings)
        [path, *options, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise BackupRefused(f"{program} failed: {lines[-1] if lines else done.returncode}")
