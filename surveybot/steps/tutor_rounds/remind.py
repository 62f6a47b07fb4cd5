"""Remind the tutors of a round who still have somebody on their list; nobody who has finished."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from surveybot.records.report.tutor_progress import busy_staff, listed_of_rounds, staffing_of
from surveybot.records.round.rounds import Round, RoundState
from surveybot.records.staff import StaffMember, staff_of_school
from surveybot.steps.sending.queue import TUTOR_REMINDER, queue_many
from surveybot.steps.tutor_rounds.open_round import letters


@dataclass(frozen=True, slots=True)
class TutorReminder:
    """Who would get a reminder, and how many of their students are left."""

    member: StaffMember
    left: int


def plan_tutor_reminder(session: Session, row: Round) -> list[TutorReminder]:
    """Everybody with work left, by name; whoever took a group over since is among them."""
    assert row.id is not None
    listed = listed_of_rounds(session, [row]).get(row.id, [])
    posts = staff_of_school(session, row.school_id)
    staffing = staffing_of(posts)
    members = {member.id: member for member, _ in posts}
    groups = {one.student.tutor_group for one in listed}
    found = []
    for staff_id in busy_staff(listed, staffing):
        own = staffing.groups_of(staff_id, groups)
        left = sum(one.student.tutor_group in own and not one.is_done for one in listed)
        found.append(TutorReminder(members[staff_id], left))
    return sorted(found, key=lambda one: one.member.name)


def remind_tutors(
    session: Session, row: Round, reminders: Sequence[TutorReminder], *, step: str, now: datetime
) -> int:
    """Queue one email each; the same step twice is once. How many were added."""
    if row.state is not RoundState.OPEN:
        return 0
    staff = [one.member.id for one in reminders if one.member.id is not None]
    return queue_many(session, letters(row, staff, TUTOR_REMINDER, step=step, due_at=now), now=now)
