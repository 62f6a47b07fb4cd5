"""Consent (opt-in, per purpose) and the statutory objection (opt-out, limb c): two things, never one box.

The objection stops "other information" only, under the Education and Skills Act 2008, sections 14 and 72;
name, address, date of birth and a parent's name and address still go to the local authority.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


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
    """Say how a purpose stands now, or None where it was never asked.

    The last word of each decider counts, and where the student and a parent differ, "no" wins.
    A question left open takes nothing back that was said before.
    """
    last: dict[bool, Decision] = {}
    for fact in sorted(facts, key=lambda fact: fact.at):
        if fact.purpose is not purpose:
            continue
        by_parent = fact.actor is Actor.PARENT
        if fact.decision is not Decision.ASKED_NO_ANSWER or by_parent not in last:
            last[by_parent] = fact.decision
    said = [last[key] for key in (False, True) if key in last]
    for decision in said:
        if decision in NO:
            return decision
    if Decision.GRANTED in said:
        return Decision.GRANTED
    return said[0] if said else None


def age_on(date_of_birth: date, on: date) -> int:
    """Whole years; a person born on 29 February comes of age on 1 March in a common year."""
    before_birthday = (on.month, on.day) < (date_of_birth.month, date_of_birth.day)
    return on.year - date_of_birth.year - before_birthday


def objection_decider(date_of_birth: date, on: date) -> Actor:
    """A parent decides about limb (c) until the 16th birthday, then the student (ESA 2008 s.72)."""
    return Actor.SELF if age_on(date_of_birth, on) >= 16 else Actor.PARENT


def objects(facts: Iterable[ObjectionFact], date_of_birth: date, on: date) -> bool:
    """Say whether "other information" must be withheld on that day.

    Before the 16th birthday a parent's last word counts; from that day the student's, and an earlier
    parent's objection stays in force until the student has said something.
    """
    ordered = sorted(facts, key=lambda fact: fact.at)
    parents = [fact for fact in ordered if fact.actor is not Actor.SELF]
    own = [fact for fact in ordered if fact.actor is Actor.SELF]
    heard = own or parents if objection_decider(date_of_birth, on) is Actor.SELF else parents
    return bool(heard) and heard[-1].decision is ObjectionDecision.OBJECTED
