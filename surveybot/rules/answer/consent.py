"""Consent (opt-in, per purpose) and the statutory objection (opt-out, limb c): two things, never one box.

The objection stops "other information" only, under the Education and Skills Act 2008, sections 14 and 72;
name, address, date of birth and a parent's name and address still go to the local authority.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from surveybot.rules.calendar.dates_in_words import london_date


class Purpose(StrEnum):
    CONTACT_AFTER_LEAVING = "P1"
    LA_SHARE_BACK = "P2"
    PROVIDER_CONFIRM = "P3"
    ALUMNI_NETWORK = "P4"
    PUBLISH_STORY = "P5"
    SMS = "P6"
    EMAIL = "P7"


class Decision(StrEnum):
    """Refused is not never-asked: an open question that was shown is `asked_no_answer`."""

    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    ASKED_NO_ANSWER = "asked_no_answer"


class Actor(StrEnum):
    SELF = "self"
    PARENT = "parent"
    STAFF_ON_PAPER = "staff_on_paper"


class ObjectionDecision(StrEnum):
    OBJECTED = "objected"
    LIFTED = "lifted"


@dataclass(frozen=True, slots=True)
class ConsentFact:
    """What a rule needs of one consent event."""

    purpose: Purpose
    decision: Decision
    actor: Actor
    at: datetime


@dataclass(frozen=True, slots=True)
class ObjectionFact:
    decision: ObjectionDecision
    actor: Actor
    at: datetime


NO = frozenset({Decision.REFUSED, Decision.WITHDRAWN, Decision.EXPIRED})


def current(facts: Iterable[ConsentFact], purpose: Purpose) -> Decision | None:
    """Say how a purpose stands now, or None where the student was never asked.

    Consent is the student's own (from 13); a parent who was asked too can only take it away: either "no"
    wins, and a parent's "yes" alone is none. A question left open takes nothing back that was said before.
    """
    last: dict[bool, Decision] = {}
    for fact in sorted(facts, key=lambda fact: fact.at):
        if fact.purpose is not purpose:
            continue
        by_parent = fact.actor is Actor.PARENT
        if fact.decision is not Decision.ASKED_NO_ANSWER or by_parent not in last:
            last[by_parent] = fact.decision
    own, parents = last.get(False), last.get(True)
    return parents if parents in NO and own not in NO else own


def standing(facts: Iterable[ConsentFact]) -> dict[Purpose, Decision | None]:
    """How every purpose stands now."""
    known = list(facts)
    return {purpose: current(known, purpose) for purpose in Purpose}


def age_on(date_of_birth: date, on: date) -> int:
    """Whole years; a person born on 29 February comes of age on 1 March in a common year."""
    before_birthday = (on.month, on.day) < (date_of_birth.month, date_of_birth.day)
    return on.year - date_of_birth.year - before_birthday


def sixteenth_birthday(date_of_birth: date) -> date:
    """The first day on which the student decides about limb (c)."""
    try:
        return date_of_birth.replace(year=date_of_birth.year + 16)
    except ValueError:  # 29 February, and a century that is no leap year
        return date(date_of_birth.year + 16, 3, 1)


def objection_decider(date_of_birth: date, on: date) -> Actor:
    """A parent decides about limb (c) until the 16th birthday, then the student (ESA 2008 s.72)."""
    return Actor.SELF if age_on(date_of_birth, on) >= 16 else Actor.PARENT


def objects(facts: Iterable[ObjectionFact], date_of_birth: date, on: date) -> bool:
    """Say whether "other information" must be withheld on that day.

    A word counts if it came from whoever decided on the day it was said, and the last of these stands: a
    parent's objection stays in force after the 16th birthday until the student has said something.
    """
    heard = [
        fact
        for fact in sorted(facts, key=lambda fact: fact.at)
        if london_date(fact.at) <= on and _had_the_say(fact, date_of_birth)
    ]
    return bool(heard) and heard[-1].decision is ObjectionDecision.OBJECTED


def _had_the_say(fact: ObjectionFact, date_of_birth: date) -> bool:
    """Staff who enter a paper write for whoever decided on that day."""
    decider = objection_decider(date_of_birth, london_date(fact.at))
    return fact.actor in (decider, Actor.STAFF_ON_PAPER)
