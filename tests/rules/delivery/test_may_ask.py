"""Who may be asked: yes with a route, or a reason."""

from dataclasses import replace

import pytest

from surveybot.catalogue import load_catalogue
from surveybot.rules.answer.consent import Decision, Purpose
from surveybot.rules.delivery.channels import Channel, RouteKind
from surveybot.rules.delivery.may_ask import Asking, Person, RouteFacts, Skip, first_way, may_ask
from surveybot.rules.roster.people import StudentState

SCHOOL_EMAIL = RouteFacts(RouteKind.SCHOOL_EMAIL, Channel.EMAIL, "a@pupils.example.org")
OWN_EMAIL = RouteFacts(RouteKind.PERSONAL_EMAIL, Channel.EMAIL, "a@example.org")
MOBILE = RouteFacts(RouteKind.MOBILE, Channel.SMS, "+447700900001")
AT_SCHOOL = Person(StudentState.ON_ROLL, after_leaving=False, routes=(SCHOOL_EMAIL, OWN_EMAIL, MOBILE))
LEAVER = Person(
    StudentState.LEFT,
    after_leaving=True,
    routes=(SCHOOL_EMAIL, replace(OWN_EMAIL, proven=True), MOBILE),
    consents={Purpose.CONTACT_AFTER_LEAVING: Decision.GRANTED},
)
IN_SCHOOL, CHECK_IN = Asking(after_leaving=False), Asking(after_leaving=True)


def test_at_school_no_consent_is_needed_and_the_school_email_comes_first() -> None:
    refuser = replace(AT_SCHOOL, consents={Purpose.CONTACT_AFTER_LEAVING: Decision.REFUSED})
    assert may_ask(refuser, IN_SCHOOL, Channel.EMAIL) == SCHOOL_EMAIL
    assert may_ask(refuser, IN_SCHOOL, Channel.SMS) == MOBILE


def test_nothing_ever_goes_to_the_deceased() -> None:
    gone = replace(LEAVER, state=StudentState.DECEASED)
    for asking in (IN_SCHOOL, CHECK_IN):
        for channel in Channel:
            assert may_ask(gone, asking, channel) is Skip.DECEASED


@pytest.mark.parametrize(
    "decision", [None, Decision.REFUSED, Decision.WITHDRAWN, Decision.EXPIRED, Decision.ASKED_NO_ANSWER]
)
def test_a_leaver_is_asked_only_after_a_yes(decision: Decision | None) -> None:
    person = replace(LEAVER, consents={Purpose.CONTACT_AFTER_LEAVING: decision})
    assert may_ask(person, CHECK_IN, Channel.SMS) is Skip.NO_CONSENT


def test_a_leaver_gets_no_school_survey_and_nothing_at_the_school_address() -> None:
    assert may_ask(LEAVER, IN_SCHOOL, Channel.SMS) is Skip.LEFT
    route = may_ask(LEAVER, CHECK_IN, Channel.EMAIL)
    assert isinstance(route, RouteFacts)
    assert route.kind is RouteKind.PERSONAL_EMAIL
    unproven = replace(LEAVER, routes=(SCHOOL_EMAIL, OWN_EMAIL))
    assert may_ask(unproven, CHECK_IN, Channel.EMAIL) is Skip.NO_ROUTE


def test_channel_choices_inside_the_consent_count_and_unset_means_allowed() -> None:
    no_texts = replace(LEAVER, consents={**LEAVER.consents, Purpose.SMS: Decision.REFUSED})
    assert may_ask(no_texts, CHECK_IN, Channel.SMS) is Skip.NO_CONSENT
    assert isinstance(may_ask(no_texts, CHECK_IN, Channel.EMAIL), RouteFacts)


def test_on_results_day_a_proven_personal_email_comes_before_the_school_one() -> None:
    results_day = Asking.of(load_catalogue().survey("results-day"))
    proven = replace(OWN_EMAIL, proven=True)
    assert first_way(AT_SCHOOL, results_day, Channel.SMS) == MOBILE
    at_home = replace(AT_SCHOOL, routes=(SCHOOL_EMAIL, proven))
    assert first_way(at_home, results_day, Channel.SMS) == proven
    assert may_ask(at_home, IN_SCHOOL, Channel.EMAIL) == SCHOOL_EMAIL
    unproven = replace(AT_SCHOOL, routes=(OWN_EMAIL, SCHOOL_EMAIL))
    assert first_way(unproven, results_day, Channel.SMS) == SCHOOL_EMAIL


def test_a_stopped_or_wrong_route_is_never_used() -> None:
    stopped = replace(AT_SCHOOL, routes=(replace(MOBILE, stopped=True),))
    wrong = replace(AT_SCHOOL, routes=(replace(MOBILE, bad_reason="wrong_number"),))
    assert may_ask(stopped, IN_SCHOOL, Channel.SMS) is Skip.OPTED_OUT
    assert may_ask(wrong, IN_SCHOOL, Channel.SMS) is Skip.WRONG_NUMBER


def test_the_other_channel_is_taken_when_the_first_has_no_route() -> None:
    text_only = replace(AT_SCHOOL, routes=(MOBILE,))
    assert first_way(text_only, IN_SCHOOL, Channel.EMAIL) == MOBILE
    stopped = replace(AT_SCHOOL, routes=(replace(MOBILE, stopped=True),))
    assert first_way(stopped, IN_SCHOOL, Channel.EMAIL) is Skip.OPTED_OUT
    assert first_way(replace(AT_SCHOOL, routes=()), IN_SCHOOL, Channel.EMAIL) is Skip.NO_ROUTE
