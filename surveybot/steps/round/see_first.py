"""See me first: a private mark of staff. On results day such a student's message goes before the others.

The message, the page and the logs are the same as everybody's, and no reason is kept.
"""

from datetime import datetime

from sqlmodel import Session

from surveybot.records.audit import note_deed
from surveybot.records.delivery.front_of_queue import put_first_of_round, put_student
from surveybot.records.roster.students import Student
from surveybot.records.round.rounds import Round
from surveybot.rules.calendar.results_day import RESULTS_SURVEY


def see_first(
    session: Session, student: Student, *, first: bool, staff_id: int | None, now: datetime
) -> bool:
    """Set the mark or take it off, also for messages that wait already; False where it stood so before."""
    if student.see_me_first is first:
        return False
    assert student.id is not None
    student.see_me_first = first
    session.add(student)
    put_student(session, student.id, ahead=first)
    note_deed(
        session,
        "see_first_set" if first else "see_first_taken_off",
        at=now,
        school_id=student.school_id,
        staff_id=staff_id,
        subject=student.code,
    )
    return True


def bring_forward(session: Session, row: Round) -> None:
    """After messages of a round about results were queued: those of the marked students go first."""
    assert row.id is not None
    if row.survey == RESULTS_SURVEY:
        put_first_of_round(session, row.id)
