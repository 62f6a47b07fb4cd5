"""One small school that every test knows, on SQLite, and on PostgreSQL too where TEST_DATABASE_URL is set."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine

from surveybot.config import Outbound, Settings
from surveybot.records import database, migrations
from surveybot.rules.roster.people import StaffRole
from tests.databases import (
    empty,
    engines_kept_for,
    kept_engine,
    leave_out,
    make_engine,
    postgres_database,
    renew,
)
from tests.small_school import NOW, STAFF, STORIES, SmallSchool, Story, build_school

__all__ = [
    "NOW",
    "STAFF",
    "STORIES",
    "Clock",
    "SmallSchool",
    "Story",
    "build_school",
    "leave_out",
    "make_engine",
    "postgres_database",
]

TEST_KEY = "a-key-for-tests-only-0123456789abcdef"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--proof", action="store_true", help="run the long proofs in full")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--proof"):  # takes as long as it takes
        for item in items:
            item.add_marker(pytest.mark.timeout(0))


@pytest.fixture
def proof(request: pytest.FixtureRequest) -> bool:
    """Whether this run is the long one; short forms run otherwise."""
    return bool(request.config.getoption("--proof"))


BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database, made for this test alone."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        with postgres_database() as url:
            yield url


@pytest.fixture(params=BOTH)
def migrated_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a migrated database without a row: the same for every test of this process."""
    url: str = request.getfixturevalue(f"kept_{request.param}")
    if request.param == "sqlite":
        renew(url, request.getfixturevalue("sqlite_template"))
    yield url
    if request.param == "sqlite":
        kept_engine(url, os.getpid()).dispose()
    else:
        empty(url)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "migrated.db"
    engine = database.make_engine(f"sqlite:///{path}")
    migrations.upgrade(engine)
    engine.dispose()  # the last connection folds the write-ahead log into the file
    return path


@pytest.fixture(scope="session")
def kept_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    url = f"sqlite:///{tmp_path_factory.mktemp('kept') / 'test.db'}"
    with engines_kept_for(url):
        yield url


@pytest.fixture(scope="session")
def kept_postgresql() -> Iterator[str]:
    """One migrated database for every test of this process: emptying it is far quicker than making one."""
    with postgres_database() as url, engines_kept_for(url):
        migrations.upgrade(kept_engine(url, os.getpid()))
        yield url


@pytest.fixture
def engine(migrated_url: str) -> Engine:
    """The kept engine, so what a test listens to it must stop listening to: see `noted`."""
    return database.make_engine(migrated_url)


@pytest.fixture
def settings(migrated_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=migrated_url,
        keys=((1, TEST_KEY),),
        public_url="https://school.example.org",
        mail_from="careers@school.example.org",
        outbound=Outbound("allow"),
        var=tmp_path,
    )


@pytest.fixture
def school(engine: Engine) -> SmallSchool:
    """Hillview, with its twelve students of Year 11 who finish in summer 2026, and three staff."""
    with database.writing(engine) as session:
        return build_school(session, urn="123456", name="Hillview School", stories=STORIES, staff=STAFF)


@pytest.fixture
def other_school(engine: Engine) -> SmallSchool:
    """Riverside: another school in the same installation, whose people nobody at Hillview may see."""
    staff = (("other-leader@example.org", "Oz Other", StaffRole.CAREERS_LEADER, ""),)
    stories = (Story("Zara", "Canary", date(2009, 10, 3), mobile="+447700900180"),)
    with database.writing(engine) as session:
        return build_school(session, urn="654321", name="Riverside School", stories=stories, staff=staff)


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@cache
def the_building() -> Flask:
    from surveybot.web.app import build

    return build()


@contextmanager
def open_house(settings: Settings, clock: Callable[[], datetime]) -> Iterator[Flask]:
    """The pages with these settings. They are built once a process: that takes longer than most tests."""
    from surveybot.web.app import move_in

    app = the_building()
    config = dict(app.config)
    move_in(app, settings, clock=clock)
    yield app
    app.extensions["surveybot"].engine.dispose()
    app.config.clear()
    app.config.update(config)


@pytest.fixture
def app(settings: Settings, engine: Engine, clock: Clock) -> Iterator[Flask]:
    with open_house(settings, clock) as app:
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def sign_in(app: Flask, school: SmallSchool, clock: Clock) -> Callable[..., FlaskClient]:
    """A signed-in client: `sign_in("tutor")`, `sign_in("careers_leader", totp=True)`."""

    def as_staff(role: str, *, at: SmallSchool = school, totp: bool = False) -> FlaskClient:
        client = app.test_client()
        with client.session_transaction(path="/staff/") as cookie:
            cookie["staff"] = {
                "id": at.staff[role],
                "generation": 0,
                "school": at.id,
                "at": clock().timestamp(),
            }
            cookie["csrf_token"] = "for-tests"
            if totp:
                cookie["totp_at"] = clock().timestamp()
        return client

    return as_staff
