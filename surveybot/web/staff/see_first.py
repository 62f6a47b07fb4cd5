"""Mark a student to be seen first on results day: for staff alone, undone by the same button."""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, request

from surveybot.steps.round.see_first import see_first
from surveybot.web import doors
from surveybot.web.doors import StaffVisit
from surveybot.web.language import gettext as _
from surveybot.web.staff.scope import round_here, student_here

blueprint = Blueprint("staff_see_first", __name__)

KEPT = ("part", "q", "group", "sort", "page")
"""What stays of a round's list when somebody on it is marked."""


@blueprint.post("/staff/students/<code>/see-first")
@doors.staff()
def mark(visit: StaffVisit, code: str) -> Any:
    student = student_here(visit, code)
    first = request.form.get("first") == "yes"
    assert visit.staff.id is not None
    if see_first(visit.session, student, first=first, staff_id=visit.staff.id, now=visit.now):
        words = _("%s is marked: see first.") if first else _("The mark of %s is taken off.")
        flash(words % student.full_name, "done")
    if not request.args.get("round"):
        return redirect(f"/staff/students/{student.code}")
    row = round_here(visit, request.args["round"])
    kept = urlencode({name: request.args[name] for name in KEPT if request.args.get(name)})
    return redirect(f"/staff/rounds/{row.code}" + (f"?{kept}" if kept else ""))
