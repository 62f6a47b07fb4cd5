"""Migrations: the same tables on both databases, and no row lost on the way."""

import multiprocessing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Column, MetaData, insert, inspect, text
from sqlalchemy import types as sqltypes
from sqlalchemy.engine import Engine
from sqlmodel import SQLModel

from surveybot.config import ROOT
from surveybot.records import database, every_table, migrations
from tests.conftest import NOW, STORIES, SmallSchool, build_school


def test_the_migrations_make_exactly_the_tables_of_the_records(engine: Engine) -> None:
    config = migrations._config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.check(config)  # raises where autogenerate would write something


def test_every_table_is_known_to_migrations_and_tests() -> None:
    folder = Path(every_table.__file__).parent
    holding_tables = {path.stem for path in folder.rglob("*.py") if "table=True" in path.read_text()}
    assert holding_tables == set(every_table.__all__)


def test_every_constraint_has_a_name(engine: Engine) -> None:
    inspector = inspect(engine)
    for table in SQLModel.metadata.tables:
        for key in inspector.get_foreign_keys(table):
            assert key["name"], f"{table}.{key['constrained_columns']}"


def test_upgrading_a_filled_database_loses_no_row(engine: Engine, school: SmallSchool) -> None:
    before = count_rows(engine)
    assert before["student"] == len(STORIES)
    migrations.upgrade(engine)
    assert count_rows(engine) == before


def test_a_row_in_every_table_of_an_older_version_is_there_after_the_upgrade(database_url: str) -> None:
    engine = database.make_engine(database_url)
    migrations.upgrade(engine, "0001")
    older = MetaData()
    older.reflect(engine)
    with engine.begin() as connection:
        for table in older.sorted_tables:
            if table.name != "alembic_version":
                connection.execute(
                    insert(table), {one.name: _something(one) for one in table.c if not one.nullable}
                )
    migrations.upgrade(engine)
    names = set(older.tables) - {"alembic_version"}
    assert {name: number for name, number in count_rows(engine).items() if name in names} == dict.fromkeys(
        names, 1
    )
    engine.dispose()


def _something(column: Column[Any]) -> Any:
    """A value that fits the type; every key points at the one row of its table."""
    kind = column.type
    if isinstance(kind, sqltypes.JSON):
        return {}
    if isinstance(kind, sqltypes.DateTime):
        return NOW
    made: dict[type, Any] = {bool: False, int: 1, float: 1.0, date: NOW.date(), str: "1"}
    return made[kind.python_type]


def test_rebuilding_a_parent_table_keeps_the_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trap: a batch alter drops the old table, and foreign keys in force would follow it."""
    engine = database.make_engine(f"sqlite:///{tmp_path / 'filled.db'}")
    migrations.upgrade(engine)
    with database.writing(engine) as session:
        build_school(session, urn="123456", name="Hillview", stories=STORIES, staff=())
    before = count_rows(engine)
    folder = tmp_path / "migrations"
    folder.mkdir()
    head = ScriptDirectory.from_config(migrations._config()).get_current_head()
    source = ROOT / "migrations"
    (folder / "versions").mkdir()
    for path in (source / "env.py", source / "script.py.mako"):
        (folder / path.name).write_text(path.read_text())
    for path in (source / "versions").glob("*.py"):
        (folder / "versions" / path.name).write_text(path.read_text())
    (folder / "versions" / "next.py").write_text(NEXT.format(head=head))
    monkeypatch.setattr(migrations, "ROOT", tmp_path)
    migrations.upgrade(engine)
    assert count_rows(engine) == before
    assert "nickname" in {column["name"] for column in inspect(engine).get_columns("student")}
    assert (tmp_path / "filled.db.before-upgrade").exists()
    with database.reading(engine) as session:
        assert session.connection().execute(text("PRAGMA foreign_keys")).scalar_one() == 1
    engine.dispose()


NEXT = """
import sqlalchemy as sa
from alembic import op
revision = "next"
down_revision = "{head}"
branch_labels = depends_on = None

def upgrade() -> None:
    with op.batch_alter_table("student", recreate="always") as batch:
        batch.add_column(sa.Column("nickname", sa.String(20)))
"""


def test_two_upgrades_at_once_both_succeed(database_url: str) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=upgrade_at, args=(database_url,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]


def upgrade_at(url: str) -> None:
    migrations.upgrade(database.make_engine(url))


def count_rows(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            table: connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one()
            for table in SQLModel.metadata.tables
        }
