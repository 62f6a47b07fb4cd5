"""How a student can be reached after leaving."""

import pytest

from surveybot.rules.answer.consent import Decision, Purpose
from surveybot.rules.delivery.channels import Channel, RouteKind
from surveybot.rules.delivery.may_ask import Asking, Person, RouteFacts, Skip, may_ask
from surveybot.rules.roster.people import StudentState
from surveybot.rules.roster.reachability import Reach, count_by_reach, reach_of

P1 = Purpose.CONTACT_AFTER_LEAVING
SCHOOL = RouteFacts(RouteKind.SCHOOL_EMAIL, Channel.EMAIL, "a@pupils.example.org")


def email(**facts: bool | str) -> RouteFacts:
    return RouteFacts(RouteKind.PERSONAL_EMAIL, Channel.EMAIL, "a@home.example.org", **facts)  # type: ignore[arg-type]


def mobile(**facts: bool | str) -> RouteFacts:
    return RouteFacts(RouteKind.MOBILE, Channel.SMS, "+447700900101", **facts)  # type: ignore[arg-type]


def person(*routes: RouteFacts, left: bool = False, **consents: Decision) -> Person:
    known = {Purpose(name): decision for name, decision in consents.items()}
    return Person(StudentState.ON_ROLL, left, (SCHOOL, *routes), known)


@pytest.mark.parametrize(
    ("routes", "reach"),
    [
        ((), Reach.NOTHING),
        ((email(),), Reach.EMAIL_UNPROVEN),
        ((mobile(), email()), Reach.MOBILE_UNPROVEN),
        ((mobile(), email(proven=True)), Reach.EMAIL_PROVEN),
        ((mobile(proven=True), email(proven=True)), Reach.MOBILE_PROVEN),
        ((mobile(proven=True, stopped=True), email()), Reach.EMAIL_UNPROVEN),
        ((mobile(proven=True, bad_reason="wrong_number"),), Reach.NOTHING),
    ],
)
def test_the_school_address_counts_for_nothing_and_the_best_own_one_counts(
    routes: tuple[RouteFacts, ...], reach: Reach
) -> None:
    assert reach_of(person(*routes), stays=False) is reach


def test_who_said_no_is_not_missing_and_who_stays_keeps_the_school_address() -> None:
    assert reach_of(person(mobile(proven=True), P1=Decision.REFUSED), stays=False) is Reach.SAID_NO
    assert reach_of(person(), stays=True) is Reach.STAYS
    assert reach_of(person(left=True), stays=True) is Reach.NOTHING
    assert reach_of(person(mobile(proven=True), P6=Decision.REFUSED), stays=False) is Reach.NOTHING


def test_reachable_means_that_the_bot_has_a_way_after_leaving() -> None:
    """The page and the one rule of asking never say different things."""
    for routes in ((), (email(),), (mobile(),), (email(proven=True),), (mobile(proven=True), email())):
        gone = person(*routes, left=True, P1=Decision.GRANTED)
        ways = [may_ask(gone, Asking(after_leaving=True), channel) for channel in Channel]
        usable = [way for way in ways if not isinstance(way, Skip)]
        unusable = reach_of(gone, stays=False) in (Reach.NOTHING, Reach.EMAIL_UNPROVEN)
        assert bool(usable) is not unusable
        assert SCHOOL not in usable


def test_counts_hold_every_kind() -> None:
    counts = count_by_reach([Reach.NOTHING, Reach.NOTHING, Reach.STAYS])
    assert (counts[Reach.NOTHING], counts[Reach.STAYS], counts[Reach.SAID_NO]) == (2, 1, 0)
