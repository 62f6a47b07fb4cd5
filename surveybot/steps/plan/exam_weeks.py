"""Exam weeks: whatever asks Year 11 and 13 in school waits until they are over.

The plan avoids these weeks by itself. A round that staff open, its reminders and the texts that follow an
email do not go either, unless somebody has allowed it for that round and said why.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlmodel import Session

from surveybot.catalogue import Catalogue
from surveybot.records.round.exam_permissions import ExamPermission, rounds_permitted
from surveybot.records.round.rounds import Round
from surveybot.records.schools import School
from surveybot.rules.calendar.academic_calendar import Span
from surveybot.rules.calendar.academic_year import current_summer
from surveybot.rules.calendar.dates_in_words import LONDON, london_date
from surveybot.rules.delivery.contact_hours import next_allowed
from surveybot.rules.school_settings import SchoolSettings
from surveybot.rules.survey.questionnaire import Survey
from surveybot.rules.survey.questionnaire_check import AskedOf, Stage
from surveybot.steps.sending.gather import window_of


@dataclass(frozen=True, slots=True)
class ExamWeeks:
    exams: Span
    free_at: datetime  # when the first message may go after them


def exam_weeks(
    catalogue: Catalogue, school: School, survey: Survey, *, leaving: int, year_group: int, at: datetime
) -> ExamWeeks | None:
    """The exams that this cohort sits at that moment, or None where it may be asked."""
    if survey.stage is not Stage.IN_SCHOOL or survey.audience is not AskedOf.STUDENT:
        return None
    settings = SchoolSettings.from_stored(school.settings)
    calendar = catalogue.calendar_at(school.settings)
    on = london_date(at)
    if current_summer(on) != leaving or not calendar.is_left_alone(year_group, on):
        return None
    exams = calendar.exams(leaving)
    after = datetime.combine(exams.last + timedelta(days=1), time(), LONDON)
    return ExamWeeks(exams, next_allowed(after, nation=settings.nation, window=window_of(settings)))


def allow_in_exam_weeks(session: Session, row: Round, *, reason: str, by: str, now: datetime) -> None:
    """Let the messages of this round go out all the same."""
    assert row.id is not None
    reason = " ".join(reason.split())[:200]
    session.add(ExamPermission(round_id=row.id, reason=reason, allowed_by=by, allowed_at=now))


def left_alone(
    session: Session,
    catalogue: Catalogue,
    rounds: Iterable[Round],
    schools: Mapping[int, School],
    *,
    now: datetime,
) -> dict[int, datetime]:
    """The rounds that wait for the end of the exams, by number, and until when."""
    found = {}
    for row in rounds:
        survey, school = catalogue.surveys.get(row.survey), schools.get(row.school_id)
        if survey is None or school is None or row.id is None:
            continue
        weeks = exam_weeks(catalogue, school, survey, leaving=row.leaving, year_group=row.year_group, at=now)
        if weeks is not None:
            found[row.id] = weeks.free_at
    permitted = rounds_permitted(session, found) if found else set()
    return {number: free_at for number, free_at in found.items() if number not in permitted}
