"""What the school itself does in three years: rosters, leavers, plans that start, calls to who is missing."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial

from surveybot.demo.contacts import give_address, gives_one, number_of
from surveybot.demo.deeds import TAKEN_LATE, write_down
from surveybot.demo.lives import Fate, Life
from surveybot.demo.people import Person
from surveybot.demo.reactions import Deed
from surveybot.demo.registry import import_roster
from surveybot.demo.school import LEADER, staff_cards
from surveybot.demo.staff_lists import answer_own_list, mark_whom_to_see_first
from surveybot.records.lived_past import student_with_number, students_by_admission_number
from surveybot.records.plan.planned import find_cohort
from surveybot.records.roster.students import Student
from surveybot.records.round.invitations import Invitation
from surveybot.records.round.rounds import Round, rounds_of
from surveybot.records.schools import School
from surveybot.records.staff import find_staff
from surveybot.records.time_lapse import unanswered
from surveybot.rules.calendar.dates_in_words import from_wall, london_date
from surveybot.rules.delivery.channels import RouteKind
from surveybot.rules.roster.people import StaffRole, StudentState
from surveybot.steps.plan.plan_check_ins import start_cohort
from surveybot.steps.roster.change_contact import change_contact
from surveybot.steps.roster.mark_student import mark_left
from surveybot.steps.sending.queue import TUTOR_LIST
from surveybot.steps.texting.desk import Desk

REACHED_BY_PHONE = 0.4


@dataclass(frozen=True)
class Marlbridge:
    """The school with its cohort: who is who, and what becomes of each."""

    school_id: int
    summer: int
    people: Sequence[Person]  # all whom the office knows, with the cohort as it will be
    lives: Mapping[str, Life]  # of the cohort, by admission number

    def school(self, desk: Desk) -> School:
        return desk.session.get_one(School, self.school_id)


def deeds_of(place: Marlbridge) -> Iterator[Deed]:
    """Everything that is sure to come, whatever is asked and answered."""
    summer = place.summer
    for year in range(3):
        ends = from_wall(date(summer + year, 8, 31), 12)
        yield Deed(
            ends, "leaving", partial(mark_leavers, place=place, summer=summer + year), changes_plan=True
        )
    for year in (1, 2):
        begins = from_wall(date(summer + year - 1, 9, 9), 9)
        yield Deed(
            begins, "roster", partial(take_roster, place=place, summer=summer + year), changes_plan=True
        )
    for year in range(3):
        january, june = (
            from_wall(date(summer + year + 1, 1, 18), 15),
            from_wall(date(summer + year + 1, 5, 25), 15),
        )
        for at in (january, june):
            yield Deed(at, "calls", partial(phone_the_silent, place=place))
    before_results = from_wall(date(summer, 8, 10), 15)
    mark = partial(mark_whom_to_see_first, school_id=place.school_id, lives=place.lives)
    yield Deed(before_results, "seen first", mark)
    for number, life in place.lives.items():
        yield from _own(place, number, life)


def _own(place: Marlbridge, number: str, life: Life) -> Iterator[Deed]:
    if life.new_mobile:
        at = from_wall(date(place.summer, 4, 6), 17) + timedelta(days=int(number) % 90)
        yield Deed(at, number, partial(give_new_number, place=place, life=life), sends=True)
    elif gives_one(life):
        at = from_wall(date(place.summer, 5, 12), 17) + timedelta(days=int(number) % 45)
        yield Deed(at, number, partial(give_own_address, place=place, life=life), sends=True)
    if life.leaves_sixth_form and life.turned_on:
        at = from_wall(life.turned_on, 11)
        yield Deed(at, number, partial(leave_sixth_form, place=place, life=life), changes_plan=True)


def start_plan(desk: Desk, place: Marlbridge, *, leaving: int, year_group: int) -> bool:
    """The careers leader starts the plan of a cohort; False where it runs already."""
    if find_cohort(desk.session, place.school_id, leaving=leaving, year_group=year_group):
        return False
    start_cohort(
        desk.session,
        place.school(desk),
        leaving=leaving,
        year_group=year_group,
        started_by=LEADER,
        now=desk.now,
    )
    return True


def mark_leavers(desk: Desk, place: Marlbridge, summer: int) -> None:
    """On the last day of August those who do not come back have left."""
    known = students_by_admission_number(desk.session, place.school_id)
    for person in place.people:
        student = known.get(person.admission_number)
        finishes = person.year_group(summer) in (11, 13) and person.year_group(summer + 1) is None
        if student is not None and finishes and student.state is StudentState.ON_ROLL:
            mark_left(desk.session, student, on=london_date(desk.now), now=desk.now)


def take_roster(desk: Desk, place: Marlbridge, summer: int) -> None:
    """The roster of a new school year; the sixth form goes by the plan of Year 13 from now on."""
    gone = {number for number, life in place.lives.items() if life.leaves_sixth_form}
    on = london_date(desk.now)
    people = [
        _as_office_knows(person, place.lives.get(person.admission_number))
        for person in place.people
        if not (person.admission_number in gone and on > date(place.summer + 1, 1, 1))
    ]
    import_roster(desk.session, place.school(desk), people, summer=summer, at=desk.now)
    start_plan(desk, place, leaving=place.summer + 2, year_group=13)


def _as_office_knows(person: Person, life: Life | None) -> Person:
    return replace(person, mobile=life.new_mobile) if life and life.new_mobile else person


def give_own_address(desk: Desk, place: Marlbridge, life: Life) -> None:
    if student := _student(desk, place, life):
        give_address(desk, student, life)


def give_new_number(desk: Desk, place: Marlbridge, life: Life) -> None:
    """On their own page, before they leave."""
    if student := _student(desk, place, life):
        number = number_of(life.new_mobile)
        change_contact(desk.session, student=student, kind=RouteKind.MOBILE, address=number, now=desk.now)


def leave_sixth_form(desk: Desk, place: Marlbridge, life: Life) -> None:
    student = _student(desk, place, life)
    if student is not None and student.state is StudentState.ON_ROLL:
        mark_left(desk.session, student, on=london_date(desk.now), now=desk.now)


def _student(desk: Desk, place: Marlbridge, life: Life) -> Student | None:
    return student_with_number(desk.session, place.school_id, life.person.admission_number)


def phone_the_silent(desk: Desk, place: Marlbridge) -> None:
    """The adviser phones who has not answered, and writes down what those say whom she reaches."""
    adviser = find_staff(desk.session, next(c.email for c in staff_cards() if c.role is StaffRole.ADVISER))
    assert adviser is not None and adviser.id is not None
    for about in _over_lately(desk, place):
        assert about.id is not None
        _write_down_some(desk, place, unanswered(desk.session, about.id), adviser.id, share=REACHED_BY_PHONE)


def _over_lately(desk: Desk, place: Marlbridge) -> list[Round]:
    """The rounds of the cohort that are over, and still take an answer."""
    since = desk.now - TAKEN_LATE
    ours = (place.summer, place.summer + 2)
    return [
        row
        for row in rounds_of(desk.session, place.school_id)
        if since < row.closes_at < desk.now and row.leaving in ours and row.survey != "goodbye"
    ]


def tell_tutor(desk: Desk, place: Marlbridge, *, round_id: int, staff_id: int, tutor_group: str) -> None:
    """The tutor goes through the own list, or asks the own group: some would rather say it than type it."""
    if desk.session.get_one(Round, round_id).survey == TUTOR_LIST:
        answer_own_list(desk, place.lives, round_id=round_id, staff_id=staff_id, tutor_group=tutor_group)
        return
    missing = unanswered(desk.session, round_id, tutor_group=tutor_group)
    _write_down_some(desk, place, missing, staff_id, share=0.12, always=Fate.TELLS_TUTOR)


def _write_down_some(
    desk: Desk,
    place: Marlbridge,
    invitations: Sequence[int],
    staff_id: int,
    *,
    share: float,
    always: Fate | None = None,
) -> None:
    dice = random.Random(f"{staff_id} {london_date(desk.now)}")  # noqa: S311 - made up, not secret
    for invitation_id in invitations:
        row = desk.session.get_one(Invitation, invitation_id)
        student = desk.session.get_one(Student, row.student_id)
        life = place.lives.get(student.admission_number or "")
        if life is not None and (life.fate is always or dice.random() < share):
            write_down(desk, invitation_id, life, staff_id=staff_id)
