"""One person's check-ins: what is to come, when, over which channel; and for what is not asked, why.

Follows rulings 1 and 2: who left elsewhere is followed for three destination years after Year 11, or one
after Year 13; who stays in the own sixth form goes by the Year 13 clock alone; who leaves early is asked from
that day; who has an EHC plan may be followed to 25; who died never.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from surveybot.rules.answer.consent import age_on
from surveybot.rules.calendar.academic_year import current_summer
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.may_ask import Asking, Person, RouteFacts, Skip, first_way
from surveybot.rules.plan.check_in_dates import CohortDates
from surveybot.rules.plan.check_in_plan import HORIZONS, USUAL, CheckIn, CheckInPlan, Horizons, Path
from surveybot.rules.roster.people import LastLeaving, LeavingKind, StudentState

Ways = dict[tuple[bool, Channel], RouteFacts | Skip]


@dataclass(frozen=True, slots=True)
class LeavingFacts:
    year_group: int
    summer: int
    left_on: date | None = None
    kind: LeavingKind = LeavingKind.NORMAL

    @property
    def is_early(self) -> bool:
        return self.kind is LeavingKind.EARLY and self.left_on is not None


@dataclass(frozen=True, slots=True)
class Followed:
    """What the plan needs to know of one student."""

    person: Person  # with the student's own routes
    leavings: Mapping[int, LeavingFacts]  # by year group, 11 and 13
    date_of_birth: date
    ehc_plan: bool = False
    answered: Mapping[str, tuple[date, ...]] = field(default_factory=dict)  # survey -> days of answers
    known_on: date | None = None  # when the destination was last learnt; None: it is not known
    horizons: Horizons = USUAL  # of the school


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One message to one person; with a reason, one that is left out as things stand."""

    survey: str
    step: str
    destination_year: int
    due_at: datetime
    channel: Channel | None
    reason: Skip | None


def check_ins_of(followed: Followed, plan: CheckInPlan, dates: CohortDates) -> Iterator[Occurrence]:
    """Everything that the plan of a cohort holds for one of its people, in no particular order."""
    leaving = followed.leavings[dates.year_group]
    ways: Ways = {}
    for check_in, destination_year in _steps(followed, plan, dates):
        if check_in.path is Path.EARLY and not leaving.is_early:
            continue
        due_at = dates.due_at(check_in, destination_year, leaving.left_on)
        if due_at is None or not _is_theirs(followed, check_in, dates, london_date(due_at)):
            continue
        answer = _why_not(followed, check_in, dates, due_at) or _way(followed.person, check_in, ways)
        reason = answer if isinstance(answer, Skip) else None
        channel = answer.channel if isinstance(answer, RouteFacts) else None
        yield Occurrence(check_in.survey, check_in.step, destination_year, due_at, channel, reason)


def horizon(followed: Followed, year_group: int, leaving: int) -> int:
    """The last destination year in which this person is followed."""
    last, until = followed.horizons.after(year_group), followed.horizons.ehc_plan_until_age
    if not followed.ehc_plan:
        return last
    within = [
        n for n in range(last, until) if age_on(followed.date_of_birth, date(leaving + n, 6, 30)) < until
    ]
    return max(within, default=last)


def _steps(followed: Followed, plan: CheckInPlan, dates: CohortDates) -> Iterator[tuple[CheckIn, int]]:
    """The rows of the plan, each in every destination year to which it belongs."""
    last = horizon(followed, dates.year_group, dates.leaving)
    for check_in in plan.of_year(dates.year_group):
        if check_in.path is Path.TUTORS:
            continue
        if check_in.beyond_the_end:
            for year in range(HORIZONS[dates.year_group] + 1, last + 1):
                yield check_in, year
        elif check_in.at_the_end:
            yield check_in, last
        elif check_in.destination_year <= last:
            yield check_in, check_in.destination_year


def _is_theirs(followed: Followed, check_in: CheckIn, dates: CohortDates, on: date) -> bool:
    """Whether this clock is the one that they go by; the own sixth form has one of its own."""
    later = followed.leavings.get(13) if dates.year_group == 11 else None
    if later is None or not check_in.after_leaving or later.kind is LeavingKind.JOINED_YEAR_12:
        return True
    if check_in.path is Path.EARLY:
        return True
    if not later.is_early or later.left_on is None or check_in.at_the_end:
        return False
    return later.left_on < on and current_summer(on) <= later.summer


def _why_not(followed: Followed, check_in: CheckIn, dates: CohortDates, due_at: datetime) -> Skip | None:
    person, leaving = followed.person, followed.leavings[dates.year_group]
    on = london_date(due_at)
    if person.state is StudentState.DECEASED:
        return Skip.DECEASED
    if leaving.kind is LeavingKind.MOVED_SCHOOL:
        return Skip.LEFT
    if not check_in.after_leaving and _has_left(person, leaving, on):
        return Skip.LEFT
    if _is_answered(followed, check_in, current_summer(on)):
        return Skip.ANSWERED
    return None


def _way(person: Person, check_in: CheckIn, ways: Ways) -> RouteFacts | Skip:
    """As things stand, worked out once for each stage and channel."""
    key = (check_in.after_leaving, check_in.first_channel)
    if key not in ways:
        after, channel = key
        asking = Asking(after_leaving=after, texts_first=channel is Channel.SMS)
        ways[key] = first_way(replace(person, after_leaving=after), asking, channel)
    return ways[key]


def _has_left(person: Person, leaving: LeavingFacts, on: date) -> bool:
    """Before that day; whoever went with the others is asked about the results of August like them."""
    if LastLeaving(leaving.summer, leaving.left_on, leaving.kind).with_the_others:
        return current_summer(on) > leaving.summer
    return person.state is StudentState.LEFT or (leaving.left_on is not None and leaving.left_on < on)


def _is_answered(followed: Followed, check_in: CheckIn, summer: int) -> bool:
    """Nobody is asked the same twice in a school year, unless the answer left the destination unknown."""
    if check_in.only_if_unknown:
        return followed.known_on is not None and current_summer(followed.known_on) == summer
    return any(current_summer(on) == summer for on in followed.answered.get(check_in.survey, ()))
