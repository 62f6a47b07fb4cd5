"""Staff say that the clock is right after it has leapt far; until then nothing goes out."""

from typing import Any

from flask import Blueprint, flash, redirect

from surveybot.records.worker.trusted_clock import clock_in_doubt
from surveybot.steps.plan.ask_about_clock import say_clock_is_right
from surveybot.web import doors
from surveybot.web.doors import LEADERS, StaffVisit
from surveybot.web.language import gettext as _

blueprint = Blueprint("staff_clock", __name__)


@blueprint.post("/staff/clock")
@doors.staff(*LEADERS)
def right(visit: StaffVisit) -> Any:
    """Take the word of a leader; where nobody asks, nothing changes."""
    if clock_in_doubt(visit.session) is not None:
        say_clock_is_right(visit.session, now=visit.now, school_id=visit.school_id, staff_id=visit.staff.id)
        flash(_("Thank you. Sending goes on when the clock has been steady for ten minutes."), "done")
    return redirect("/staff/")
