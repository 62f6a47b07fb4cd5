"""Students, their routes and contacts, and the row of each leaving."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Index, Session, SQLModel, col, select

from surveybot.records.database import UTCDateTime, word_column
from surveybot.rules.delivery.channels import Channel, RouteKind, RouteOwner
from surveybot.rules.roster.people import LastLeaving, LeavingKind, StudentState


class Student(SQLModel, table=True):
    """One person at one school. UPN is for the school career only: never in a link, message or log."""

    __tablename__ = "student"
    __table_args__ = (
        UniqueConstraint("school_id", "upn"),
        UniqueConstraint("school_id", "uln"),
        UniqueConstraint("school_id", "admission_number"),
        Index("ix_student_name", "school_id", "surname", "forename"),
        Index("ix_student_group", "school_id", "year_group", "tutor_group"),
    )

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=8, unique=True)
    school_id: int = Field(foreign_key="school.id")
    upn: str | None = Field(default=None, max_length=13)
    uln: str | None = Field(default=None, max_length=10)
    admission_number: str | None = Field(default=None, max_length=20)
    surname: str = Field(default="", max_length=100)
    forename: str = Field(default="", max_length=100)
    preferred_name: str = Field(default="", max_length=100)
    date_of_birth: date
    sex: str = Field(default="", max_length=1)
    year_group: int
    tutor_group: str = Field(default="", max_length=20)
    address1: str = Field(default="", max_length=120)
    address2: str = Field(default="", max_length=120)
    address3: str = Field(default="", max_length=120)
    town: str = Field(default="", max_length=80)
    postcode: str = Field(default="", max_length=8)
    home_la: str = Field(default="", max_length=3)
    first_language: str = Field(default="", max_length=60)
    pupil_premium: bool | None = None
    sen_provision: str = Field(default="", max_length=1)  # N, K or E, as in the School Census
    ehcp: bool | None = None
    looked_after: bool | None = None
    eal: bool | None = None
    attendance: float | None = None  # per cent
    state: StudentState = Field(default=StudentState.ON_ROLL, sa_type=word_column(StudentState))
    state_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    see_me_first: bool = False  # staff only; results day sends to these first
    created_at: datetime = Field(sa_type=UTCDateTime)
    changed_at: datetime = Field(sa_type=UTCDateTime)

    @property
    def first_name(self) -> str:
        """The name to greet with; a mononym may stand in either field."""
        return self.preferred_name or self.forename or self.surname

    @property
    def full_name(self) -> str:
        return f"{self.preferred_name or self.forename} {self.surname}".strip()


class Contact(SQLModel, table=True):
    """A parent or carer, in the order of the roster; contact 1 is asked for a parent's decisions."""

    __tablename__ = "contact"
    __table_args__ = (UniqueConstraint("student_id", "position"),)

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id")
    student_id: int = Field(foreign_key="student.id")
    position: int  # 1 or 2
    name: str = Field(default="", max_length=200)
    relationship: str = Field(default="", max_length=60)
    address: str = Field(default="", max_length=400)  # empty means: the student's own


class Route(SQLModel, table=True):
    """An address that messages may travel to; the same one may stand with several students."""

    __tablename__ = "route"
    __table_args__ = (
        UniqueConstraint("student_id", "owner", "kind"),
        Index("ix_route_address", "school_id", "address"),
        Index("ix_route_anywhere", "address"),  # a text comes in from a number alone
    )

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id")
    student_id: int = Field(foreign_key="student.id")
    owner: RouteOwner = Field(sa_type=word_column(RouteOwner))
    kind: RouteKind = Field(sa_type=word_column(RouteKind))
    channel: Channel = Field(sa_type=word_column(Channel))
    address: str = Field(max_length=254)  # E.164, or an email address with a lower-case domain
    proven_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    bad_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    bad_reason: str = Field(default="", max_length=40)  # wrong_number, bounced, provider code ...
    changed_at: datetime = Field(sa_type=UTCDateTime)


class Leaving(SQLModel, table=True):
    """The summer in which a student finishes Year 11 or 13; planned until `left_on` is set."""

    __tablename__ = "leaving"
    __table_args__ = (
        UniqueConstraint("student_id", "year_group"),
        Index("ix_leaving_cohort", "school_id", "summer", "year_group"),
    )

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id")
    student_id: int = Field(foreign_key="student.id")
    year_group: int  # 11 or 13
    summer: int
    left_on: date | None = None
    kind: LeavingKind = Field(default=LeavingKind.NORMAL, sa_type=word_column(LeavingKind))


