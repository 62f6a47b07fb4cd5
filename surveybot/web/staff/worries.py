"""An answer with worrying words, for those who lead and for the safeguarding lead."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template

from surveybot.records.answers import Answer
from surveybot.records.roster import Student
from surveybot.records.worries import WorryingAnswer
from surveybot.steps.close_worry import close_worry
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


def _worry_here(visit: StaffVisit, worry_id: int) -> WorryingAnswer:
    row = visit.session.get(WorryingAnswer, worry_id)
    if row is None or row.school_id != visit.school_id or not sees_worries(visit):
        abort(404)
    return row
