"""What becomes of each made-up person in three years: where they go, and how they answer.

The same people live the same lives on every machine. Nothing here goes with anybody's sex, name, postcode or
pupil premium: the dice know the admission number alone.
"""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from surveybot.demo.people import MOBILES, Person
from surveybot.demo.plans import STAY_SHARE, Plan, draw_plan
from surveybot.records.destination.destinations import DestinationFact
from surveybot.rules.answer.consent import Decision


class Fate(StrEnum):
    """What is special about how somebody answers; most people just do, sooner or later."""

    ORDINARY = "ordinary"
    SILENT = "silent"
    LATE = "late"  # not before a reminder, and some after the end
    HALF = "half"  # begins by text and never finishes
    TELLS_TUTOR = "tells_tutor"
    NEW_NUMBER = "new_number"  # and says so before leaving
    DEAD_NUMBER = "dead_number"  # the old one is switched off, and nobody is told
    WRONG_NUMBER = "wrong_number"  # it belongs to somebody else by now
    STOPS = "stops"
    WITHDRAWS = "withdraws"
    WITHDRAWS_BY_TEXT = "withdraws_by_text"


SHARES = {
    Fate.SILENT: 14, Fate.LATE: 16, Fate.HALF: 6, Fate.TELLS_TUTOR: 8, Fate.NEW_NUMBER: 8,
    Fate.DEAD_NUMBER: 5, Fate.WRONG_NUMBER: 3, Fate.STOPS: 5, Fate.WITHDRAWS: 5, Fate.WITHDRAWS_BY_TEXT: 2,
}  # fmt: skip
"""How many of 180; the rest is ordinary."""

DECISIONS = {Decision.GRANTED: 80, Decision.REFUSED: 9, Decision.ASKED_NO_ANSWER: 11}
OF_180 = 180
TURNS = 0.17  # drop out or move, once, in some month of the years after
LEAVES_SIXTH_FORM_EARLY = 0.05


@dataclass(frozen=True, slots=True)
class Life:
    """One person of the cohort, from now to the end of destination year 3."""

    person: Person
    first: Plan  # after Year 11
    turned: Plan | None  # what they do after a change
    turned_on: date | None
    later: Plan  # after the own sixth form
    fate: Fate
    zeal: float  # how likely one message is to be answered
    texts: bool  # answers a text by a text, not by its link
    contact_after_leaving: Decision
    leaves_sixth_form: bool  # before its end, on the day of the turn
    new_mobile: str

    @property
    def stays(self) -> bool:
        return self.first.destination == "own_sixth_form"

    def plan_on(self, day: date) -> Plan:
        """What they do, or plan to do, on a day."""
        summer = self.person.cohort
        if self.turned and self.turned_on and day >= self.turned_on:
            return self.turned
        return self.later if self.stays and day >= date(summer + 1, 6, 1) else self.first


def lives_of(
    people: Iterable[Person], told: Mapping[str, DestinationFact], *, taken: Iterable[str]
) -> dict[str, Life]:
    """The lives of a cohort, by admission number; `told` is what each said first that they intend.

    `taken` are the numbers in use: who changes theirs gets a free one.
    """
    cohort = sorted(people, key=lambda person: person.admission_number)
    fates = _fates(len(cohort))
    free = sorted({f"07700 900{number:03d}" for number in range(MOBILES)} - set(taken))
    lives = {}
    for person, fate in zip(cohort, fates, strict=True):
        new = free.pop() if fate is Fate.NEW_NUMBER and free else ""
        fate = Fate.ORDINARY if fate is Fate.NEW_NUMBER and not new else fate
        lives[person.admission_number] = _life(person, told.get(person.admission_number), fate, new)
    return lives


def _fates(size: int) -> list[Fate]:
    drawn = [fate for fate, share in SHARES.items() for _ in range(max(1, round(share * size / OF_180)))]
    fates = [*drawn[:size], *[Fate.ORDINARY] * (size - len(drawn))]
    random.Random("fates of Marlbridge").shuffle(fates)  # noqa: S311 - made up, not secret
    return fates


def _life(person: Person, told: DestinationFact | None, fate: Fate, new_mobile: str) -> Life:
    dice = random.Random(f"life of {person.admission_number}")  # noqa: S311 - made up, not secret
    first = _first(dice, told)
    summer = person.cohort
    stays = first.destination == "own_sixth_form"
    turns = dice.random() < (LEAVES_SIXTH_FORM_EARLY if stays else TURNS)
    after = dice.randrange(100, 160) if stays else dice.randrange(40, 900)
    return Life(
        person=replace(person, stays=stays),
        first=first,
        turned=draw_plan(dice, 11, stays=False) if turns else None,
        turned_on=date(summer, 10, 1) + timedelta(days=after) if turns else None,
        later=draw_plan(dice, 13),
        fate=fate,
        zeal=min(0.95, max(0.15, dice.gauss(0.62, 0.2))),
        texts=dice.random() < 0.6,
        contact_after_leaving=dice.choices(list(DECISIONS), list(DECISIONS.values()))[0],
        leaves_sixth_form=stays and turns,
        new_mobile=new_mobile,
    )


def _first(dice: random.Random, told: DestinationFact | None) -> Plan:
    """Three in four end where they said in autumn that they would."""
    drawn = draw_plan(dice, 11, stays=dice.random() < STAY_SHARE)
    unsure = told is None or told.destination in ("not_sure", "rather_not_say", "looking", "something_else")
    if told is None or unsure or dice.random() > 0.75:
        return drawn
    return Plan(told.destination, told.provider_name, told.course_title)
