"""How a student can be reached after leaving: own mobile first, else a proven personal email.

The school address dies in the summer, except for whoever stays in the own sixth form. A mobile from the
roster may be used unproven; an email may not.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from surveybot.rules.answer.consent import NO, Decision, Purpose
from surveybot.rules.delivery.channels import Channel, RouteKind
from surveybot.rules.delivery.may_ask import Person, RouteFacts


class Reach(StrEnum):
    """One of these per person, from nothing to the best; the order is the order of who needs help first."""

    NOTHING = "nothing"
    EMAIL_UNPROVEN = "email_unproven"  # cannot be used after leaving
    MOBILE_UNPROVEN = "mobile_unproven"  # may be used, but nobody knows that it is right
    EMAIL_PROVEN = "email_proven"
    MOBILE_PROVEN = "mobile_proven"
    STAYS = "stays"  # in the own sixth form: the school address goes on working
    SAID_NO = "said_no"  # refused or withdrew contact after leaving: never asked


MISSING = (Reach.NOTHING, Reach.EMAIL_UNPROVEN, Reach.MOBILE_UNPROVEN)
"""Who still has something to prove before leaving."""

REACHED = (Reach.MOBILE_PROVEN, Reach.EMAIL_PROVEN)


def reach_of(person: Person, *, stays: bool) -> Reach:
    """`stays`: goes on in the own sixth form, by a later summer on the roster."""
    if stays and not person.after_leaving:
        return Reach.STAYS
    if person.consents.get(Purpose.CONTACT_AFTER_LEAVING) in NO:
        return Reach.SAID_NO
    usable = [route for route in person.routes if _usable(route, person)]
    mobiles = [route for route in usable if route.kind is RouteKind.MOBILE]
    emails = [route for route in usable if route.kind is RouteKind.PERSONAL_EMAIL]
    if any(route.proven for route in mobiles):
        return Reach.MOBILE_PROVEN
    if any(route.proven for route in emails):
        return Reach.EMAIL_PROVEN
    if mobiles:
        return Reach.MOBILE_UNPROVEN
    return Reach.EMAIL_UNPROVEN if emails else Reach.NOTHING


def _usable(route: RouteFacts, person: Person) -> bool:
    """Works, was not stopped, and the channel was not refused."""
    choice = Purpose.SMS if route.channel is Channel.SMS else Purpose.EMAIL
    return not route.bad_reason and not route.stopped and person.consents.get(choice) not in NO


def agreed_to_contact(person: Person) -> Decision | None:
    """What was said to contact after leaving; None where it was never asked."""
    return person.consents.get(Purpose.CONTACT_AFTER_LEAVING)


def count_by_reach(found: Iterable[Reach]) -> Mapping[Reach, int]:
    counts = dict.fromkeys(Reach, 0)
    for one in found:
        counts[one] += 1
    return counts
