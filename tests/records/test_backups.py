"""A backup is whole, made while others write; a restored database belongs to nobody yet."""

import threading
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import func, select

from surveybot.records import database, installations
from surveybot.records.audit import AuditEntry, note_deed
from surveybot.records.backups import BackupRefused, back_up, restore
from surveybot.records.roster.students import Student
from tests.conftest import NOW, STORIES, SmallSchool, postgres_database


def test_a_copy_made_under_load_is_whole(engine: Engine, school: SmallSchool, tmp_path: Path) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("pg_dump is consistent by itself; see test_postgres_comes_back")
    stop = threading.Event()

    def write_pairs() -> None:
        while not stop.is_set():
            with database.writing(engine) as session:
                note_deed(session, "one", at=NOW)
                note_deed(session, "two", at=NOW)

    writer = threading.Thread(target=write_pairs)
    writer.start()
    try:
        for number in range(10):
            back_up(engine, tmp_path / f"copy-{number}.db")
    finally:
        stop.set()
        writer.join()
    for number in range(10):
        copy = database.make_engine(f"sqlite:///{tmp_path / f'back-{number}.db'}")
        restore(copy, tmp_path / f"copy-{number}.db")
        with database.reading(copy) as session:
            assert session.exec(select(func.count()).select_from(AuditEntry)).one() % 2 == 0
            assert session.exec(select(func.count()).select_from(Student)).one() == len(STORIES)
        copy.dispose()


def test_postgres_comes_back(engine: Engine, school: SmallSchool, tmp_path: Path) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("see test_a_copy_made_under_load_is_whole")
    back_up(engine, tmp_path / "copy.dump")
    with postgres_database() as url:
        copy = database.make_engine(url)
        restore(copy, tmp_path / "copy.dump")
        with database.reading(copy) as session:
            assert session.exec(select(func.count()).select_from(Student)).one() == len(STORIES)
        with pytest.raises(BackupRefused, match="holds tables"):
            restore(copy, tmp_path / "copy.dump")
        copy.dispose()


def test_nothing_is_written_over(engine: Engine, tmp_path: Path) -> None:
    back_up(engine, tmp_path / "copy")
    with pytest.raises(BackupRefused, match="exists already"):
        back_up(engine, tmp_path / "copy")
    with pytest.raises(BackupRefused):
        restore(engine, tmp_path / "copy")


def test_a_file_that_is_no_backup_is_refused(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("dear diary")
    for name in ("notes.txt", "missing"):
        with pytest.raises(BackupRefused):
            restore(engine, tmp_path / name)


def test_a_restored_database_belongs_to_nobody(engine: Engine) -> None:
    with database.writing(engine) as session:
        assert installations.is_new(session)
        installations.take_over(session, "here", by="x", now=NOW)
    with database.writing(engine) as session:
        assert installations.is_ours(session, "here")
        installations.disown(session)
    with database.reading(engine) as session:
        assert not installations.is_ours(session, "here")
        assert not installations.is_new(session)
