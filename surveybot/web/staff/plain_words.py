"""How states and reasons are said to staff."""

from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.report.round_progress import Part, PersonInRound
from surveybot.records.round.invitations import LinkMedium
from surveybot.records.round.rounds import Round, RoundState
from surveybot.rules.answer.consent import Actor, Decision, Purpose
from surveybot.rules.delivery.channels import Channel, RouteKind, RouteOwner
from surveybot.rules.delivery.delivery_states import DeliveryState, HoldReason
from surveybot.rules.delivery.may_ask import SKIP_IN_WORDS
from surveybot.rules.destination.destinations import FactKind, FactMethod, FactSource, PlaceStatus
from surveybot.rules.plan.unknown_destinations import HowKnown
from surveybot.rules.roster.people import StaffRole, StudentState
from surveybot.rules.roster.phone_numbers import NO_TEXT
from surveybot.web.language import gettext as _

Tag = tuple[str, str]
"""The words, and the kind of a tag in templates/staff/parts.html."""

CHANNELS = {Channel.SMS: _("Text"), Channel.EMAIL: _("Email")}
MEDIA_OF = {Channel.SMS: _("by text"), Channel.EMAIL: _("by email")}
MEDIA = {
    LinkMedium.SMS: _("by text"),
    LinkMedium.EMAIL: _("by email"),
    LinkMedium.PAPER: _("on paper"),
    LinkMedium.STAFF: _("in person"),
}
ROUND_STATES: dict[RoundState, Tag] = {
    RoundState.OPEN: (_("Open"), "good"),
    RoundState.PAUSED: (_("Paused"), "warn"),
    RoundState.CLOSED: (_("Closed"), "off"),
}
PARTS: dict[Part, Tag] = {
    Part.ANSWERED: (_("Answered"), "good"),
    Part.NOT_YET: (_("Not yet"), "wait"),
    Part.UNREACHABLE: (_("Unreachable"), "warn"),
}
STUDENT_STATES: dict[StudentState, Tag] = {
    StudentState.ON_ROLL: (_("At school"), "plain"),
    StudentState.LEFT: (_("Left"), "off"),
    StudentState.DECEASED: (_("Died"), "off"),
}
DELIVERY_STATES: dict[DeliveryState, Tag] = {
    DeliveryState.PENDING: (_("Waiting to go"), "wait"),
    DeliveryState.HELD: (_("On hold"), "warn"),
    DeliveryState.DISPATCHING: (_("Going out now"), "wait"),
    DeliveryState.AMBIGUOUS: (_("Sent, perhaps: we are asking"), "warn"),
    DeliveryState.ACCEPTED: (_("Sent"), "plain"),
    DeliveryState.DELIVERED: (_("Arrived"), "good"),
    DeliveryState.UNDELIVERED: (_("Did not arrive"), "bad"),
    DeliveryState.FAILED_PERMANENT: (_("Could not be sent"), "bad"),
    DeliveryState.SUPPRESSED: (_("Not sent"), "off"),
    DeliveryState.EXPIRED: (_("Not sent: too late"), "off"),
    DeliveryState.CANCELLED: (_("Cancelled"), "off"),
}
HOLDS = {
    HoldReason.PAUSED: _("paused by staff"),
    HoldReason.OUTBOUND_DENIED: _("sending is switched off here"),
    HoldReason.COPY: _("this is a copy of the database: an administrator must say so"),
    HoldReason.BREAKER: _("too many failures in a row"),
    HoldReason.UNREAD: _("a text from this number waits to be read"),
}
STEPS = {
    "invitation": _("Invitation"),
    "prove": _("Is this yours?"),
    "sign-in": _("Sign-in link"),
    "test-to-self": _("Test"),
}
ROUTE_OWNERS = {
    RouteOwner.STUDENT: _("Student"),
    RouteOwner.CONTACT_1: _("Contact 1"),
    RouteOwner.CONTACT_2: _("Contact 2"),
}
ROUTE_KINDS = {
    RouteKind.SCHOOL_EMAIL: _("School email"),
    RouteKind.PERSONAL_EMAIL: _("Personal email"),
    RouteKind.MOBILE: _("Mobile"),
}
BAD_ROUTES = {
    "wrong_number": _("belongs to somebody else"),
    "bounced": _("emails come back"),
    "unknown": _("does not exist"),
    NO_TEXT: _("not a UK mobile, so no text goes there"),
}
DECISIONS: dict[Decision, Tag] = {
    Decision.GRANTED: (_("Yes"), "good"),
    Decision.REFUSED: (_("No"), "off"),
    Decision.WITHDRAWN: (_("Taken back"), "off"),
    Decision.EXPIRED: (_("Ran out"), "off"),
    Decision.ASKED_NO_ANSWER: (_("Asked, left open"), "wait"),
}
ACTORS = {
    Actor.SELF: _("the student"),
    Actor.PARENT: _("a parent or carer"),
    Actor.STAFF_ON_PAPER: _("staff, from a signed paper"),
}
FACT_KINDS = {
    FactKind.INTENDED: _("Intends"),
    FactKind.OFFER: _("Offer"),
    FactKind.ACTUAL: _("Is at"),
}
FACT_SOURCES = {
    FactSource.STUDENT: _("the student"),
    FactSource.PARENT: _("a parent or carer"),
    FactSource.STAFF: _("staff"),
    FactSource.PROVIDER: _("the college or provider"),
    FactSource.LOCAL_AUTHORITY: _("the local authority"),
}
FACT_METHODS = {
    FactMethod.LINK: _("on the survey page"),
    FactMethod.TEXT: _("by text"),
    FactMethod.IN_PERSON: _("in person"),
    FactMethod.FILE: _("from a file"),
    FactMethod.TUTOR: _("on a tutor's list"),
}
HOW_KNOWN = {
    HowKnown.STUDENT: _("the student said so"),
    HowKnown.FAMILY: _("the family said so"),
    HowKnown.PLACE: _("the college, school or employer said so"),
    HowKnown.SEEN: _("seen by the tutor"),
    HowKnown.OTHER: _("heard from somebody else"),
}
PLACES = {
    PlaceStatus.THINKING: _("thinking about it"),
    PlaceStatus.APPLIED: _("has applied"),
    PlaceStatus.OFFER: _("has an offer"),
    PlaceStatus.CONDITIONAL: _("has an offer, if the grades are right"),
    PlaceStatus.PLACE: _("has a definite place"),
    PlaceStatus.NO_PLACE: _("did not get a place"),
}
_REASONS: dict[str, str] = {
    **{str(reason): words for reason, words in SKIP_IN_WORDS.items()},
    **BAD_ROUTES,
    **{str(reason): words for reason, words in HOLDS.items()},
    "round closed": _("The round had been closed"),
}
PURPOSES = {
    Purpose.CONTACT_AFTER_LEAVING: _("Stay in touch after leaving"),
    Purpose.LA_SHARE_BACK: _("The council may tell the school"),
    Purpose.PROVIDER_CONFIRM: _("The college may confirm the place"),
    Purpose.ALUMNI_NETWORK: _("Alumni network"),
    Purpose.PUBLISH_STORY: _("Publish their story"),
    Purpose.SMS: _("Contact by text"),
    Purpose.EMAIL: _("Contact by email"),
}
NEVER_ASKED: Tag = (_("Never asked"), "plain")
ROLES = {
    StaffRole.CAREERS_LEADER: _("Careers leader"),
    StaffRole.ADVISER: _("Careers adviser"),
    StaffRole.TUTOR: _("Tutor"),
    StaffRole.ADMIN: _("Administrator"),
}


