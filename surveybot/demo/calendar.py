"""When the made-up school asked what: the rounds of a school year, and the one that is open now."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from surveybot.catalogue import load_catalogue
from surveybot.rules.calendar.academic_year import current_summer
from surveybot.rules.calendar.dates_in_words import from_wall, london_date
from surveybot.rules.delivery.contact_hours import next_allowed


@dataclass(frozen=True, slots=True)
class PastRound:
    survey: str
    year_group: int
    opens_at: datetime
    days: int  # until it closes


@dataclass(frozen=True, slots=True)
class Year:
    """One school year, by the summer in which it ends."""

    summer: int
    roster_at: datetime
    rounds: tuple[PastRound, ...]

    @property
    def left_at(self) -> datetime:
        return from_wall(date(self.summer, 8, 31), 12)


def results_day(year_group: int, summer: int) -> date:
    """The day of the academic calendar: GCSE results for Year 11, A level results for Year 13."""
    return load_catalogue().calendar.results_day(year_group, summer).on


def past_year(summer: int, *, asked_after_mocks: bool = True) -> Year:
    """A whole year as it was planned; the school did not ask after the mocks in its first years."""
    opened = [
        ("autumn-intentions", date(summer - 1, 9, 28), 21),
        ("before-leaving", date(summer, 5, 11), 30),
    ]
    if asked_after_mocks:
        opened.insert(1, ("after-mocks", date(summer, 1, 20), 21))
    rounds = [
        PastRound(survey, year_group, _morning(on), days)
        for survey, on, days in opened
        for year_group in (11, 13)
    ]
    rounds += [
        PastRound("results-day", year_group, from_wall(results_day(year_group, summer), 8), 10)
        for year_group in (13, 11)
    ]
    return Year(summer, from_wall(date(summer - 1, 9, 9), 9), tuple(rounds))


def this_year(now: datetime) -> Year:
    """What has been asked and closed so far; what is open now is not in it."""
    whole = past_year(current_summer(london_date(now)))
    begun = max(from_wall(date(whole.summer - 1, 9, 1), 0, 5), now - timedelta(days=8))
    survey = open_now(now)
    rounds = tuple(
        past
        for past in whole.rounds
        if past.opens_at + timedelta(days=past.days) < now and (past.survey, past.year_group) != (survey, 11)
    )
    return Year(whole.summer, min(whole.roster_at, begun, now), rounds)


def open_now(now: datetime) -> str:
    """The survey that suits the time of year."""
    today = london_date(now)
    if today.month >= 9:
        return "autumn-intentions"
    if today.month <= 4:
        return "after-mocks"
    return "results-day" if today >= results_day(11, today.year) else "before-leaving"


def opened_at(now: datetime) -> datetime:
    """When the round that is open now began: some six days ago, in the morning, after the roster came."""
    morning = _morning(london_date(now - timedelta(days=6)))
    earliest = this_year(now).roster_at + timedelta(minutes=1)
    if open_now(now) == "results-day":
        earliest = max(earliest, from_wall(results_day(11, london_date(now).year), 8))
    return min(max(morning, earliest), now)


def _morning(on: date) -> datetime:
    return next_allowed(from_wall(on, 9)).astimezone(UTC)
