"""Plan and open a round that asks tutors where their former students are.

It asks about those whose destination of this academic year is unknown. Each tutor who has any gets one email
with the address of their own list, and no name in it; whoever has nothing to do gets nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from surveybot.catalogue import Catalogue
from surveybot.records.plan.planned import PlannedState, add_reminders
from surveybot.records.report.tutor_progress import staffing_of
from surveybot.records.roster.students import Student
from surveybot.records.round.rounds import Round, hold_rounds, running_rounds
from surveybot.records.round.tutor_rounds import add_asked, heard_of
from surveybot.records.schools import School
from surveybot.records.staff import StaffMember, StaffPost, staff_of_school
from surveybot.rules.calendar.academic_year import current_summer, destination_year
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import MessageClass
from surveybot.rules.plan.check_in_plan import CheckIn, Path
from surveybot.rules.plan.unknown_destinations import WhyUnknown, is_asked_about, why_unknown
from surveybot.rules.short_codes import new_code
from surveybot.rules.survey.questionnaire import Survey
from surveybot.steps.plan.plan_check_ins import dates_of, load_cohort
from surveybot.steps.round.open_round import RoundRefused
from surveybot.steps.round.steer_round import close_round
from surveybot.steps.sending.queue import TUTOR_LIST, NewDelivery, queue_many


class NobodyUnknown(RoundRefused):
    """There is nothing to ask tutors."""


@dataclass(frozen=True, slots=True)
class Unknown:
    student: Student
    why: WhyUnknown


@dataclass(frozen=True, slots=True)
class TutorList:
    """What one member of staff would be asked; without a tutor, students go to the careers leaders."""

    member: StaffMember
    students: tuple[Unknown, ...]

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(sorted({one.student.tutor_group for one in self.students if one.student.tutor_group}))


@dataclass(frozen=True, slots=True)
class TutorRoundPlan:
    """What opening this round now would do."""

    survey: Survey
    leaving: int
    year_group: int
    tutor_group: str
    destination_year: int
    opens_at: datetime
    closes_at: datetime
    first_send_at: datetime
    unknown: tuple[Unknown, ...]
    lists: tuple[TutorList, ...]
    known: int  # of the same cohort


def plan_tutor_round(
    session: Session,
    school: School,
    survey: Survey,
    *,
    leaving: int,
    year_group: int,
    tutor_group: str = "",
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
    now: datetime,
) -> TutorRoundPlan:
    """Say who would be asked about whom, or raise RoundRefused; nothing is written."""
    opens_at = opens_at or now
    closes_at = closes_at or opens_at + timedelta(days=survey.closes_after_days)
    if closes_at <= max(opens_at, now):
        raise RoundRefused("The round would close before it opens: give a later closing time.")
    year = destination_year(leaving, london_date(opens_at))
    if year < 1:
        raise RoundRefused(
            f"Tutors are asked where leavers are from the September after leaving: 1 September {leaving}."
        )
    assert school.id is not None
    _refuse_second(session, school.id, survey, leaving, year_group, tutor_group, now)
    unknown, known = _unknown(session, school.id, leaving, year_group, tutor_group, opens_at, now)
    if not unknown:
        raise NobodyUnknown(
            "There is nobody here whose destination is owed and unknown: there is nothing to ask tutors."
        )
    return TutorRoundPlan(
        survey=survey,
        leaving=leaving,
        year_group=year_group,
        tutor_group=tutor_group,
        destination_year=year,
        opens_at=opens_at,
        closes_at=closes_at,
        first_send_at=max(opens_at, now),
        unknown=unknown,
        lists=_lists(staff_of_school(session, school.id), unknown),
        known=known,
    )


def open_tutor_round(
    session: Session,
    school: School,
    plan: TutorRoundPlan,
    catalogue: Catalogue,
    *,
    opened_by: str,
    now: datetime,
) -> Round:
    """Write what the plan says; of two openings at the same time the second is refused."""
    assert school.id is not None
    hold_rounds(session, school.id)
    _refuse_second(session, school.id, plan.survey, plan.leaving, plan.year_group, plan.tutor_group, now)
    for other in _running(session, school.id, plan.survey, plan.leaving, plan.year_group):
        if other.closes_at <= now:
            close_round(session, other, now=now)
    session.flush()
    row = Round(
        code=new_code("R"),
        school_id=school.id,
        survey=plan.survey.slug,
        leaving=plan.leaving,
        year_group=plan.year_group,
        tutor_group=plan.tutor_group,
        opens_at=plan.opens_at,
        closes_at=plan.closes_at,
        opened_by=opened_by,
        created_at=now,
    )
    session.add(row)
    session.flush()
    shared = {"school_id": row.school_id, "round_id": row.id}
    add_asked(
        session,
        [{**shared, "staff_id": one.member.id, "asked_at": now} for one in plan.lists],
        [
            {**shared, "student_id": one.student.id, "why": one.why, "word": None, "said_by": None}
            for one in plan.unknown
        ],
    )
    staff = [one.member.id for one in plan.lists if one.member.id is not None]
    queue_many(session, letters(row, staff, TUTOR_LIST, step=TUTOR_LIST, due_at=plan.first_send_at), now=now)
    _plan_reminders(session, school, row, catalogue, now)
    return row


def letters(
    row: Round, staff: Sequence[int], template: str, *, step: str, due_at: datetime
) -> list[NewDelivery]:
    """One email each, with the plain address of their list; it goes only to whoever has work left then."""
    return [
        NewDelivery(
            dedupe_key=f"round:{row.id}:staff:{one}:{step}",
            school_id=row.school_id,
            staff_id=one,
            round_id=row.id,
            message_class=MessageClass.STAFF,
            template=template,
            step=step,
            channel=Channel.EMAIL,
            due_at=due_at,
            not_after=row.closes_at,
            facts={"page": f"/staff/rounds/{row.code}/mine"},
        )
        for one in staff
    ]


def plan_row(catalogue: Catalogue, row: Round) -> CheckIn | None:
    """The row of the plan that says how often tutors of this year group are reminded."""
    rows = [one for one in catalogue.check_ins.of_year(row.year_group) if one.path is Path.TUTORS]
    year = destination_year(row.leaving, london_date(row.opens_at))
    return next((one for one in rows if one.destination_year == year), rows[0] if rows else None)


def _running(session: Session, school_id: int, survey: Survey, leaving: int, year_group: int) -> list[Round]:
    return running_rounds(session, school_id, survey.slug, leaving=leaving, year_group=year_group)


def _refuse_second(
    session: Session,
    school_id: int,
    survey: Survey,
    leaving: int,
    year_group: int,
    tutor_group: str,
    now: datetime,
) -> None:
    for other in _running(session, school_id, survey, leaving, year_group):
        same = not tutor_group or not other.tutor_group or tutor_group == other.tutor_group
        if same and other.closes_at > now:
            raise RoundRefused(
                f"Round {other.code} of this survey is already open for these tutors. "
                "Close it first, or remind those who have somebody left."
            )


def _unknown(
    session: Session,
    school_id: int,
    leaving: int,
    year_group: int,
    tutor_group: str,
    opens_at: datetime,
    now: datetime,
) -> tuple[tuple[Unknown, ...], int]:
    """Whose destination of that year is unknown, by group and name; and of how many it is known."""
    on = london_date(opens_at)
    people = load_cohort(session, school_id, leaving=leaving, year_group=year_group, on=london_date(now))
    owed = [
        student
        for student, _leaving in people.people
        if student.id is not None
        if not tutor_group or student.tutor_group == tutor_group
        if is_asked_about(people.followed[student.id], year_group=year_group, leaving=leaving, on=on)
    ]
    heard = heard_of(session, [student.id or 0 for student in owed])
    found = [
        (student, why_unknown(heard.get(student.id or 0, ()), summer=current_summer(on))) for student in owed
    ]
    unknown = tuple(Unknown(student, why) for student, why in found if why is not None)
    return unknown, len(owed) - len(unknown)


def _lists(
    posts: Sequence[tuple[StaffMember, StaffPost]], unknown: Sequence[Unknown]
) -> tuple[TutorList, ...]:
    members = {member.id: member for member, _ in posts}
    staffing = staffing_of(posts)
    lists: dict[int, list[Unknown]] = {}
    for one in unknown:
        for staff_id in staffing.asked_about(one.student.tutor_group):
            lists.setdefault(staff_id, []).append(one)
    if not lists:
        raise RoundRefused("There is no tutor and no careers leader to ask: add staff first.")
    found = [TutorList(members[staff_id], tuple(theirs)) for staff_id, theirs in lists.items()]
    return tuple(sorted(found, key=lambda one: (one.groups, one.member.name)))


def _plan_reminders(
    session: Session, school: School, row: Round, catalogue: Catalogue, now: datetime
) -> None:
    check_in = plan_row(catalogue, row)
    if check_in is None:
        return
    dates = dates_of(catalogue, school, leaving=row.leaving, year_group=row.year_group)
    days = [at for at in dates.reminders(check_in, row.opens_at) if now < at < row.closes_at]
    add_reminders(
        session,
        [
            {
                "school_id": row.school_id,
                "round_id": row.id,
                "number": number,
                "is_last": False,  # that would tell tutors of a reminder to students
                "due_at": at,
                "state": PlannedState.PLANNED,
                "reason": "",
                "changed_by": "",
                "told_tutors_at": None,
            }
            for number, at in enumerate(days, 1)
        ],
    )
