"""One small school that every test knows, on SQLite, and on PostgreSQL too where TEST_DATABASE_URL is set."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, NoReturn
from uuid import uuid4

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine
from sqlalchemy.engine import Engine, make_url
from sqlmodel import Session, SQLModel

from surveybot.config import Outbound, Settings
from surveybot.records import database, migrations
from surveybot.records.consents import ConsentEvent, Objection
from surveybot.records.invitations import LinkMedium
from surveybot.records.roster import Contact, Leaving, Route, Student
from surveybot.records.schools import School
from surveybot.records.staff import StaffMember, StaffPost
from surveybot.rules.channels import Channel, RouteKind, RouteOwner
from surveybot.rules.consent import Actor, Decision, ObjectionDecision, Purpose
from surveybot.rules.people import StaffRole, StudentState

NOW = datetime(2026, 1, 20, 10, 0, tzinfo=UTC)
"""A Tuesday in term, after the mocks, inside the window."""

TEST_KEY = "a-key-for-tests-only-0123456789abcdef"
POSTGRES = os.environ.get("TEST_DATABASE_URL", "")


def leave_out(reason: str) -> NoReturn:
    """Skip for want of something on this machine; a full run (.ci/run) fails instead."""
    if os.environ.get("SURVEYBOT_TEST_EVERYTHING"):
        pytest.fail(f"a full run leaves nothing out, but {reason}")
    pytest.skip(reason)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--proof", action="store_true", help="run the long proofs in full")


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
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated database without a row, for this test alone."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "test.db")
        yield f"sqlite:///{tmp_path / 'test.db'}"
    else:
        url = request.getfixturevalue("kept_postgresql")
        yield url
        empty(url)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "migrated.db"
    engine = database.make_engine(f"sqlite:///{path}")
    migrations.upgrade(engine)
    engine.dispose()  # the last connection folds the write-ahead log into the file
    return path


@pytest.fixture(scope="session")
def kept_postgresql() -> Iterator[str]:
    """One migrated database for every test of this process: emptying it is far quicker than making one."""
    with postgres_database() as url:
        engine = database.make_engine(url)
        migrations.upgrade(engine)
        engine.dispose()
        yield url


def empty(url: str) -> None:
    """Take every row out, after whoever is still connected; numbers begin at 1 again."""
    tables = [f'"{table}"' for table in SQLModel.metadata.tables]
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        connection.execute("SET session_replication_role = replica")  # in any order: no key is looked at
        connection.execute(";".join(f"DELETE FROM {table}" for table in tables))
        connection.execute(
            "SELECT setval(oid::regclass, 1, false) FROM pg_class"
            " WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace"
        )


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


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    engine = database.make_engine(migrated_url)
    yield engine
    engine.dispose()


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


@dataclass
class SmallSchool:
    """Fifteen made-up people whose stories the tests know; `ids` and `codes` are by forename."""

    id: int
    urn: str
    ids: dict[str, int] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    staff: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Story:
    """Who consented, who refused, who was never asked, who turned 16, whose phone is a parent's."""

    forename: str
    surname: str
    born: date
    tutor_group: str = "11A"
    email: str = "yes"
    mobile: str = ""
    state: StudentState = StudentState.ON_ROLL
    consents: dict[Purpose, Decision] = field(default_factory=dict)
    objection: Actor | None = None
    parent_mobile: str = ""