def cohort_in_words(row: Round) -> str:
    group = f", {row.tutor_group}" if row.tutor_group else ""
    return (
        _("Year %(year)s finishing in summer %(summer)s")
        % {
            "year": row.year_group,
            "summer": row.leaving,
        }
        + group
    )


def reason_in_words(reason: str) -> str:
    """A reason of may_ask, or what a provider said, as a person reads it."""
    return _REASONS.get(reason, reason.replace("_", " ").capitalize())


def why_on_calendar(reason: str) -> str:
    """A reason of may_ask, or what staff wrote when they held or cancelled it."""
    return _REASONS.get(reason, reason)


def why_unreachable(person: PersonInRound) -> str:
    """Why somebody cannot be reached by a message; empty for everybody else."""
    if person.part is not Part.UNREACHABLE:
        return ""
    if person.invitation.skipped:
        return reason_in_words(person.invitation.skipped)
    last = person.last_delivery
    return delivery_in_words(last) if last else ""


def delivery_in_words(delivery: Delivery) -> str:
    """How one message stands, and why where there is a reason."""
    words = DELIVERY_STATES[delivery.state][0]
    why = why_in_words(delivery)
    return f"{words}: {why[:1].lower()}{why[1:]}" if why else words


def why_in_words(delivery: Delivery) -> str:
    why = delivery.hold_reason or delivery.reason
    return reason_in_words(why) if why else ""


def step_in_words(delivery: Delivery) -> str:
    if delivery.step.startswith("reminder"):
        return _("Reminder")
    return STEPS.get(delivery.step, delivery.step.replace("-", " ").capitalize())
