"""When a round about results may open: on the day of the calendar, at eight; until then it is sealed."""

from datetime import datetime, timedelta

from surveybot.catalogue import Catalogue
from surveybot.records.schools import School
from surveybot.rules.calendar.dates_in_words import say_at
from surveybot.rules.calendar.results_day import RESULTS_SURVEY, eight_on
from surveybot.rules.survey.questionnaire import Survey
from surveybot.steps.plan.plan_check_ins import dates_of
from surveybot.steps.round.open_round import RoundRefused


def opening_of(
    catalogue: Catalogue,
    school: School,
    survey: Survey,
    *,
    leaving: int,
    year_group: int,
    wanted: datetime | None,
    now: datetime,
) -> datetime | None:
    """The time that was asked for; about results, eight on their day where none was, or RoundRefused."""
    if survey.slug != RESULTS_SURVEY or year_group not in survey.year_groups:
        return wanted
    calendar = dates_of(catalogue, school, leaving=leaving, year_group=year_group).calendar
    day = eight_on(calendar.results_day(year_group, leaving).on)
    if wanted is not None and wanted < day:
        raise RoundRefused(
            f"Results come out on {say_at(day)}: nothing about them goes out, or is answered, before. "
            "Leave the opening time empty, and the round opens then."
        )
    return wanted or max(day, now)


PREPARE = timedelta(days=14)
"""So long before, staff are told that slips can be printed."""


def results_soon(
    catalogue: Catalogue, school: School, *, leaving: int, year_group: int, now: datetime
) -> datetime | None:
    """Eight o'clock on the cohort's results day, where that is to come within a fortnight."""
    if not now.year <= leaving <= (now + PREPARE).year:
        return None
    calendar = dates_of(catalogue, school, leaving=leaving, year_group=year_group).calendar
    day = eight_on(calendar.results_day(year_group, leaving).on)
    return day if now < day <= now + PREPARE else None
