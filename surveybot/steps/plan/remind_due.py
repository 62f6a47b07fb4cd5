"""Reminders of the rounds that the plan opened: to whoever has not finished, the later ones the other way.

They stop with an answer, a stop, the cap and the end of the round. Before the last one each tutor hears, a
day ahead, who of the own group is still missing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from surveybot.catalogue import Catalogue
from surveybot.records.plan.planned import PlannedReminder, PlannedState, due_reminders
from surveybot.records.report.round_progress import progress_by_group
from surveybot.records.round.rounds import Round, RoundState
from surveybot.records.staff import staff_of_school
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import MessageClass
from surveybot.rules.delivery.may_ask import Asking, RouteFacts, Skip, first_way
from surveybot.rules.roster.people import StaffRole
from surveybot.rules.survey.questionnaire import Survey
from surveybot.rules.survey.questionnaire_check import AskedOf
from surveybot.steps.roster.people import load_people
from surveybot.steps.round.remind import Reminded, plan_reminder
from surveybot.steps.sending.queue import TUTOR_REMINDER, NewDelivery, queue_many
from surveybot.steps.tutor_rounds.remind import plan_tutor_reminder, remind_tutors

TOO_LATE = timedelta(days=2)
TUTORS_AHEAD = timedelta(days=1)
AT_ONCE = 100
OTHER = {Channel.SMS: Channel.EMAIL, Channel.EMAIL: Channel.SMS}


def remind_due(session: Session, school_id: int, catalogue: Catalogue, *, now: datetime) -> int:
    """Queue a school's reminders that are due, tell tutors of those to come; how many were queued."""
    queued = 0
    for one in due_reminders(session, school_id, now=now + TUTORS_AHEAD, limit=AT_ONCE):
        row = session.get_one(Round, one.round_id)
        if one.due_at <= now:
            queued += _remind(session, catalogue, one, row, now)
        elif one.is_last and one.told_tutors_at is None and row.state is RoundState.OPEN:
            one.told_tutors_at = now
            session.add(one)
            _tell_tutors(session, row, one, now)
    return queued


def _remind(session: Session, catalogue: Catalogue, one: PlannedReminder, row: Round, now: datetime) -> int:
    survey = catalogue.surveys.get(row.survey)
    over = row.state is RoundState.CLOSED or row.closes_at <= now
    if survey is None or over or now > one.due_at + TOO_LATE:
        one.state, one.reason = PlannedState.SKIPPED, Skip.EXPIRED
        session.add(one)
        return 0
    one.state = PlannedState.OPENED
    session.add(one)
    if survey.audience is AskedOf.STAFF:
        step = f"{TUTOR_REMINDER}-{one.number}"
        return remind_tutors(session, row, plan_tutor_reminder(session, row), step=step, now=now)
    plan = plan_reminder(session, row, survey, now=now)
    channels = _channels(session, plan.reminded, survey, now) if one.goes_the_other_way else {}
    messages = [
        _message(reminded, one, row, channels.get(reminded.student.id, reminded.channel), now)
        for reminded in plan.reminded
    ]
    return queue_many(session, messages, now=now)


def _channels(
    session: Session, people: Sequence[Reminded], survey: Survey, now: datetime
) -> dict[int | None, Channel]:
    """The channel that the first message did not take, where there is one."""
    persons = load_people(session, [one.student for one in people], on=london_date(now))
    asking = Asking.of(survey)
    found = {}
    for one in people:
        other = OTHER[one.invitation.channel or one.channel]
        way = first_way(persons[one.student.id or 0], asking, other)
        found[one.student.id] = way.channel if isinstance(way, RouteFacts) else one.channel
    return found


def _message(
    reminded: Reminded, one: PlannedReminder, row: Round, channel: Channel, now: datetime
) -> NewDelivery:
    return NewDelivery(
        dedupe_key=f"round:{row.id}:student:{reminded.student.id}:reminder-{one.number}",
        school_id=row.school_id,
        student_id=reminded.student.id,
        round_id=row.id,
        invitation_id=reminded.invitation.id,
        message_class=MessageClass.ASK,
        template="reminder",
        step=f"reminder-{one.number}",
        channel=channel,
        due_at=now,
        not_after=row.closes_at,
    )


def _tell_tutors(session: Session, row: Round, one: PlannedReminder, now: datetime) -> None:
    assert row.id is not None
    missing = {group for group, part in progress_by_group(session, row.id).items() if part.not_yet}
    tutors = sorted(
        {
            member.id
            for member, post in staff_of_school(session, row.school_id)
            if post.role is StaffRole.TUTOR and post.tutor_group in missing and member.id is not None
        }
    )
    queue_many(session, _letters(tutors, row, one, now), now=now)


def _letters(tutors: Sequence[int], row: Round, one: PlannedReminder, now: datetime) -> list[NewDelivery]:
    return [
        NewDelivery(
            dedupe_key=f"round:{row.id}:staff:{tutor}:before-reminder-{one.number}",
            school_id=row.school_id,
            staff_id=tutor,
            round_id=row.id,
            message_class=MessageClass.STAFF,
            template="last-reminder",
            step="last-reminder",
            channel=Channel.EMAIL,
            due_at=now,
            not_after=one.due_at,
            facts={"page": f"/staff/rounds/{row.code}/mine"},
        )
        for tutor in tutors
    ]
