"""Who of a cohort can be reached after leaving, and who still has to prove something."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from surveybot.records.answer.contact_proofs import ContactProof, waiting_proofs
from surveybot.records.roster.students import Student, cohort, last_leavings
from surveybot.rules.answer.consent import Decision
from surveybot.rules.delivery.channels import RouteKind
from surveybot.rules.delivery.may_ask import Person
from surveybot.rules.roster.people import StudentState
from surveybot.rules.roster.reachability import Reach, agreed_to_contact, reach_of
from surveybot.steps.roster.people import load_people


@dataclass(frozen=True, slots=True)
class Reachable:
    """One student: how they can be reached, what they said to it, and what waits for an answer."""

    student: Student
    reach: Reach
    agreed: Decision | None  # to contact after leaving
    waiting: Sequence[ContactProof]  # newest first
    can_ask: tuple[RouteKind, ...]  # where one can ask, or ask again


def reachability(
    session: Session,
    school_id: int,
    *,
    leaving: int,
    year_group: int,
    tutor_groups: Collection[str] | None = None,
    on: date,
) -> list[Reachable]:
    """Everybody of the cohort who is alive, by group and name; a tutor's own groups alone."""
    students = [
        student
        for student, _ in cohort(session, school_id, leaving=leaving, year_group=year_group)
        if student.state is not StudentState.DECEASED
        and (tutor_groups is None or student.tutor_group in tutor_groups)
    ]
    ids = [student.id for student in students if student.id is not None]
    people = load_people(session, students, on=on)
    last, waiting = last_leavings(session, ids), waiting_proofs(session, ids)
    return [
        _one(
            student, people[student.id], waiting.get(student.id, []), stays=last[student.id].summer > leaving
        )
        for student in students
        if student.id is not None
    ]


def _one(student: Student, person: Person, waiting: Sequence[ContactProof], *, stays: bool) -> Reachable:
    unproven = {r.kind for r in person.routes if not r.proven and not r.bad_reason and not r.stopped}
    can_ask = {one.kind for one in waiting} | (unproven - {RouteKind.SCHOOL_EMAIL})
    return Reachable(
        student,
        reach_of(person, stays=stays),
        agreed_to_contact(person),
        waiting,
        tuple(kind for kind in (RouteKind.MOBILE, RouteKind.PERSONAL_EMAIL) if kind in can_ask),
    )
