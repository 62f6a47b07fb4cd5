"""Who stays in the own sixth form goes by the Year 13 clock, so the plan of that cohort follows by itself."""

from datetime import datetime

from sqlmodel import Session

from surveybot.records.plan.cohort_facts import sixth_form_summers
from surveybot.records.plan.planned import PlannedCohort, find_cohort
from surveybot.records.schools import School
from surveybot.rules.calendar.academic_year import current_summer
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.plan.check_in_plan import HORIZONS
from surveybot.steps.plan.plan_check_ins import start_cohort

STARTED_BY = "the plan"


def follow_on(session: Session, school: School, cohort: PlannedCohort, *, now: datetime) -> None:
    """Start the Year 13 plan of those in a Year 11 cohort who stayed; what staff stopped stays stopped."""
    if cohort.year_group != 11:
        return
    this_year = current_summer(london_date(now))
    for summer in sixth_form_summers(session, cohort.school_id, leaving=cohort.leaving):
        known = find_cohort(session, cohort.school_id, leaving=summer, year_group=13)
        if known is None and summer + HORIZONS[13] >= this_year:
            start_cohort(session, school, leaving=summer, year_group=13, started_by=STARTED_BY, now=now)
