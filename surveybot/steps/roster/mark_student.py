"""Mark a student as deceased, left, moved to another school, or returned."""

from datetime import date, datetime

from sqlmodel import Session

from surveybot.records.delivery.deliveries import suppress_waiting
from surveybot.records.roster.students import Student, leavings_of
from surveybot.rules.delivery.channels import Channel, RouteOwner
from surveybot.rules.delivery.may_ask import Skip
from surveybot.rules.roster.people import LeavingKind, StudentState, last_term


def mark_deceased(session: Session, student: Student, *, now: datetime) -> int:
    """End everything for this person, at once; say how many waiting messages were stopped."""
    _set_state(session, student, StudentState.DECEASED, now)
    assert student.id is not None
    who = [(student.id, owner) for owner in RouteOwner]
    return suppress_waiting(session, who, channels=list(Channel), reason=Skip.DECEASED, now=now)


def mark_left(session: Session, student: Student, *, on: date, now: datetime) -> None:
    """The student has left; before the summer that is their own they are an early leaver."""
    _end_last_leaving(session, student, on=on, early=LeavingKind.EARLY, now=now)


def mark_moved(session: Session, student: Student, *, on: date, now: datetime) -> None:
    """The student goes to another school, which follows them from there; after their own summer, a leaver."""
    _end_last_leaving(session, student, on=on, early=LeavingKind.MOVED_SCHOOL, now=now)


def _end_last_leaving(
    session: Session, student: Student, *, on: date, early: LeavingKind, now: datetime
) -> None:
    """What counts is the person's own summer: who repeats a year has another than the year group."""
    _set_state(session, student, StudentState.LEFT, now)
    assert student.id is not None
    last = max(leavings_of(session, student.id), key=lambda one: one.year_group, default=None)
    if last is None or last.left_on is not None:
        return
    last.left_on = on
    if on < last_term(last.summer):
        last.kind = early
    session.add(last)


def mark_returned(session: Session, student: Student, *, now: datetime) -> None:
    """Undo a leaving that was a mistake, or take a student back."""
    _set_state(session, student, StudentState.ON_ROLL, now)
    assert student.id is not None
    for leaving in leavings_of(session, student.id):
        if leaving.year_group >= student.year_group and leaving.left_on is not None:
            leaving.left_on, leaving.kind = None, LeavingKind.NORMAL
            session.add(leaving)


def _set_state(session: Session, student: Student, state: StudentState, now: datetime) -> None:
    student.state, student.state_at, student.changed_at = state, now, now
    session.add(student)
