"""What every session keeps to, on both databases."""

from datetime import datetime

import pytest
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError, StatementError
from sqlmodel import select

from surveybot.records import database
from surveybot.records.schools import School
from surveybot.records.staff import StaffPost
from surveybot.rules.people import StaffRole
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
