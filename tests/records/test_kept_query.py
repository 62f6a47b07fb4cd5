"""A query that is asked past SQLAlchemy reads what SQLAlchemy would have read, and cannot write."""

import pytest
from sqlalchemy import bindparam, insert, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel, col

from surveybot.records import database
from surveybot.records.kept_query import KeptQuery
from surveybot.records.roster.students import Student
from surveybot.records.schools import School
from tests.conftest import SmallSchool

QUERY = (
    select(*SQLModel.metadata.tables["student"].columns, col(School.settings))
    .join(School, col(School.id) == col(Student.school_id))
    .where(col(Student.id) == bindparam("id"))
)


def test_every_type_of_column_is_read_as_ever(engine: Engine, school: SmallSchool) -> None:
    number, kept = school.ids["Ewa"], KeptQuery(QUERY)
    with database.looking(engine) as connection:
        wanted = connection.execute(QUERY, {"id": number}).one()
    assert kept.one_or_none(engine, id=number) == tuple(wanted)
    assert kept.one_or_none(engine, id=number) == tuple(wanted)  # and so the second time
    assert kept.one_or_none(engine, id=0) is None


def test_it_cannot_write(engine: Engine, school: SmallSchool) -> None:
    with database.bare(engine) as connection, pytest.raises(Exception, match=r"read-?only"):
        connection.cursor().execute("DELETE FROM student")
    with database.reading(engine) as session, pytest.raises(DBAPIError):
        session.execute(insert(School))
