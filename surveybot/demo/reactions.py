"""How somebody reacts to a message: with which deed, and when; most people just answer, sooner or later."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from surveybot.demo.deeds import (
    Asked,
    answer_by_link,
    answer_by_text,
    begin_by_text,
    moment_of,
    tell_what_became_of_it,
    text_a_wish,
    withdraw_on_page,
)
from surveybot.demo.lives import Fate
from surveybot.rules.answer.consent import Decision
from surveybot.rules.calendar.academic_year import current_summer
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.delivery.channels import Channel
from surveybot.steps.texting.desk import Desk

SOON, LATER = 22.0, 190.0
"""Hours until an answer, in the middle."""

LAST_WORD = 0.2
TYPES_IN_SCHOOL = 0.3
WISHES = (Fate.STOPS, Fate.WITHDRAWS_BY_TEXT, Fate.WRONG_NUMBER)
REPORTED_AFTER = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that is done at a time; the key orders those of one moment."""

    at: datetime
    key: str
    do: Callable[[Desk], None]
    changes_plan: bool = False  # the worker looks at the plans anew soon after
    sends: bool = False  # a message of it goes out soon after


def reactions_to(asked: Asked) -> Iterator[Deed]:
    """What a message leads to: a report of the network, and whatever its reader does."""
    message = asked.received.message
    assert message.accepted_at is not None
    key = f"{message.id}"
    by_text = message.channel is Channel.SMS
    arrives = not (by_text and asked.life.fate is Fate.DEAD_NUMBER and _years_after(asked) > 0)
    if by_text:
        told = partial(tell_what_became_of_it, asked=asked, arrived=arrives)
        yield Deed(message.accepted_at + REPORTED_AFTER, key, told)
    if arrives and (deed := _deed(asked, by_text=by_text)):
        at = moment_of(message.accepted_at, asked.dice("when"), mean_hours=_hours(asked))
        yield Deed(at, key, partial(deed, asked=asked))


def _years_after(asked: Asked) -> int:
    """How many summers since the end of Year 11."""
    assert asked.received.message.accepted_at is not None
    return current_summer(london_date(asked.received.message.accepted_at)) - asked.life.person.cohort


def _hours(asked: Asked) -> float:
    return LATER if asked.life.fate is Fate.LATE else SOON


def _deed(asked: Asked, *, by_text: bool) -> Callable[..., None] | None:
    life, dice, after = asked.life, asked.dice("whether"), _years_after(asked)
    if asked.received.about.survey == "goodbye":
        return answer_by_link if dice.random() < LAST_WORD else None
    if life.fate is Fate.SILENT or (life.fate is Fate.TELLS_TUTOR and not after):
        return None
    if life.fate in WISHES and by_text and after > 0:
        return text_a_wish
    if life.fate is Fate.WITHDRAWS and after > 0 and life.contact_after_leaving is Decision.GRANTED:
        return withdraw_on_page
    if life.fate is Fate.LATE and asked.received.message.step == "invitation" and dice.random() < 0.7:
        return None
    if life.fate is Fate.HALF and by_text:
        return begin_by_text
    if dice.random() > life.zeal:
        return None
    types = life.texts if after > 0 else life.texts and dice.random() < TYPES_IN_SCHOOL
    return answer_by_text if by_text and types else answer_by_link
