"""What a member of staff may reach: their own school's rows, and for a tutor their own groups. Else a 404."""

from collections.abc import Collection
from datetime import timedelta

from flask import abort

from surveybot.records.answer.worries import worries_of
from surveybot.records.roster.students import Student, find_student
from surveybot.records.round.rounds import Round, find_round
from surveybot.rules.school_settings import SchoolSettings
from surveybot.rules.survey.questionnaire import Survey
from surveybot.rules.survey.questionnaire_check import AskedOf
from surveybot.web.doors import StaffVisit

LATE_FOR = timedelta(days=60)


def round_here(visit: StaffVisit, code: str) -> Round:
    row = find_round(visit.session, code)
    if row is None or row.school_id != visit.school_id:
        abort(404)
    return row


def student_here(visit: StaffVisit, code: str) -> Student:
    row = find_student(visit.session, code)
    if row is None or row.school_id != visit.school_id or not in_groups(row, visit.tutor_groups):
        abort(404)
    return row


def sees_worries(visit: StaffVisit) -> bool:
    """Those who lead, and the person whom the school names as its safeguarding lead."""
    named = SchoolSettings.from_stored(visit.school.settings).safeguarding_email
    return visit.leads or (bool(named) and visit.staff.email == named.lower())


def words_kept_back(visit: StaffVisit, student_id: int) -> frozenset[int]:
    """The answers of a student whose own words this member of staff does not read."""
    if sees_worries(visit):
        return frozenset()
    return frozenset(one.answer_id for one in worries_of(visit.session, student_id))


def in_groups(student: Student, groups: Collection[str] | None) -> bool:
    return groups is None or student.tutor_group in groups


def survey_of(visit: StaffVisit, slug: str) -> Survey:
    survey = visit.house.catalogue.surveys.get(slug)
    if survey is None:
        abort(404)
    return survey


def survey_title(slug: str) -> str:
    """What staff call a survey: results-day is Results day. Students read a question instead."""
    return slug.replace("-", " ").capitalize()


def asks_tutors(visit: StaffVisit, row: Round) -> bool:
    """Whether a round asks staff, so that no student has a link to it."""
    survey = visit.house.catalogue.surveys.get(row.survey)
    return survey is not None and survey.audience is AskedOf.STAFF


def takes_answers(visit: StaffVisit, row: Round) -> bool:
    """Staff write down what a student said, from the opening to 60 days after the end; not for a parent."""
    survey = visit.house.catalogue.surveys.get(row.survey)
    if survey is None or survey.audience is not AskedOf.STUDENT:
        return False
    return row.opens_at <= visit.now < row.closes_at + LATE_FOR