P1, P2 = Purpose.CONTACT_AFTER_LEAVING, Purpose.LA_SHARE_BACK
STORIES = (
    Story("Amira", "Khan", date(2009, 10, 3), mobile="+447700900101", consents={P1: Decision.GRANTED}),
    Story("Ben", "O’Neill", date(2009, 12, 25), mobile="+447700900102", consents={P1: Decision.REFUSED}),
    Story("Chloe", "Brown", date(2010, 8, 31), mobile="+447700900103"),  # never asked; 15 on results day
    Story("Dewi", "Llŷr", date(2010, 1, 20), email="", mobile="+447700900104"),  # 16 today; text only
    Story("Ewa", "Wiśniewska", date(2010, 6, 1), mobile=""),  # email only
    Story("Finn", "Walsh", date(2009, 9, 9), tutor_group="11B", email="", mobile=""),  # no route
    Story("Grace", "Walsh", date(2009, 9, 9), tutor_group="11B", mobile="+447700900150"),  # twins share
    Story("Harri", "Walsh", date(2009, 9, 9), tutor_group="11B", mobile="+447700900150"),  # this phone
    Story(
        "Imran", "Shah", date(2010, 3, 3), tutor_group="11B", objection=Actor.PARENT, mobile="+447700900105"
    ),
    Story("Jo", "", date(2009, 11, 11), tutor_group="11B", mobile="+447700900106"),  # a mononym
    Story("Kit", "Moss", date(2010, 2, 2), tutor_group="11B", state=StudentState.DECEASED),
    Story("Lena", "Novak", date(2009, 10, 10), tutor_group="11B", parent_mobile="+447700900199"),
)
STAFF = (
    ("leader@example.org", "Lee Leader", StaffRole.CAREERS_LEADER, ""),
    ("tutor@example.org", "Tia Tutor", StaffRole.TUTOR, "11A"),
    ("adviser@example.org", "Ade Adviser", StaffRole.ADVISER, ""),
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


def build_school(
    session: Session, *, urn: str, name: str, stories: tuple[Story, ...], staff: tuple[Any, ...]
) -> SmallSchool:
    row = School(
        urn=urn,
        name=name,
        settings={"la": "931", "laestab": "9314000", "safeguarding_email": "safe@example.org"},
        created_at=NOW,
    )
    session.add(row)
    session.flush()
    assert row.id is not None
    made = SmallSchool(row.id, urn)
    for number, story in enumerate(stories, start=1):
        _add_student(session, made, story, number)
    for email, staff_name, role, group in staff:
        member = StaffMember(email=email, name=staff_name, created_at=NOW)
        session.add(member)
        session.flush()
        assert member.id is not None
        session.add(StaffPost(staff_id=member.id, school_id=made.id, role=role, tutor_group=group))
        made.staff[role.value] = member.id
    session.flush()
    return made


def _add_student(session: Session, school: SmallSchool, story: Story, number: int) -> None:
    code = f"S-{school.urn[:2]}{number:04}"
    student = Student(
        code=code,
        school_id=school.id,
        admission_number=f"{number:05}",
        surname=story.surname,
        forename=story.forename,
        date_of_birth=story.born,
        year_group=11,
        tutor_group=story.tutor_group,
        address1=f"{number} Made-up Road",
        town="Hillview",
        postcode="ZZ1 1ZZ",
        state=story.state,
        created_at=NOW,
        changed_at=NOW,
    )
    session.add(student)
    session.flush()
    assert student.id is not None
    school.ids[story.forename], school.codes[story.forename] = student.id, code
    session.add(Leaving(school_id=school.id, student_id=student.id, year_group=11, summer=2026))
    session.add(
        Contact(school_id=school.id, student_id=student.id, position=1, name=f"Parent {story.surname}")
    )
    email = f"{story.forename.lower()}@pupils.example.org" if story.email else ""
    for owner, kind, channel, address in (
        (RouteOwner.STUDENT, RouteKind.SCHOOL_EMAIL, Channel.EMAIL, email),
        (RouteOwner.STUDENT, RouteKind.MOBILE, Channel.SMS, story.mobile),
        (RouteOwner.CONTACT_1, RouteKind.MOBILE, Channel.SMS, story.parent_mobile),
    ):
        if address:
            session.add(
                Route(
                    school_id=school.id,
                    student_id=student.id,
                    owner=owner,
                    kind=kind,
                    channel=channel,
                    address=address,
                    changed_at=NOW,
                )
            )
    wording = {"wording": "test", "wording_sha256": "0" * 64, "channel": LinkMedium.PAPER, "at": NOW}
    for purpose, decision in story.consents.items():
        session.add(
            ConsentEvent(
                school_id=school.id,
                student_id=student.id,
                purpose=purpose,
                decision=decision,
                actor=Actor.SELF,
                age_on_day=16,
                **wording,
            )
        )
    if story.objection:
        session.add(
            Objection(
                school_id=school.id,
                student_id=student.id,
                decision=ObjectionDecision.OBJECTED,
                actor=story.objection,
                age_on_day=15,
                **wording,
            )
        )


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
