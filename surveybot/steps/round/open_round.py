"""Plan a round, open it, and remind those who have not answered.

A plan says who would get what, when and over which channel, and who is left out and why; opening writes the
round, an invitation for everybody in it (with the reason where nobody is asked) and the first messages, in
one transaction.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session

from surveybot.records.roster.students import Student, cohort
from surveybot.records.round.invitations import Audience, add_invitations
from surveybot.records.round.rounds import Round, hold_rounds, running_rounds
from surveybot.records.schools import School
from surveybot.rules.answer.consent import Actor, objection_decider
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.calendar.results_day import unsealed_at
from surveybot.rules.delivery.channels import Channel, RouteOwner
from surveybot.rules.delivery.contact_hours import Window, next_allowed
from surveybot.rules.delivery.delivery_states import MessageClass
from surveybot.rules.delivery.may_ask import NOT_IN_THE_ROUND, Asking, RouteFacts, Skip, first_way
from surveybot.rules.school_settings import SchoolSettings
from surveybot.rules.short_codes import new_code
from surveybot.rules.survey.questionnaire import Survey
from surveybot.rules.survey.questionnaire_check import AskedOf
from surveybot.steps.roster.people import load_people
from surveybot.steps.round.paper_links import paper_links
from surveybot.steps.round.see_first import bring_forward
from surveybot.steps.sending.queue import NewDelivery, queue_many


class RoundRefused(Exception):
    """A round that cannot be opened; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Invited:
    student: Student
    route: RouteFacts
    is_leaver: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    student: Student
    reason: Skip


