"""The cast of the simulated years: who they are at the start, and what befalls them."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.engine import Engine
from sqlmodel import Session, col

from surveybot.records import database
from surveybot.records.answer.consents import ConsentEvent
from surveybot.records.delivery.opt_outs import OptOut, OptOutSource
from surveybot.records.installations import take_over
from surveybot.records.roster.students import Leaving, Route, Student
from surveybot.records.round.invitations import LinkMedium
from surveybot.records.schools import School
from surveybot.records.staff import StaffMember, StaffPost
from surveybot.rules.answer.consent import Actor, Decision, Purpose
from surveybot.rules.calendar.dates_in_words import from_wall
from surveybot.rules.delivery.channels import Channel, RouteKind, RouteOwner
from surveybot.rules.roster.people import StaffRole
from surveybot.steps.plan.plan_check_ins import start_cohort
from surveybot.steps.roster.mark_student import mark_deceased, mark_left

BEGIN = datetime(2026, 9, 1, tzinfo=UTC)
INSTANCE = "the-test-machine"
SCHOOL = 1
GROUPS = ("11A", "11B", "11C")
Deed = Callable[[Session], None]


def settle_in(engine: Engine, people: int) -> Iterator[tuple[datetime, Deed]]:
    """A school with two cohorts of Year 11, one of Year 13 and its tutors; what will befall everybody."""
    ids = range(1, people + 1)
    with database.writing(engine) as session:
        take_over(session, INSTANCE, by="test", now=BEGIN)
        settings = {"school_cap_per_day": "100000"}
        school = School(id=SCHOOL, urn="123456", name="Hillview School", settings=settings, created_at=BEGIN)
        session.add(school)
        session.flush()
        session.execute(insert(Student), [_student(n) for n in ids])
        session.execute(insert(Leaving), [_leaving(n) for n in ids])
        session.execute(insert(Route), [row for n in ids for row in _routes(n)])
        for group in GROUPS:
            _tutor(session, group)
        for leaving, year_group in ((2027, 11), (2027, 13), (2028, 11), (2029, 13)):
            start_cohort(
                session, school, leaving=leaving, year_group=year_group, started_by="test", now=BEGIN
            )
    for number in ids:
        yield from _fate(number)


def _tutor(session: Session, group: str) -> None:
    member = StaffMember(email=f"{group.casefold()}@example.org", name=f"Tutor of {group}", created_at=BEGIN)
    session.add(member)
    session.flush()
    assert member.id is not None
    session.add(StaffPost(staff_id=member.id, school_id=SCHOOL, role=StaffRole.TUTOR, tutor_group=group))


def cohort_of(number: int) -> tuple[int, int]:
    """(summer, year group) at the start."""
    return {0: (2027, 13), 1: (2028, 11), 2: (2028, 11)}.get(number % 10, (2027, 11))


def _student(number: int) -> dict[str, Any]:
    summer, year_group = cohort_of(number)
    born = date(summer - year_group - 5, 9, 1) + timedelta(days=(number * 7) % 365)
    if summer == 2028 and number % 20 == 1:
        born = date(2012, 2, 29)
    return {
        "id": number,
        "code": f"S-{number:06d}",
        "school_id": SCHOOL,
        "surname": f"Made-up{number}",
        "forename": "Sam",
        "date_of_birth": born,
        "year_group": year_group - (summer - 2027),
        "tutor_group": GROUPS[number % 3],
        "ehcp": number % 50 == 7,
        "created_at": BEGIN,
        "changed_at": BEGIN,
    }


def _leaving(number: int) -> dict[str, Any]:
    summer, year_group = cohort_of(number)
    return {"school_id": SCHOOL, "student_id": number, "year_group": year_group, "summer": summer}


def _routes(number: int) -> Iterator[dict[str, Any]]:
    base = {
        "school_id": SCHOOL,
        "student_id": number,
        "owner": RouteOwner.STUDENT,
        "changed_at": BEGIN,
        "proven_at": None,
    }
    if number % 25 != 3:
        kind, address = RouteKind.SCHOOL_EMAIL, f"s{number}@pupils.example.org"
        yield {**base, "kind": kind, "channel": Channel.EMAIL, "address": address}
    if number % 8 != 5:
        shared = number - 1 if number % 40 == 0 else number  # some share a phone
        address = f"+4477009{shared:05d}"
        yield {**base, "kind": RouteKind.MOBILE, "channel": Channel.SMS, "address": address}
    if number % 5 == 0:
        kind, address = RouteKind.PERSONAL_EMAIL, f"s{number}@home.example.org"
        proven = {"channel": Channel.EMAIL, "address": address, "proven_at": BEGIN}
        yield {**base, "kind": kind, **proven}


def _fate(number: int) -> Iterator[tuple[datetime, Deed]]:
    """What befalls a person, by their number."""
    summer, _ = cohort_of(number)
    decided = from_wall(date(summer, 2, 2), 12)
    if number % 3:
        yield decided, lambda s: _consent(s, number, Decision.GRANTED, decided)
    elif number % 6 == 0:
        yield decided, lambda s: _consent(s, number, Decision.REFUSED, decided)
    if number % 17 == 4:
        at = from_wall(date(summer + 1, 11, 20), 15)
        yield at, lambda s: _consent(s, number, Decision.WITHDRAWN, at)
    if number % 97 == 11:
        dies = from_wall(date(summer + 1, 2, 14), 9)
        yield dies, lambda s: _die(s, number, dies)
    if number % 31 == 8:
        stops = from_wall(date(summer, 9, 20), 17)
        yield stops, lambda s: _stop(s, number, stops)
    if number % 37 == 9:
        leaves = from_wall(date(summer, 3, 3), 12)
        yield leaves, lambda s: _leave(s, number, leaves)
    if number % 7 == 6 and cohort_of(number) == (2027, 11):
        stays = from_wall(date(2027, 9, 6), 9)
        yield stays, lambda s: _stay(s, number, stays)
    if number % 43 == 12 and cohort_of(number) == (2027, 11):
        repeats = from_wall(date(2027, 9, 6), 10)
        yield repeats, lambda s: _repeat(s, number, repeats)


def _consent(session: Session, number: int, decision: Decision, at: datetime) -> None:
    session.add(
        ConsentEvent(
            school_id=SCHOOL,
            student_id=number,
            purpose=Purpose.CONTACT_AFTER_LEAVING,
            decision=decision,
            actor=Actor.SELF,
            age_on_day=16,
            wording="test",
            wording_sha256="0" * 64,
            channel=LinkMedium.PAPER,
            at=at,
        )
    )


def _die(session: Session, number: int, at: datetime) -> None:
    mark_deceased(session, session.get_one(Student, number), now=at)


def _stop(session: Session, number: int, at: datetime) -> None:
    address = f"+4477009{number:05d}"
    session.add(OptOut(channel=Channel.SMS, address=address, source=OptOutSource.TEXT, at=at))


def _leave(session: Session, number: int, at: datetime) -> None:
    mark_left(session, session.get_one(Student, number), on=at.date(), now=at)


def _stay(session: Session, number: int, at: datetime) -> None:
    student = session.get_one(Student, number)
    student.year_group, student.changed_at = 12, at
    session.add(student)
    session.add(Leaving(school_id=SCHOOL, student_id=number, year_group=13, summer=2029))


def _repeat(session: Session, number: int, at: datetime) -> None:
    row = session.execute(select(Leaving).where(col(Leaving.student_id) == number)).scalars().first()
    assert row is not None
    row.summer = 2028
    session.add(row)
    student = session.get_one(Student, number)
    student.changed_at = at
    session.add(student)
