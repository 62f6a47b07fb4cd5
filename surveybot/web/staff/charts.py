"""The charts of a cohort: what became of everybody, who answers, who can be reached. Not for tutors."""

from flask import Blueprint, render_template, request

from surveybot.records.roster.students import summers_of
from surveybot.rules.calendar.academic_year import current_summer
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.delivery.may_ask import SKIP_IN_WORDS, Skip
from surveybot.rules.report.cohort_charts import PLAN
from surveybot.rules.roster.people import StaffRole
from surveybot.steps.report.show_charts import Reach, charts_of
from surveybot.web import doors
from surveybot.web.doors import LEADERS, StaffVisit
from surveybot.web.language import gettext as _
from surveybot.web.staff.plain_words import CHANNELS
from surveybot.web.staff.scope import survey_title

blueprint = Blueprint("staff_charts", __name__)

YEAR_GROUPS = (11, 13)


@blueprint.get("/staff/charts")
@doors.staff(*LEADERS, StaffRole.ADVISER)
def charts(visit: StaffVisit) -> str:
    """Of one summer's leavers; at first of those about whom most can be known."""
    summers = summers_of(visit.session, visit.school_id)
    leaving = request.args.get("leaving", type=int) or _first(summers, visit)
    year_group = request.args.get("year", 11, type=int)
    year_group = year_group if year_group in YEAR_GROUPS else 11
    found = charts_of(
        visit.session,
        visit.school,
        visit.house.catalogue,
        leaving=leaving,
        year_group=year_group,
        now=visit.now,
    )
    return render_template(
        "staff/charts.html",
        visit=visit,
        charts=found,
        leaving=leaving,
        year_group=year_group,
        summers=summers,
        year_groups=YEAR_GROUPS,
        column_name=_column_name,
        way_in_words=_way,
        title_of=survey_title,
    )


def _first(summers: list[int], visit: StaffVisit) -> int:
    """Three years ago, or the nearest summer to it in which anybody finished."""
    this = current_summer(london_date(visit.now))
    return min(summers, key=lambda summer: (abs(summer - (this - 3)), summer), default=this)


def _column_name(column: int) -> str:
    return _("Plan") if column == PLAN else _("Year %s") % column


def _way(one: Reach) -> str:
    if isinstance(one.way, Skip):
        return SKIP_IN_WORDS[one.way]
    return CHANNELS[one.way]
