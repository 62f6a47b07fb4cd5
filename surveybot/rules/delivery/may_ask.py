"""The one answer to "may we ask this person, in this survey, over this channel, today?": yes, or a reason.

Plan, round, send and calendar all use it. In school the basis is public task: no consent is needed, but
a stopped channel stays stopped. After leaving, outside the own sixth form, only with consent P1; P6 and P7
are channel choices inside P1, and unset means allowed (UK GDPR Article 6(1)(e) and (a)).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from surveybot.rules.answer.consent import NO, Decision, Purpose
from surveybot.rules.delivery.channels import Channel, RouteKind
from surveybot.rules.roster.people import StudentState
from surveybot.rules.survey.questionnaire import Survey
from surveybot.rules.survey.questionnaire_check import AskedOf, Stage


class Skip(StrEnum):
    """Why somebody is not asked, or a message does not go: fixed words."""

    NO_ROUTE = "no_route"
    OPTED_OUT = "opted_out"
    NO_CONSENT = "no_consent"
    DECEASED = "deceased"
    LEFT = "left"
    WRONG_NUMBER = "wrong_number"
    CAP = "cap"
    WINDOW = "window"
    ANSWERED = "answered"
    HELD = "held"
    EXPIRED = "expired"
    OUTBOUND_DENIED = "outbound_denied"
    OVER_16 = "over_16"  # a parent is not asked: the decision is the student's


SKIP_IN_WORDS = {
    Skip.NO_ROUTE: "No email address or mobile number on the roster",
    Skip.OPTED_OUT: "Asked us to stop",
    Skip.NO_CONSENT: "Has not agreed to be contacted after leaving",
    Skip.DECEASED: "Never contacted",
    Skip.LEFT: "Has left the school",
    Skip.WRONG_NUMBER: "The number or address belongs to somebody else",
    Skip.CAP: "Has been asked often enough for now",
    Skip.WINDOW: "Outside the hours in which we write",
    Skip.ANSWERED: "Has answered",
    Skip.HELD: "Put on hold by staff",
    Skip.EXPIRED: "It would have come too late to make sense",
    Skip.OUTBOUND_DENIED: "Sending is switched off here (SURVEYBOT_OUTBOUND)",
    Skip.OVER_16: "Is 16 or over: the decision is the student's own, so no parent is asked",
}
OF_A_PARENT_IN_WORDS = {
    **SKIP_IN_WORDS,
    Skip.NO_ROUTE: "No email address or mobile number of the first parent or carer on the roster",
    Skip.OPTED_OUT: "The parent or carer asked us to stop",
}

NOT_IN_THE_ROUND = frozenset({Skip.DECEASED, Skip.LEFT, Skip.OVER_16})
"""Whoever is left out for one of these was never meant; the others of a round are merely out of reach."""


def skips_in_words(survey: Survey) -> Mapping[Skip, str]:
    """The reasons as a person reads them; of a parent's survey they are about the parent's routes."""
    return OF_A_PARENT_IN_WORDS if survey.audience is AskedOf.PARENT else SKIP_IN_WORDS


@dataclass(frozen=True, slots=True)
class RouteFacts:
    kind: RouteKind
    channel: Channel
    address: str
    proven: bool = False
    bad_reason: str = ""  # empty: good
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """What the rule needs to know of one student; `routes` are those of whoever is asked."""

    state: StudentState
    after_leaving: bool  # has left, and is not in the school's own sixth form
    routes: tuple[RouteFacts, ...] = ()
    consents: Mapping[Purpose, Decision | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asking:
    """What the rule needs to know of a survey."""

    after_leaving: bool  # a check-in, for people who have left
    of_parent: bool = False
    texts_first: bool = False  # it comes on a day when nobody is at school, as on results day

    @classmethod
    def of(cls, survey: Survey) -> "Asking":
        return cls(
            after_leaving=survey.stage is Stage.AFTER_LEAVING,
            of_parent=survey.audience is AskedOf.PARENT,
            texts_first=survey.first_channel is Channel.SMS,
        )


def may_ask(person: Person, asking: Asking, channel: Channel) -> Skip | RouteFacts:
    """The route to ask over, or the reason why not."""
    if person.state is StudentState.DECEASED:
        return Skip.DECEASED
    if person.after_leaving and not asking.after_leaving:
        return Skip.LEFT
    if person.after_leaving and not _may_contact_leaver(person, channel):
        return Skip.NO_CONSENT
    return _best_route(person, asking, channel)


def _may_contact_leaver(person: Person, channel: Channel) -> bool:
    choice = Purpose.SMS if channel is Channel.SMS else Purpose.EMAIL
    agreed = person.consents.get(Purpose.CONTACT_AFTER_LEAVING) is Decision.GRANTED
    return agreed and person.consents.get(choice) not in NO


def _best_route(person: Person, asking: Asking, channel: Channel) -> Skip | RouteFacts:
    routes = [route for route in person.routes if route.channel is channel and _alive(route, person)]
    if not routes:
        return Skip.NO_ROUTE
    usable = [route for route in routes if not route.bad_reason and not route.stopped]
    if usable:
        return min(usable, key=lambda route: _preference(route, asking))
    if any(route.stopped for route in routes):
        return Skip.OPTED_OUT
    if any(route.bad_reason == Skip.WRONG_NUMBER for route in routes):
        return Skip.WRONG_NUMBER
    return Skip.NO_ROUTE


def _alive(route: RouteFacts, person: Person) -> bool:
    """The school email dies in the summer of leaving; a leaver's personal email must be proven."""
    if not person.after_leaving:
        return True
    if route.kind is RouteKind.SCHOOL_EMAIL:
        return False
    return route.proven or route.kind is RouteKind.MOBILE


def _preference(route: RouteFacts, asking: Asking) -> int:
    """In school the school email comes first; at home, and for a parent, the personal one. Who has not left
    yet is still reached at school where the personal one is not proven."""
    at_school = not asking.after_leaving and not asking.of_parent
    if at_school and asking.texts_first and route.proven:
        return -1
    return int((route.kind is RouteKind.SCHOOL_EMAIL) is not at_school)


def first_way(person: Person, asking: Asking, first: Channel) -> Skip | RouteFacts:
    """The route over the survey's first channel, else over the other one, else the first reason."""
    order = (first, Channel.EMAIL if first is Channel.SMS else Channel.SMS)
    reasons: list[Skip] = []
    for channel in order:
        answer = may_ask(person, asking, channel)
        if isinstance(answer, RouteFacts):
            return answer
        reasons.append(answer)
    return next((reason for reason in reasons if reason is not Skip.NO_ROUTE), Skip.NO_ROUTE)
