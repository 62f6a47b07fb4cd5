"""Whose destination is unknown, who is asked about them, and what a tutor may say.

Known is what was learnt in the academic year that is asked about: the word of a year before has run out.
Whoever would rather not say has answered; nobody is asked to find out behind their back.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from surveybot.rules.answer.answer_facts import OPEN
from surveybot.rules.calendar.academic_year import current_summer, destination_year
from surveybot.rules.plan.check_ins import Followed, horizon
from surveybot.rules.roster.people import LeavingKind, StudentState

NOT_SURE = "not_sure"


class WhyUnknown(StrEnum):
    NOTHING = "nothing"  # nobody has ever said
    OPEN = "open"  # the newest word of the year is that they look for something, or are not sure
    EXPIRED = "expired"  # the newest word is from an earlier year


class HowKnown(StrEnum):
    """How a tutor knows; the choices of the question `how` in surveys/tutor-unknowns.toml."""

    STUDENT = "student"
    FAMILY = "family"
    PLACE = "place"
    SEEN = "seen"
    OTHER = "other"


class TutorWord(StrEnum):
    """What a tutor did about one student of the list."""

    TOLD = "told"
    NOT_KNOWN = "not_known"  # and asked the careers leader for help
    PASSED_ON = "passed_on"  # to an adviser


@dataclass(frozen=True, slots=True)
class Heard:
    """A destination after leaving, and the day on which it was learnt."""

    destination: str
    on: date


def why_unknown(heard: Sequence[Heard], *, summer: int) -> WhyUnknown | None:
    """Why a destination is unknown in the academic year that ends in that summer; None where it is known.

    `heard` is oldest first; what was learnt after that year says nothing about it.
    """
    until_then = [one for one in heard if current_summer(one.on) <= summer]
    if not until_then:
        return WhyUnknown.NOTHING
    last = until_then[-1]
    if current_summer(last.on) < summer:
        return WhyUnknown.EXPIRED
    return WhyUnknown.OPEN if last.destination in OPEN else None


def is_asked_about(followed: Followed, *, year_group: int, leaving: int, on: date) -> bool:
    """Whether a destination of that day's academic year is owed: not of whoever died, moved or stays on."""
    if followed.person.state is StudentState.DECEASED:
        return False
    if followed.leavings[year_group].kind is LeavingKind.MOVED_SCHOOL:
        return False
    if not 1 <= destination_year(leaving, on) <= horizon(followed, year_group, leaving):
        return False
    return year_group != 11 or not _stays_on(followed, on)


def _stays_on(followed: Followed, on: date) -> bool:
    """In the own sixth form, or by the Year 13 clock after it."""
    later = followed.leavings.get(13)
    if later is None or later.kind is LeavingKind.JOINED_YEAR_12:
        return False
    left_it = later.is_early and later.left_on is not None and later.left_on < on
    return not (left_it and current_summer(on) <= later.summer)


@dataclass(frozen=True, slots=True)
class Staffing:
    """Who is asked about which tutor group: its tutors, or those who lead where it has none."""

    tutors: Mapping[str, Sequence[int]]  # staff numbers by tutor group
    leaders: Sequence[int]

    def asked_about(self, tutor_group: str) -> Sequence[int]:
        return self.tutors.get(tutor_group) or self.leaders

    def groups_of(self, staff_id: int, among: Iterable[str]) -> frozenset[str]:
        """Those of the groups about which this person is asked."""
        return frozenset(group for group in among if staff_id in self.asked_about(group))


def stands_again(before: Collection[Heard]) -> str:
    """The destination that a word taken back leaves: what was still open before it, else nothing certain."""
    last = max(before, key=lambda one: one.on, default=None)
    return last.destination if last is not None and last.destination in OPEN else NOT_SURE
