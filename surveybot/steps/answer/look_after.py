"""An answer may need a person: help goes to a named adult, worrying words to the safeguarding lead at once.

As with a text, the reader gets a promise, or fixed words with numbers to ring; nothing of it is ever logged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from surveybot.records.answer.answers import Answer
from surveybot.records.answer.worries import WorryingAnswer, worries_of
from surveybot.records.roster.students import Student
from surveybot.records.schools import School
from surveybot.rules.answer.free_text import free_text
from surveybot.rules.school_settings import SchoolSettings
from surveybot.rules.survey.questionnaire import Survey
from surveybot.rules.texting.worrying_words import worry_in
from surveybot.steps.answer.take import Receipt
from surveybot.steps.texting.alerts import alert_safeguarding
from surveybot.steps.texting.desk import Desk
from surveybot.steps.texting.help import Promise, promise_made, request_help


@dataclass(frozen=True, slots=True)
class Care:
    """What a person at school will do about an answer."""

    promise: Promise | None = None
    worried: bool = False


def look_after(
    desk: Desk, survey: Survey, receipt: Receipt, content: Mapping[str, Any], *, invitation_id: int
) -> Care:
    """Tell whoever must know; an answer that comes twice is told once, and thanked for in the same words."""
    worried = any(worry_in(words) for words in free_text(survey, content))
    if worried and receipt.new:
        _note_worry(desk, survey, receipt, content)
    return Care(_promise(desk, receipt, invitation_id) if receipt.meaning.wants_help else None, worried)


def _promise(desk: Desk, receipt: Receipt, invitation_id: int) -> Promise | None:
    student = desk.session.get_one(Student, receipt.student_id)
    school = desk.session.get_one(School, receipt.school_id)
    if not receipt.new:
        return promise_made(desk, student, school)
    return request_help(desk, student, school, invitation_id=invitation_id, answer_id=receipt.answer_id)


def _note_worry(desk: Desk, survey: Survey, receipt: Receipt, content: Mapping[str, Any]) -> None:
    """Unless the same words wait for a person already."""
    words = list(free_text(survey, content))
    waiting = (one for one in worries_of(desk.session, receipt.student_id) if one.done_at is None)
    if any(_words_of(desk.session, one, survey) == words for one in waiting):
        return
    row = WorryingAnswer(
        school_id=receipt.school_id,
        student_id=receipt.student_id,
        answer_id=receipt.answer_id,
        noted_at=desk.now,
    )
    desk.session.add(row)
    desk.session.flush()
    school = desk.session.get_one(School, receipt.school_id)
    alert_safeguarding(
        desk,
        school_id=receipt.school_id,
        settings=SchoolSettings.from_stored(school.settings),
        key=f"answer:{receipt.answer_id}",
        page=f"/staff/inbox/worries/{row.id}",
    )


def _words_of(session: Session, worry: WorryingAnswer, survey: Survey) -> list[str]:
    answer = session.get_one(Answer, worry.answer_id)
    return list(free_text(survey, answer.content)) if answer.survey == survey.slug else []