@dataclass(frozen=True, slots=True)
class RoundPlan:
    """What opening this round now would do."""

    survey: Survey
    leaving: int
    year_group: int
    tutor_group: str
    opens_at: datetime
    closes_at: datetime
    first_send_at: datetime
    invited: tuple[Invited, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def out_of_reach(self) -> tuple[LeftOut, ...]:
        """Those who are meant, and cannot be asked."""
        return tuple(one for one in self.left_out if one.reason not in NOT_IN_THE_ROUND)

    @property
    def by_channel(self) -> dict[Channel, int]:
        counted = Counter(invited.route.channel for invited in self.invited)
        return {channel: counted[channel] for channel in Channel}


def plan_round(
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
    any_hour: bool = False,
) -> RoundPlan:
    """Say what a round would do, or raise RoundRefused; nothing is written.

    `any_hour` is the demo's: the contact window is off there.
    """
    if survey.audience is AskedOf.STAFF:
        raise RoundRefused(f"The survey {survey.slug} asks tutors: students get no links to it.")
    opens_at = unsealed_at(survey.slug, opens_at or now)
    closes_at = closes_at or opens_at + timedelta(days=survey.closes_after_days)
    _refuse_wrong_year(survey, year_group)
    if closes_at <= max(opens_at, now):
        raise RoundRefused("The round would close before it opens: give a later closing time.")
    assert school.id is not None
    _refuse_second(session, school.id, survey, leaving, year_group, tutor_group)
    people = cohort(session, school.id, leaving=leaving, year_group=year_group, tutor_group=tutor_group)
    if not people:
        raise RoundRefused(_nobody(leaving, year_group, tutor_group))
    students = [student for student, _ in people]
    invited, left_out = _sort_out(session, students, survey, london_date(opens_at))
    if not invited and Skip.OVER_16 in {one.reason for one in left_out} <= NOT_IN_THE_ROUND:
        raise RoundRefused("Everybody in this round is 16 or over: they decide themselves, not a parent.")
    settings = SchoolSettings.from_stored(school.settings)
    window = Window(settings.window_opens, settings.window_closes)
    first = max(opens_at, now)
    return RoundPlan(
        survey=survey,
        leaving=leaving,
        year_group=year_group,
        tutor_group=tutor_group,
        opens_at=opens_at,
        closes_at=closes_at,
        first_send_at=first if any_hour else next_allowed(first, nation=settings.nation, window=window),
        invited=tuple(invited),
        left_out=tuple(left_out),
    )


def open_round(session: Session, school: School, plan: RoundPlan, *, opened_by: str, now: datetime) -> Round:
    """Write what the plan says; of two openings at the same time the second is refused."""
    assert school.id is not None
    hold_rounds(session, school.id)
    _refuse_second(session, school.id, plan.survey, plan.leaving, plan.year_group, plan.tutor_group)
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
    _invite(session, row, plan, now)
    bring_forward(session, row)
    if row.opens_at > now:  # sealed until then: slips are printed before
        paper_links(session, row, now=now)
    return row


def _refuse_wrong_year(survey: Survey, year_group: int) -> None:
    if year_group not in survey.year_groups:
        asked = " and ".join(str(group) for group in survey.year_groups)
        raise RoundRefused(f"The survey {survey.slug} is for Year {asked}, not Year {year_group}.")


def _refuse_second(
    session: Session, school_id: int, survey: Survey, leaving: int, year_group: int, tutor_group: str
) -> None:
    """Nobody is asked the same survey by two running rounds; a whole year group holds every tutor group."""
    for other in running_rounds(session, school_id, survey.slug, leaving=leaving, year_group=year_group):
        if not tutor_group or not other.tutor_group or tutor_group == other.tutor_group:
            raise RoundRefused(
                f"Round {other.code} of this survey is already open for these students. "
                "Close it first, or remind those who have not answered."
            )


def _is_meant(student: Student, survey: Survey, on: date) -> bool:
    """A parent's survey is about students under 16; every other one is about everybody."""
    if survey.audience is not AskedOf.PARENT:
        return True
    return objection_decider(student.date_of_birth, on) is Actor.PARENT


def _nobody(leaving: int, year_group: int, tutor_group: str) -> str:
    group = f" in {tutor_group}" if tutor_group else ""
    return f"Nobody{group} finishes Year {year_group} in summer {leaving}. Import the roster first."


def _sort_out(
    session: Session, students: list[Student], survey: Survey, on: date
) -> tuple[list[Invited], list[LeftOut]]:
    owner = RouteOwner.CONTACT_1 if survey.audience is AskedOf.PARENT else RouteOwner.STUDENT
    people = load_people(session, students, owner, on=on)
    asking = Asking.of(survey)
    invited, left_out = [], []
    for student in students:
        assert student.id is not None
        way = first_way(people[student.id], asking, survey.first_channel)
        if way is not Skip.DECEASED and not _is_meant(student, survey, on):
            way = Skip.OVER_16
        if isinstance(way, RouteFacts):
            invited.append(Invited(student, way, people[student.id].after_leaving))
        else:
            left_out.append(LeftOut(student, way))
    return invited, left_out


def _invite(session: Session, row: Round, plan: RoundPlan, now: datetime) -> None:
    of_parent = plan.survey.audience is AskedOf.PARENT
    shared = {
        "school_id": row.school_id,
        "round_id": row.id,
        "audience": Audience.PARENT if of_parent else Audience.STUDENT,
        "created_at": now,
    }
    rows = [
        {**shared, "student_id": one.student.id, "channel": one.route.channel, "skipped": None}
        for one in plan.invited
    ] + [
        {**shared, "student_id": one.student.id, "channel": None, "skipped": one.reason}
        for one in plan.left_out
    ]
    invitation_ids = add_invitations(session, rows)
    queue_many(
        session,
        [
            NewDelivery(
                dedupe_key=f"round:{row.id}:student:{one.student.id}:invitation",
                school_id=row.school_id,
                student_id=one.student.id,
                round_id=row.id,
                invitation_id=invitation_ids[one.student.id or 0],
                message_class=MessageClass.ASK,
                template="parent-invitation" if of_parent else "invitation",
                step="invitation",
                channel=one.route.channel,
                owner=RouteOwner.CONTACT_1 if of_parent else RouteOwner.STUDENT,
                due_at=plan.first_send_at,
                not_after=plan.closes_at,
            )
            for one in plan.invited
        ],
        now=now,
    )
