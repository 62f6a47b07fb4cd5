"""Create or upgrade the database; on SQLite a copy is kept first, since half an upgrade stays there."""

import sqlite3
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection, Engine

from surveybot.config import ROOT


class BrokenReferences(Exception):
    """After an upgrade rows point at rows that are gone; the copy taken before it is whole."""


def wanted_revision() -> str:
    """The newest revision in migrations/versions/."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def stored_revision(engine: Engine) -> str | None:
    """The revision that the database is at, or None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to a revision. Several at once do no harm."""
    if engine.dialect.name == "sqlite":
        _upgrade_sqlite(engine, revision)
        return
    with engine.begin() as connection:
        _run(connection, revision)


def _upgrade_sqlite(engine: Engine, revision: str) -> None:
    path = Path(engine.url.database or "")
    if path.exists() and stored_revision(engine) not in (None, wanted_revision()):
        _copy(path, path.with_name(path.name + ".before-upgrade"))
    with engine.connect() as connection:
        # A PRAGMA inside a transaction does nothing, so it goes to the bare connection first.
        bare = connection.connection.dbapi_connection
        assert bare is not None
        bare.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                _run(connection, revision)
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                if broken:
                    raise BrokenReferences(f"{len(broken)} rows of {broken[0][0]}")
        finally:
            bare.execute("PRAGMA foreign_keys=ON")


def _copy(source: Path, target: Path) -> None:
    """SQLite's own backup: a plain copy of a database in use may be broken."""
    target.unlink(missing_ok=True)
    with sqlite3.connect(source) as old, sqlite3.connect(target) as new:
        old.backup(new)
    old.close()
    new.close()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def _run(connection: Connection, revision: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
