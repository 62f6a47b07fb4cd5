"""The demo's button that lives three years at once, and the page that shows how far they have come."""

from typing import Any

from flask import Blueprint, redirect, render_template

from surveybot.demo.progress import ask_for_three_years, progress, say_month
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.web import doors
from surveybot.web.doors import Visit

blueprint = Blueprint("three_years", __name__)


@blueprint.get("/demo/three-years")
@doors.demo
def three_years(visit: Visit) -> str:
    """Before, while and after: without a script the page asks again by itself."""
    return render_template(
        "demo/three_years.html",
        lived=progress(visit.session),
        now=visit.now,
        say_month=say_month,
        london_date=london_date,
    )


@blueprint.post("/demo/three-years")
@doors.demo
def live(visit: Visit) -> Any:
    """The worker takes it up within seconds; pressed twice, it is once."""
    ask_for_three_years(visit.session, now=visit.now)
    return redirect("/demo/three-years", 303)
