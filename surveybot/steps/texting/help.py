"""Somebody asks for help: a named adult gets it, and the student a promise in school hours.

In the holidays that is the first school day, unless the school names somebody for the time; and a number to
ring is told beside it.
"""

from dataclasses import dataclass
from datetime import datetime

from surveybot.records.follow_ups import HelpRequest, open_request_of
from surveybot.records.roster.students import Student
from surveybot.records.schools import School
from surveybot.records.texting.texts import InboundText
from surveybot.rules.calendar.academic_calendar import AcademicCalendar
from surveybot.rules.calendar.help_promise import (
    is_in_holidays,
    promise_in_words,
    promised_by,
    promised_in_holidays,
)
from surveybot.rules.school_settings import SchoolSettings
from surveybot.steps.texting.alerts import alert_helper
from surveybot.steps.texting.desk import Desk

SOMEBODY = "Someone"
HELP_PAGE = "/staff/inbox/help"


@dataclass(frozen=True, slots=True)
class Promise:
    adult: str
    by_when: str
    ring: str = ""  # whom to ring while school is closed

    def as_values(self) -> dict[str, str]:
        values = {"adult": self.adult, "by_when": self.by_when, "ring": self.ring}
        return {key: value for key, value in values.items() if value}


def request_help(
    desk: Desk,
    student: Student,
    school: School,
    *,
    invitation_id: int | None,
    text: InboundText | None = None,
    answer_id: int | None = None,
) -> Promise:
    """Open a request, or keep to the promise of the one that is open; staff are told once."""
    assert student.id is not None
    request = open_request_of(desk.session, student.id)
    if request is None:
        request = _open(desk, student, school, invitation_id, text, answer_id)
    return _in_words(desk, school, request)


def promise_made(desk: Desk, student: Student, school: School) -> Promise | None:
    """The promise of the request that is open, or None where there is none."""
    assert student.id is not None
    request = open_request_of(desk.session, student.id)
    return _in_words(desk, school, request) if request else None


def _in_words(desk: Desk, school: School, request: HelpRequest) -> Promise:
    calendar = desk.catalogue.calendar_at(school.settings)
    still_holds = request.promised_by > desk.now
    by_when = request.promised_by if still_holds else _who_and_when(desk, school, calendar)[1]
    law = desk.catalogue.jurisdictions.get(calendar.nation)
    ring = law.careers_line if law and is_in_holidays(desk.now, calendar) else ""
    return Promise(request.adult or SOMEBODY, promise_in_words(by_when, now=desk.now), ring)


def _who_and_when(desk: Desk, school: School, calendar: AcademicCalendar) -> tuple[str, datetime]:
    """The adult who gets a request of this moment, and by when they will have got back."""
    settings = SchoolSettings.from_stored(school.settings)
    if settings.holiday_adult and is_in_holidays(desk.now, calendar):
        return settings.holiday_adult, promised_in_holidays(desk.now, calendar)
    return settings.help_adult, promised_by(desk.now, calendar)


def _open(
    desk: Desk,
    student: Student,
    school: School,
    invitation_id: int | None,
    text: InboundText | None,
    answer_id: int | None,
) -> HelpRequest:
    adult, by_when = _who_and_when(desk, school, desk.catalogue.calendar_at(school.settings))
    assert student.id is not None
    request = HelpRequest(
        school_id=student.school_id,
        student_id=student.id,
        invitation_id=invitation_id,
        text_id=text.id if text else None,
        answer_id=answer_id,
        adult=adult,
        promised_by=by_when,
        asked_at=desk.now,
    )
    desk.session.add(request)
    desk.session.flush()
    alert_helper(desk, student, adult, key=f"request:{request.id}", page=HELP_PAGE)
    return request
