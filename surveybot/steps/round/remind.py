"""Remind those who have not answered a round: whom, and whom not and why."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from surveybot.records.roster.students import Student, students_by_id
from surveybot.records.round.invitations import Audience, Invitation, unanswered_of
from surveybot.records.round.rounds import Round, RoundState
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.delivery.channels import Channel, RouteOwner
from surveybot.rules.delivery.delivery_states import MessageClass
from surveybot.rules.delivery.may_ask import Asking, RouteFacts, Skip, first_way
from surveybot.rules.survey.questionnaire import Survey
from surveybot.rules.survey.questionnaire_check import AskedOf
from surveybot.steps.roster.people import load_people
from surveybot.steps.round.see_first import bring_forward
from surveybot.steps.sending.queue import NewDelivery, queue_many


@dataclass(frozen=True, slots=True)
class Reminded:
    student: Student
    invitation: Invitation
    channel: Channel


@dataclass(frozen=True, slots=True)
class ReminderPlan:
    """Who would get a reminder, and who would not and why."""

    reminded: tuple[Reminded, ...]
    left_out: tuple[tuple[Student, Skip], ...]


def plan_reminder(session: Session, row: Round, survey: Survey, *, now: datetime) -> ReminderPlan:
    assert row.id is not None
    invitations = unanswered_of(session, row.id)
    students = students_by_id(session, row.school_id, [one.student_id for one in invitations])
    owner = RouteOwner.CONTACT_1 if survey.audience is AskedOf.PARENT else RouteOwner.STUDENT
    people = load_people(session, list(students.values()), owner, on=london_date(now))
    asking = Asking.of(survey)
    reminded, left_out = [], []
    for invitation in invitations:
        student = students[invitation.student_id]
        way = first_way(people[invitation.student_id], asking, survey.first_channel)
        if isinstance(way, RouteFacts):
            reminded.append(Reminded(student, invitation, way.channel))
        else:
            left_out.append((student, way))
    return ReminderPlan(tuple(reminded), tuple(left_out))


def remind(session: Session, row: Round, plan: ReminderPlan, *, now: datetime) -> int:
    """Queue one reminder per person and day, however often the button is pressed; say how many are due."""
    if row.state is not RoundState.OPEN or row.opens_at > now:
        return 0
    step = f"reminder-{now:%Y%m%d}"
    of_parent = any(one.invitation.audience is Audience.PARENT for one in plan.reminded)
    queued = queue_many(
        session,
        [
            NewDelivery(
                dedupe_key=f"round:{row.id}:student:{one.student.id}:{step}",
                school_id=row.school_id,
                student_id=one.student.id,
                round_id=row.id,
                invitation_id=one.invitation.id,
                message_class=MessageClass.ASK,
                template="parent-invitation" if of_parent else "reminder",
                step=step,
                channel=one.channel,
                owner=RouteOwner.CONTACT_1 if of_parent else RouteOwner.STUDENT,
                due_at=now,
                not_after=row.closes_at,
            )
            for one in plan.reminded
        ],
        now=now,
    )
    bring_forward(session, row)
    return queued
