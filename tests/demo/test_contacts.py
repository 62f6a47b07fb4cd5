"""The made-up people prove addresses of their own, long ago and by a reply; staff go through their lists."""

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session, select

from surveybot.catalogue import load_catalogue
from surveybot.config import Settings
from surveybot.demo.contacts import give_address, prove_long_ago, reply_to_proof
from surveybot.demo.lives import Life, lives_of
from surveybot.demo.people import Person, everyone
from surveybot.demo.registry import import_roster
from surveybot.demo.school import found_school
from surveybot.demo.staff_lists import mark_whom_to_see_first
from surveybot.links import LinkSigner
from surveybot.records import database
from surveybot.records.answer.contact_proofs import ContactProof
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.lived_past import students_by_admission_number
from surveybot.records.plan.planned import PlannedCohort
from surveybot.records.roster.students import Route, Student
from surveybot.records.round.tutor_rounds import PlannedTutorRound
from surveybot.records.time_lapse import next_due_at, put_off_looks
from surveybot.steps.texting.desk import Desk
from tests.conftest import NOW

ADDRESSES = 20


@pytest.fixture
def people() -> list[Person]:
    return [one for one in everyone(2026) if one.cohort == 2026 and not one.trait][:ADDRESSES]


@pytest.fixture
def desk(engine: Engine, settings: Settings, people: list[Person]) -> Iterator[Desk]:
    with database.writing(engine) as session:
        import_roster(session, found_school(session, now=NOW), people, summer=2026, at=NOW)
        yield Desk(session, load_catalogue(), settings, LinkSigner(settings.keys), NOW)


def known(session: Session, people: list[Person]) -> list[tuple[Student, Person]]:
    rows = students_by_admission_number(session, session.exec(select(Student.school_id)).first() or 0)
    return [(rows[one.admission_number], one) for one in people]


def proven(session: Session) -> int:
    return len([row for row in session.exec(select(Route)) if row.proven_at])


def test_in_the_past_many_have_proven_an_address_and_no_message_is_sent(
    desk: Desk, people: list[Person]
) -> None:
    prove_long_ago(desk.session, known(desk.session, people), share=0.55, at=NOW)
    desk.session.flush()
    assert ADDRESSES * 0.25 < proven(desk.session) < ADDRESSES * 0.85
    assert not desk.session.exec(select(Delivery)).all()


def test_who_gives_an_address_says_there_that_it_is_theirs(desk: Desk, people: list[Person]) -> None:
    lives: dict[str, Life] = lives_of(people, {}, taken=[one.mobile for one in people])
    for student, person in known(desk.session, people):
        give_address(desk, student, lives[person.admission_number])
    proofs = desk.session.exec(select(ContactProof)).all()
    numbers = {student.id: person.admission_number for student, person in known(desk.session, people)}
    sent: Any = SimpleNamespace(accepted_at=NOW + timedelta(minutes=1))
    deeds = [reply_to_proof(lives[numbers[one.student_id]], sent, one) for one in proofs]
    for deed in sorted((one for one in deeds if one), key=lambda one: one.at):
        deed.do(desk)
    assert len(proofs) == ADDRESSES
    assert proven(desk.session) == len([one for one in deeds if one]) > ADDRESSES / 2


def test_some_are_marked_to_be_seen_first(desk: Desk, people: list[Person]) -> None:
    lives = lives_of(people, {}, taken=[])
    school_id = known(desk.session, people)[0][0].school_id
    mark_whom_to_see_first(desk, school_id, lives)
    assert len([row for row in desk.session.exec(select(Student)) if row.see_me_first]) == 6


def test_the_clock_stops_where_a_tutor_round_is_due_and_its_plan_is_looked_at(desk: Desk) -> None:
    session, due = desk.session, NOW + timedelta(days=3)
    school_id = session.exec(select(Student.school_id)).first() or 0
    cohort = PlannedCohort(
        school_id=school_id, leaving=2026, year_group=11, started_at=NOW, started_by="test",
        next_look_at=NOW, fingerprint="seen",
    )  # fmt: skip
    session.add(cohort)
    session.flush()
    session.add(
        PlannedTutorRound(
            school_id=school_id, cohort_id=cohort.id or 0, destination_year=1, step="autumn", due_at=due
        )
    )
    session.flush()
    assert next_due_at(session, after=NOW) == due
    for now, looks in ((NOW, False), (due, True)):
        cohort.next_look_at = now
        session.flush()
        put_off_looks(session, now=now, until=now + timedelta(days=9))
        session.refresh(cohort)
        assert (cohort.next_look_at == now) is looks
