"""Worrying words, for those who lead and for the safeguarding lead: an answer, or another school's text."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template

from surveybot.records.answer.answers import Answer
from surveybot.records.answer.worries import WorryingAnswer
from surveybot.records.roster.students import Student, routes_to, students_with_ids
from surveybot.records.schools import School
from surveybot.records.texting.texts import InboundText
from surveybot.rules.delivery.channels import Channel
from surveybot.steps.answer.close_worry import close_worry
from surveybot.web import doors
from surveybot.web.doors import StaffVisit
from surveybot.web.language import gettext as _
from surveybot.web.staff.answer_words import answer_in_words
from surveybot.web.staff.scope import sees_worries, survey_title

blueprint = Blueprint("staff_worries", __name__)


@blueprint.get("/staff/inbox/worries/<int:worry_id>")
@doors.staff()
def worry(visit: StaffVisit, worry_id: int) -> str:
    row = _worry_here(visit, worry_id)
    answer = visit.session.get_one(Answer, row.answer_id)
    return render_template(
        "staff/inbox/worry.html",
        visit=visit,
        worry=row,
        student=visit.session.get_one(Student, row.student_id),
        answer=answer,
        title=survey_title(answer.survey),
        in_words=answer_in_words(visit.house.catalogue, answer),
    )


@blueprint.post("/staff/inbox/worries/<int:worry_id>/done")
@doors.staff()
def done(visit: StaffVisit, worry_id: int) -> Any:
    row = _worry_here(visit, worry_id)
    assert visit.staff.id is not None
    close_worry(visit.session, row, staff_id=visit.staff.id, now=visit.now)
    flash(_("Thank you. It is off the list."), "done")
    return redirect("/staff/inbox")


def worry_of_another_school(visit: StaffVisit, text: InboundText) -> str:
    """A worrying text that waits at one school, for the leads of another that knows the number too.

    Both were told. It shows what was written and this school's own students, nothing of the other's.
    """
    routes = routes_to(visit.session, Channel.SMS, [text.from_number])
    here = {route.student_id for route in routes if route.school_id == visit.school_id}
    if not here or not sees_worries(visit):
        abort(404)
    students = students_with_ids(visit.session, here)
    waits_at = visit.session.get(School, text.school_id) if text.school_id else None
    return render_template(
        "staff/inbox/elsewhere.html", visit=visit, text=text, students=students, waits_at=waits_at
    )


def _worry_here(visit: StaffVisit, worry_id: int) -> WorryingAnswer:
    row = visit.session.get(WorryingAnswer, worry_id)
    if row is None or row.school_id != visit.school_id or not sees_worries(visit):
        abort(404)
    return row
