"""Somebody asks for help: a named adult gets it, and the student a promise in school hours."""

from dataclasses import dataclass

from surveybot.records.follow_ups import HelpRequest, open_request_of
from surveybot.records.roster import Student
from surveybot.records.schools import School
from surveybot.records.texts import InboundText
from surveybot.rules.help_promise import promise_in_words, promised_by
from surveybot.rules.school_settings import SchoolSettings
from surveybot.steps.texting.alerts import alert_helper
from surveybot.steps.texting.desk import Desk

SOMEBODY = "Someone"
HELP_PAGE = "/staff/inbox/help"


@dataclass(frozen=True, slots=True)
class Promise:
    adult: str
    by_when: str

    def as_values(self) -> dict[str, str]:
        return {"adult": self.adult, "by_when": self.by_when}


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
    nation = SchoolSettings.from_stored(school.settings).nation
    by_when = request.promised_by if request.promised_by > desk.now else promised_by(desk.now, nation=nation)
    return Promise(request.adult or SOMEBODY, promise_in_words(by_when, now=desk.now))


def _open(
    desk: Desk,
    student: Student,
    school: School,
    invitation_id: int | None,
    text: InboundText | None,
    answer_id: int | None,
) -> HelpRequest:
    settings = SchoolSettings.from_stored(school.settings)
    assert student.id is not None
    request = HelpRequest(
        school_id=student.school_id,
        student_id=student.id,
        invitation_id=invitation_id,
        text_id=text.id if text else None,
        answer_id=answer_id,
        adult=settings.help_adult,
        promised_by=promised_by(desk.now, nation=settings.nation),
        asked_at=desk.now,
    )
    desk.session.add(request)
    desk.session.flush()
    alert_helper(desk, student, settings.help_adult, key=f"request:{request.id}", page=HELP_PAGE)
    return request
