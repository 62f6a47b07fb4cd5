"""Mark a student as deceased, left or returned."""

from datetime import date, datetime

from sqlmodel import Session

from surveybot.records.deliveries import suppress_waiting
from surveybot.records.roster import Student, leavings_of
from surveybot.rules.academic_year import leaving_for
from surveybot.rules.channels import Channel, RouteOwner
from surveybot.rules.may_ask import Skip
from surveybot.rules.people import LeavingKind, StudentState


def mark_deceased(session: Session, student: Student, *, now: datetime) -> int:
    """End everything for this person, at once; say how many waiting messages were stopped."""
    _set_state(session, student, StudentState.DECEASED, now)
    assert student.id is not None
    who = [(student.id, owner) for owner in RouteOwner]
    return suppress_waiting(session, who, channels=list(Channel), reason=Skip.DECEASED, now=now)


def mark_left(session: Session, student: Student, *, on: date, now: datetime) -> None:
    """The student has left; before the summer of their cohort they are an early leaver."""
    _set_state(session, student, StudentState.LEFT, now)
    last_year, summer = leaving_for(student.year_group, on)
    assert student.id is not None
    for leaving in leavings_of(session, student.id):
        if leaving.year_group == last_year and leaving.left_on is None:
            leaving.left_on = on
            leaving.kind = LeavingKind.EARLY if on < date(summer, 6, 1) else leaving.kind
            session.add(leaving)


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
