"""What staff do on the board of results day: go to a student, leave, deal with it, and take either back."""

from datetime import datetime

from sqlmodel import Session

from surveybot.records.audit import note_deed
from surveybot.records.follow_ups import open_request_of, requests_ended_at
from surveybot.records.report.board_cases import BoardCase, case_of, claim_case
from surveybot.records.roster.students import Student
from surveybot.records.round.rounds import Round
from surveybot.steps.texting.inbox import end_help_request


def take_case(session: Session, row: Round, student: Student, *, staff_id: int, now: datetime) -> bool:
    """Somebody goes to the student; False where somebody else is there already."""
    case = _case(session, row, student)
    won = claim_case(session, case, staff_id=staff_id, now=now)
    if won:
        _note(session, "case_taken", row, student, staff_id=staff_id, now=now)
    return won or case.taken_by == staff_id


def leave_case(session: Session, row: Round, student: Student, *, staff_id: int, now: datetime) -> None:
    """Nobody is with the student after all."""
    case = _case(session, row, student)
    if case.taken_by is not None and case.done_at is None:
        case.taken_by = case.taken_at = None
        _note(session, "case_left", row, student, staff_id=staff_id, now=now)


def deal_with_case(session: Session, row: Round, student: Student, *, staff_id: int, now: datetime) -> None:
    """It is dealt with, and so is what the student asked for."""
    case = _case(session, row, student)
    case.done_by, case.done_at = staff_id, now
    if case.taken_by is None:
        case.taken_by, case.taken_at = staff_id, now
    assert student.id is not None
    while request := open_request_of(session, student.id):
        end_help_request(session, request, staff_id=staff_id, now=now)
        session.flush()
    _note(session, "case_dealt_with", row, student, staff_id=staff_id, now=now)


def reopen_case(session: Session, row: Round, student: Student, *, staff_id: int, now: datetime) -> None:
    """It was not dealt with: the student is on the list again, and so is what they asked for."""
    case = _case(session, row, student)
    if case.done_at is None:
        return
    assert student.id is not None
    for request in requests_ended_at(session, student.id, case.done_at):
        request.done_at = request.done_by = None
        session.add(request)
    case.done_by = case.done_at = None
    _note(session, "case_reopened", row, student, staff_id=staff_id, now=now)


def _case(session: Session, row: Round, student: Student) -> BoardCase:
    assert row.id is not None
    assert student.id is not None
    return case_of(session, school_id=row.school_id, round_id=row.id, student_id=student.id)


def _note(session: Session, deed: str, row: Round, student: Student, *, staff_id: int, now: datetime) -> None:
    note_deed(
        session,
        deed,
        at=now,
        school_id=row.school_id,
        staff_id=staff_id,
        subject=student.code,
        details={"round": row.code},
    )
