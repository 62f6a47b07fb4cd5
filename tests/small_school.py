"""Hillview, the small school that every test knows, and the day on which it is visited."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import insert, text
from sqlmodel import Session, SQLModel, select

from surveybot.records.answer.consents import ConsentEvent, Objection
from surveybot.records.roster.students import Contact, Leaving, Route, Student
from surveybot.records.round.invitations import LinkMedium
from surveybot.records.schools import School
from surveybot.records.staff import StaffMember, StaffPost
from surveybot.rules.answer.consent import Actor, Decision, ObjectionDecision, Purpose
from surveybot.rules.delivery.channels import Channel, RouteKind, RouteOwner
from surveybot.rules.roster.people import StaffRole, StudentState

NOW = datetime(2026, 1, 20, 10, 0, tzinfo=UTC)
"""A Tuesday in term, after the mocks, inside the window."""


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
Post = tuple[str, str, StaffRole, str]  # email, name, role, tutor group
STAFF: tuple[Post, ...] = (
    ("leader@example.org", "Lee Leader", StaffRole.CAREERS_LEADER, ""),
    ("tutor@example.org", "Tia Tutor", StaffRole.TUTOR, "11A"),
    ("adviser@example.org", "Ade Adviser", StaffRole.ADVISER, ""),
)


def build_school(
    session: Session, *, urn: str, name: str, stories: tuple[Story, ...], staff: tuple[Post, ...]
) -> SmallSchool:
    """A school in whatever database the session has, at whatever numbers come next."""
    before = len(session.exec(select(School.id)).all())
    known = _written.get((urn, before))
    if known is None:
        known = _written[urn, before] = _write_school(session, urn, name, stories, staff)
    else:
        _write_again(session, known)
    return deepcopy(known.made)


@dataclass(frozen=True)
class Written:
    """A school that was written once, and its rows: most tests begin with it."""

    made: SmallSchool
    rows: dict[Any, list[dict[str, Any]]]


_written: dict[tuple[str, int], Written] = {}


def _write_again(session: Session, known: Written) -> None:
    for table, rows in known.rows.items():
        session.execute(insert(table), rows)
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text(f"SELECT setval('{table.name}_id_seq', {max(row['id'] for row in rows)})"))


def _write_school(
    session: Session, urn: str, name: str, stories: tuple[Story, ...], staff: tuple[Post, ...]
) -> Written:
    school = School(
        urn=urn,
        name=name,
        settings={"la": "931", "laestab": "9314000", "safeguarding_email": "safe@example.org"},
        created_at=NOW,
    )
    session.add(school)
    session.flush()
    assert school.id is not None
    made = SmallSchool(school.id, urn)
    students = [_student(made, story, number) for number, story in enumerate(stories, start=1)]
    members = [StaffMember(email=email, name=name, created_at=NOW) for email, name, _, _ in staff]
    session.add_all([*students, *members])
    session.flush()
    rest: list[SQLModel] = []
    for story, student in zip(stories, students, strict=True):
        assert student.id is not None
        made.ids[story.forename], made.codes[story.forename] = student.id, student.code
        rest += _rows_about(student, story)
    for (_, _, role, group), member in zip(staff, members, strict=True):
        assert member.id is not None
        rest.append(StaffPost(staff_id=member.id, school_id=made.id, role=role, tutor_group=group))
        made.staff[role.value] = member.id
    session.add_all(rest)
    session.flush()
    rows: dict[Any, list[dict[str, Any]]] = {}
    for row in (school, *students, *members, *rest):
        table = SQLModel.metadata.tables[str(row.__tablename__)]
        values = {column.name: getattr(row, column.name) for column in table.columns}
        rows.setdefault(table, []).append(values)
    return Written(made, rows)


def _student(school: SmallSchool, story: Story, number: int) -> Student:
    return Student(
        code=f"S-{school.urn[:2]}{number:04}",
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


def _rows_about(student: Student, story: Story) -> Iterator[SQLModel]:
    """What is on record about a student when a test begins."""
    assert student.id is not None
    school_id, student_id = student.school_id, student.id
    yield Leaving(school_id=school_id, student_id=student_id, year_group=11, summer=2026)
    yield Contact(school_id=school_id, student_id=student_id, position=1, name=f"Parent {story.surname}")
    email = f"{story.forename.lower()}@pupils.example.org" if story.email else ""
    for owner, kind, channel, address in (
        (RouteOwner.STUDENT, RouteKind.SCHOOL_EMAIL, Channel.EMAIL, email),
        (RouteOwner.STUDENT, RouteKind.MOBILE, Channel.SMS, story.mobile),
        (RouteOwner.CONTACT_1, RouteKind.MOBILE, Channel.SMS, story.parent_mobile),
    ):
        if address:
            yield Route(
                school_id=school_id,
                student_id=student_id,
                owner=owner,
                kind=kind,
                channel=channel,
                address=address,
                changed_at=NOW,
            )
    for purpose, decision in story.consents.items():
        yield consent_event(school_id, student_id, purpose, decision)
    if story.objection:
        yield Objection(
            school_id=school_id,
            student_id=student_id,
            decision=ObjectionDecision.OBJECTED,
            actor=story.objection,
            age_on_day=15,
            wording="test",
            wording_sha256="0" * 64,
            channel=LinkMedium.PAPER,
            at=NOW,
        )


def consent_event(school_id: int, student_id: int, purpose: Purpose, decision: Decision) -> ConsentEvent:
    """What a student of 16 said on paper."""
    return ConsentEvent(
        school_id=school_id,
        student_id=student_id,
        purpose=purpose,
        decision=decision,
        actor=Actor.SELF,
        age_on_day=16,
        wording="test",
        wording_sha256="0" * 64,
        channel=LinkMedium.PAPER,
        at=NOW,
    )