def find_student(session: Session, code: str) -> Student | None:
    return session.exec(select(Student).where(Student.code == code)).one_or_none()


def students_by_id(session: Session, school_id: int, ids: Iterable[int]) -> dict[int, Student]:
    rows = session.exec(select(Student).where(Student.school_id == school_id, col(Student.id).in_(list(ids))))
    return {row.id: row for row in rows if row.id is not None}


def cohort(
    session: Session, school_id: int, *, leaving: int, year_group: int | None = None, tutor_group: str = ""
) -> list[tuple[Student, Leaving]]:
    """Everyone who finishes in that summer, whatever became of them, by group and surname."""
    query = (
        select(Student, Leaving)
        .join(Leaving, col(Leaving.student_id) == Student.id)
        .where(Leaving.school_id == school_id, Leaving.summer == leaving)
        .order_by(Student.tutor_group, Student.surname, Student.forename)
    )
    if year_group is not None:
        query = query.where(Leaving.year_group == year_group)
    if tutor_group:
        query = query.where(Student.tutor_group == tutor_group)
    return list(session.exec(query))


def routes_of_students(
    session: Session, ids: Collection[int], owner: RouteOwner = RouteOwner.STUDENT
) -> dict[int, list[Route]]:
    """The routes of many students or of their contacts, by student id, in the order they were stored."""
    query = select(Route).where(col(Route.student_id).in_(ids), Route.owner == owner).order_by(col(Route.id))
    found: dict[int, list[Route]] = {}
    for route in session.exec(query):
        found.setdefault(route.student_id, []).append(route)
    return found


def routes_of(session: Session, student_id: int) -> list[Route]:
    return list(session.exec(select(Route).where(Route.student_id == student_id).order_by(col(Route.id))))


def contacts_of(session: Session, student_id: int) -> list[Contact]:
    return list(
        session.exec(select(Contact).where(Contact.student_id == student_id).order_by(col(Contact.position)))
    )


def last_leavings(session: Session, ids: Collection[int]) -> dict[int, LastLeaving]:
    """The latest leaving of each of these students, by student id."""
    columns: Any = (Leaving.student_id, Leaving.summer, Leaving.left_on, Leaving.kind)
    query = (
        select(*columns)
        .where(col(Leaving.student_id).in_(ids))
        .order_by(col(Leaving.summer), col(Leaving.year_group))
    )
    return {student_id: LastLeaving(*rest) for student_id, *rest in session.exec(query)}


def leavings_of(session: Session, student_id: int) -> list[Leaving]:
    return list(
        session.exec(
            select(Leaving).where(Leaving.student_id == student_id).order_by(col(Leaving.year_group))
        )
    )


def routes_to(session: Session, channel: Channel, addresses: Collection[str]) -> list[Route]:
    """Every route with one of these addresses, whoever's and at whichever school it is."""
    query = select(Route).where(Route.channel == channel, col(Route.address).in_(list(addresses)))
    return list(session.exec(query.order_by(col(Route.id))))


def routes_over(session: Session, channel: Channel, student_ids: Collection[int]) -> list[Route]:
    """Every route of these students and their contacts over one channel."""
    query = select(Route).where(Route.channel == channel, col(Route.student_id).in_(list(student_ids)))
    return list(session.exec(query.order_by(col(Route.id))))


def students_with_ids(session: Session, ids: Collection[int]) -> list[Student]:
    """Students of whichever school; for what belongs to an address, never for staff pages."""
    return list(session.exec(select(Student).where(col(Student.id).in_(list(ids))).order_by(col(Student.id))))


def first_contacts(session: Session, student_ids: Collection[int]) -> dict[int, Contact]:
    """Contact 1 of many students, by student id."""
    query = select(Contact).where(col(Contact.student_id).in_(student_ids), Contact.position == 1)
    return {contact.student_id: contact for contact in session.exec(query)}


def summers_of(session: Session, school_id: int) -> list[int]:
    """The summers in which anybody of a school finishes, newest first."""
    query = select(Leaving.summer).where(Leaving.school_id == school_id).distinct()
    return sorted(session.exec(query), reverse=True)
