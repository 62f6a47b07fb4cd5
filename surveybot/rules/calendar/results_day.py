"""Results day: not a word before eight o'clock, and more asks than on other days.

Schools have the results the day before and may tell nobody until 08:00 (JCQ, Notice to Centres: release of
results), so a round about them neither sends nor takes an answer before.
"""

from datetime import date, datetime, timedelta

from surveybot.rules.calendar.dates_in_words import from_wall, london_date
from surveybot.rules.delivery.contact_hours import RESULTS_START

RESULTS_SURVEY = "results-day"
SEALED_AHEAD = timedelta(days=7)
"""So long before, the plan makes the round, with every link and slip, and seals it."""


def unsealed_at(survey: str, opens_at: datetime) -> datetime:
    """When a round may open that is to open then."""
    if survey != RESULTS_SURVEY:
        return opens_at
    return max(opens_at, eight_on(london_date(opens_at)))


def eight_on(on: date) -> datetime:
    return from_wall(on, RESULTS_START.hour)


def is_its_day(survey: str, opens_at: datetime, on: date) -> bool:
    """Whether this is the day on which a round about results opens."""
    return survey == RESULTS_SURVEY and london_date(opens_at) == on
