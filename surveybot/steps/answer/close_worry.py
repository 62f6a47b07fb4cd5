"""Somebody who may see worries has dealt with one."""

from datetime import datetime

from sqlmodel import Session

from surveybot.records.answer.worries import WorryingAnswer
from surveybot.records.audit import note_deed


def close_worry(session: Session, worry: WorryingAnswer, *, staff_id: int, now: datetime) -> None:
    """Take it off the list; done twice, the first time counts."""
    if worry.done_at is not None:
        return
    worry.done_at, worry.done_by = now, staff_id
    session.add(worry)
    details = {"worry": worry.id}
    note_deed(session, "worry_closed", at=now, school_id=worry.school_id, staff_id=staff_id, details=details)
