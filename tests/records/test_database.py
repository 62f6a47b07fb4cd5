"""What every session keeps to, on both databases."""

from datetime import datetime

import pytest
from sqlalchemy import insert, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlmodel import col, select

from surveybot.records import database
from surveybot.records.schools import School
from surveybot.records.staff import StaffPost
from surveybot.rules.roster.people import StaffRole
from tests.conftest import NOW, SmallSchool


def test_a_reading_session_cannot_write(engine: Engine) -> None:
    with pytest.raises(DBAPIError), database.reading(engine) as session:
        session.add(School(urn="111111", name="No", created_at=NOW))
        session.flush()
    with database.reading(engine) as session:
        assert session.exec(select(School)).all() == []


def test_a_writing_session_is_undone_by_an_exception(engine: Engine) -> None:
    with pytest.raises(RuntimeError), database.writing(engine) as session:
        session.add(School(urn="111111", name="No", created_at=NOW))
        session.flush()
        raise RuntimeError
    with database.reading(engine) as session:
        assert session.exec(select(School)).all() == []


def test_what_is_written_together_is_there_and_a_fault_of_it_undoes_all(
    engine: Engine, school: SmallSchool
) -> None:
    names = update(School).where(col(School.id) == school.id)
    with database.writing(engine) as session, database.together(session):
        session.connection().execute(names.values(name="Hillside"))
        session.connection().execute(update(School).values(urn="222222").where(col(School.id) == school.id))
    nobodys = (
        insert(StaffPost)
        .inline()
        .values(school_id=999, staff_id=999, role=StaffRole.TUTOR, tutor_group="11A")
    )
    with pytest.raises(IntegrityError), database.writing(engine) as session:
        session.connection().execute(names.values(name="Hilltop"))
        with database.together(session):
            session.connection().execute(names.values(urn="333333"))
            session.connection().execute(nobodys)
    with database.reading(engine) as session:
        row = session.get_one(School, school.id)
        assert (row.name, row.urn) == ("Hillside", "222222")


def test_times_come_back_aware_and_naive_ones_are_refused(engine: Engine, school: SmallSchool) -> None:
    with database.reading(engine) as session:
        row = session.get_one(School, school.id)
        assert row.created_at == NOW
        assert row.created_at.tzinfo is not None
    with pytest.raises(StatementError, match="without a zone"), database.writing(engine) as session:
        session.add(School(urn="111111", name="No", created_at=datetime(2026, 1, 1)))  # noqa: DTZ001
        session.flush()


def test_words_come_back_as_words(engine: Engine, school: SmallSchool) -> None:
    with database.reading(engine) as session:
        roles = {post.role for post in session.exec(select(StaffPost))}
    assert StaffRole.TUTOR in roles
