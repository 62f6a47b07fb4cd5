"""How tutor rounds go: by round, by member of staff, and student by student. Counts are of staff."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from surveybot.records.roster.students import Student
from surveybot.records.round.rounds import Round
from surveybot.records.round.tutor_rounds import (
    UnknownStudent,
    asked_tutors,
    heard_of,
    unknown_students,
)
from surveybot.records.staff import StaffMember, StaffPost, staff_of_school
from surveybot.rules.calendar.academic_year import current_summer
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.plan.unknown_destinations import Staffing, TutorWord, WhyUnknown, why_unknown
from surveybot.rules.roster.people import StaffRole


@dataclass(frozen=True, slots=True)
class Listed:
    """One student of a tutor round, as things stand now."""

    student: Student
    row: UnknownStudent
    why: WhyUnknown | None  # None: known by now, from whomever

    @property
    def is_done(self) -> bool:
        return self.why is None or self.row.word is not None


@dataclass(frozen=True, slots=True)
class TutorStand:
    """One member of staff who was asked, or who is asked by now, and how far they are."""

    staff_id: int
    name: str
    groups: tuple[str, ...]
    students: int
    done: int
    asked: bool  # has got the email


@dataclass(frozen=True, slots=True)
class TutorProgress:
    """A whole round."""

    tutors: int = 0
    tutors_done: int = 0
    students: int = 0
    done: int = 0
    unknown: int = 0
    passed_on: int = 0

    @property
    def known(self) -> int:
        return self.students - self.unknown

    @property
    def to_do(self) -> int:
        return self.students - self.done


def summer_of(row: Round) -> int:
    """The summer that ends the academic year about which a round asks."""
    return current_summer(london_date(row.opens_at))


def staffing_of(posts: Sequence[tuple[StaffMember, StaffPost]]) -> Staffing:
    """Tutors by group, and the careers leaders; administrators where there is none."""
    tutors: dict[str, list[int]] = {}
    for _member, post in posts:
        if post.role is StaffRole.TUTOR and post.tutor_group:
            tutors.setdefault(post.tutor_group, []).append(post.staff_id)
    leaders: list[int] = []
    for role in (StaffRole.CAREERS_LEADER, StaffRole.ADMIN):
        leaders = leaders or list(dict.fromkeys(post.staff_id for _, post in posts if post.role is role))
    return Staffing(tutors, leaders)


def listed_of_rounds(
    session: Session, rounds: Sequence[Round], *, tutor_groups: Collection[str] | None = None
) -> dict[int, list[Listed]]:
    """Everybody on the lists of these rounds, by round, in the order of groups; two queries."""
    summers = {row.id: summer_of(row) for row in rounds if row.id is not None}
    found = unknown_students(session, list(summers), tutor_groups=tutor_groups) if summers else []
    heard = heard_of(session, {row.student_id for row, _ in found}) if found else {}
    lists: dict[int, list[Listed]] = {}
    for row, student in found:
        why = why_unknown(heard.get(row.student_id, ()), summer=summers[row.round_id])
        lists.setdefault(row.round_id, []).append(Listed(student, row, why))
    return lists


def progress_of_tutor_rounds(
    session: Session,
    school_id: int,
    rounds: Sequence[Round],
    *,
    tutor_groups: Collection[str] | None = None,
) -> dict[int, TutorProgress]:
    """By round id; a round that holds nobody of these groups is missing."""
    lists = listed_of_rounds(session, rounds, tutor_groups=tutor_groups)
    if not lists:
        return {}
    asked = asked_tutors(session, list(lists))
    staffing = staffing_of(staff_of_school(session, school_id))
    return {key: progress(listed, asked.get(key, set()), staffing) for key, listed in lists.items()}


def progress(listed: Sequence[Listed], asked: Collection[int], staffing: Staffing) -> TutorProgress:
    busy = busy_staff(listed, staffing)
    return TutorProgress(
        tutors=len(asked),
        tutors_done=len([one for one in asked if one not in busy]),
        students=len(listed),
        done=sum(one.is_done for one in listed),
        unknown=sum(one.why is not None for one in listed),
        passed_on=sum(one.why is not None and one.row.word in HANDED_ON for one in listed),
    )


HANDED_ON = (TutorWord.NOT_KNOWN, TutorWord.PASSED_ON)


def busy_staff(listed: Sequence[Listed], staffing: Staffing) -> set[int]:
    """Those who still have somebody to say something about."""
    groups = {one.student.tutor_group for one in listed if not one.is_done}
    return {staff_id for group in groups for staff_id in staffing.asked_about(group)}


def stand_by_tutor(
    listed: Sequence[Listed],
    asked: Collection[int],
    staffing: Staffing,
    names: Mapping[int, str],
) -> list[TutorStand]:
    """A row for everybody who was asked or has somebody on the list, by name."""
    groups = {one.student.tutor_group for one in listed}
    everybody = set(asked) | {one for group in groups for one in staffing.asked_about(group)}
    found = []
    for staff_id in sorted(everybody, key=lambda one: names.get(one, "")):
        own = staffing.groups_of(staff_id, groups)
        theirs = [one for one in listed if one.student.tutor_group in own]
        done = sum(one.is_done for one in theirs)
        shown = tuple(sorted(group for group in own if group))
        found.append(
            TutorStand(staff_id, names.get(staff_id, ""), shown, len(theirs), done, staff_id in asked)
        )
    return found


def busy_tutors(session: Session, rounds: Sequence[Round]) -> set[tuple[int, int]]:
    """Who of which round still has work: (round, staff) numbers."""
    staffings = {
        school_id: staffing_of(staff_of_school(session, school_id))
        for school_id in {row.school_id for row in rounds}
    }
    schools = {row.id: row.school_id for row in rounds}
    return {
        (round_id, staff_id)
        for round_id, listed in listed_of_rounds(session, rounds).items()
        for staff_id in busy_staff(listed, staffings[schools[round_id]])
    }
