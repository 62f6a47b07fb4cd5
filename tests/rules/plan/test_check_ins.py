"""Everybody's own clock: elsewhere, own sixth form, early leaver, mover, EHC plan, and who died."""

import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

import pytest

from surveybot.catalogue import HERE, load_catalogue
from surveybot.rules.answer.consent import Decision, Purpose
from surveybot.rules.calendar.dates_in_words import LONDON
from surveybot.rules.delivery.channels import Channel, RouteKind
from surveybot.rules.delivery.contact_hours import is_allowed
from surveybot.rules.delivery.may_ask import Person, RouteFacts, Skip
from surveybot.rules.plan.check_in_dates import CohortDates
from surveybot.rules.plan.check_in_plan import CheckInPlan, Horizons, read_plan
from surveybot.rules.plan.check_ins import Followed, LeavingFacts, Occurrence, check_ins_of
from surveybot.rules.plan.own_calendar import OwnChange
from surveybot.rules.reference_faults import ReferenceFaults
from surveybot.rules.roster.people import LastLeaving, LeavingKind, StudentState, has_left

CALENDAR, PLAN = load_catalogue().calendar, load_catalogue().check_ins
MOBILE = RouteFacts(RouteKind.MOBILE, Channel.SMS, "+447700900101")
SCHOOL = RouteFacts(RouteKind.SCHOOL_EMAIL, Channel.EMAIL, "amira@pupils.example.org")
YES = {Purpose.CONTACT_AFTER_LEAVING: Decision.GRANTED}


def person(**changed: Any) -> Person:
    values: dict[str, Any] = {
        "state": StudentState.ON_ROLL,
        "after_leaving": False,
        "routes": (MOBILE, SCHOOL),
    }
    return Person(**{**values, "consents": YES, **changed})


def followed(*leavings: LeavingFacts, **changed: Any) -> Followed:
    values: dict[str, Any] = {"person": person(), "date_of_birth": date(2011, 1, 5)}
    known = leavings or (LeavingFacts(11, 2027),)
    return Followed(**{**values, "leavings": {one.year_group: one for one in known}, **changed})


def dates(
    year_group: int = 11, leaving: int = 2027, changes: Mapping[str, OwnChange] = MappingProxyType({})
) -> CohortDates:
    return CohortDates(CALENDAR, year_group, leaving, {(k, 1): v for k, v in changes.items()})


def said(who: Followed, days: CohortDates | None = None) -> list[Occurrence]:
    return sorted(check_ins_of(who, PLAN, days or dates()), key=lambda one: one.due_at)


def asked(who: Followed, days: CohortDates | None = None) -> list[tuple[str, int]]:
    return [(one.survey, one.destination_year) for one in said(who, days) if one.reason is None]


def test_a_leaver_who_goes_elsewhere_is_followed_for_three_years_and_said_goodbye_to() -> None:
    assert [
        (one.survey, one.destination_year, f"{one.due_at:%Y-%m-%d %H:%M}") for one in said(followed())
    ] == [
        ("autumn-intentions", 0, "2026-09-21 09:00"),
        ("after-mocks", 0, "2027-01-25 10:00"),
        ("before-leaving", 0, "2027-04-15 09:00"),
        ("results-day", 0, "2027-08-19 07:00"),
        ("enrolled", 1, "2027-09-14 09:00"),
        ("check-in-november", 1, "2027-11-02 10:00"),
        ("check-in-spring", 1, "2028-04-25 09:00"),
        ("check-in-year-2", 2, "2028-11-06 10:00"),
        ("check-in-year-2", 2, "2029-04-10 09:00"),
        ("check-in-year-3", 3, "2029-11-05 10:00"),
        ("check-in-year-3", 3, "2030-04-30 09:00"),
        ("goodbye", 3, "2030-06-17 09:00"),
    ]


def test_in_school_the_email_comes_first_and_after_leaving_the_own_mobile() -> None:
    channels = {one.survey: one.channel for one in said(followed())}
    assert channels["autumn-intentions"] is Channel.EMAIL
    assert channels["results-day"] is channels["enrolled"] is Channel.SMS


def test_without_consent_nothing_comes_after_leaving_and_the_reason_stands_there() -> None:
    reasons = {one.survey: one.reason for one in said(followed(person=person(consents={})))}
    assert reasons["results-day"] is None
    assert {reasons[survey] for survey in ("enrolled", "check-in-year-3", "goodbye")} == {Skip.NO_CONSENT}


def test_the_school_email_reaches_nobody_after_leaving() -> None:
    reasons = {one.survey: one.reason for one in said(followed(person=person(routes=(SCHOOL,))))}
    assert reasons["before-leaving"] is None and reasons["check-in-november"] is Skip.NO_ROUTE


def test_who_stays_in_the_own_sixth_form_goes_by_the_year_13_clock() -> None:
    stays = followed(LeavingFacts(11, 2027), LeavingFacts(13, 2029))
    assert asked(stays) == [
        *(("autumn-intentions", 0), ("after-mocks", 0), ("before-leaving", 0), ("results-day", 0))
    ]
    later = said(stays, dates(13, 2029))
    assert (later[0].survey, f"{later[0].due_at:%Y-%m-%d}") == ("autumn-intentions", "2028-06-08")
    assert [(one.survey, one.destination_year) for one in later if one.destination_year] == [
        ("check-in-november", 1),
        ("check-in-spring", 1),
        ("goodbye", 1),
    ]
    assert {one.due_at.year for one in later if one.destination_year} == {2029, 2030}


def test_who_leaves_the_sixth_form_early_is_asked_from_that_day_and_never_twice_a_year() -> None:
    early = LeavingFacts(13, 2029, date(2027, 11, 30), LeavingKind.EARLY)
    left = person(state=StudentState.LEFT, after_leaving=True)
    both = followed(LeavingFacts(11, 2027), early, person=left)
    mine = [one for days in (dates(), dates(13, 2029)) for one in said(both, days) if one.reason is None]
    assert [(one.survey, f"{one.due_at:%Y-%m}") for one in sorted(mine, key=lambda one: one.due_at)] == [
        ("enrolled", "2027-12"),
        ("check-in-spring", "2028-04"),
        ("check-in-year-2", "2028-11"),
        ("check-in-year-2", "2029-04"),
        ("check-in-november", "2029-11"),
        ("check-in-spring", "2030-04"),
        ("goodbye", "2030-06"),
    ]


def test_an_early_leaver_of_year_11_is_asked_from_the_day_of_leaving() -> None:
    early = LeavingFacts(11, 2027, date(2027, 2, 8), LeavingKind.EARLY)
    left = followed(early, person=person(state=StudentState.LEFT, after_leaving=True))
    by_reason = [(one.survey, one.reason) for one in said(left)][:5]
    assert by_reason == [
        ("autumn-intentions", Skip.LEFT),
        ("after-mocks", Skip.LEFT),
        ("enrolled", None),
        ("before-leaving", Skip.LEFT),
        ("results-day", Skip.LEFT),
    ]


def test_who_moved_to_another_school_is_followed_there() -> None:
    moved = LeavingFacts(11, 2027, date(2026, 10, 1), LeavingKind.MOVED_SCHOOL)
    assert {one.reason for one in said(followed(moved))} == {Skip.LEFT}


def test_who_goes_with_the_others_in_june_is_asked_about_the_results_of_august() -> None:
    """Off the roll since lessons ended, like the whole cohort; in September they are leavers."""
    gone = followed(
        LeavingFacts(11, 2027, date(2027, 6, 25)), person=person(state=StudentState.LEFT, after_leaving=True)
    )
    asked_of = {one.survey: one.reason for one in said(gone)}
    assert asked_of["results-day"] is None and asked_of["enrolled"] is None
    last = LastLeaving(2027, date(2027, 6, 25))
    assert not has_left(StudentState.LEFT, last, date(2027, 8, 31))
    assert has_left(StudentState.LEFT, last, date(2027, 9, 1))
    assert has_left(
        StudentState.LEFT, LastLeaving(2027, date(2027, 5, 28), LeavingKind.EARLY), date(2027, 8, 19)
    )
    assert has_left(StudentState.LEFT, LastLeaving(2028, date(2027, 6, 25)), date(2027, 8, 19))  # of Year 10


def test_nobody_who_died_is_ever_written_to() -> None:
    assert {one.reason for one in said(followed(person=person(state=StudentState.DECEASED)))} == {
        Skip.DECEASED
    }


def test_with_an_ehc_plan_one_look_a_year_goes_on_to_the_25th_birthday() -> None:
    years = [one for one in said(followed(ehc_plan=True)) if one.step in ("ehc-plan", "goodbye")]
    assert [one.destination_year for one in years] == [4, 5, 6, 7, 8, 8]
    assert years[-1].survey == "goodbye" and years[-1].due_at.year == 2035  # 24 years old
    after_13 = followed(LeavingFacts(13, 2027), ehc_plan=True, date_of_birth=date(2009, 1, 5))
    assert max(one.destination_year for one in said(after_13, dates(13))) == 6


def test_a_school_may_follow_for_fewer_years_and_an_ehc_plan_for_longer_all_the_same() -> None:
    two = Horizons(after_year_11=2, ehc_plan_until_age=21)
    years = [
        (one.survey, one.destination_year) for one in said(followed(horizons=two)) if one.destination_year
    ]
    assert years[-1] == ("goodbye", 2) and ("check-in-year-3", 3) not in years
    longer = said(followed(horizons=two, ehc_plan=True))
    assert [one.destination_year for one in longer if one.survey in ("check-in-year-3", "goodbye")] == [
        *(3, 3, 4, 4)
    ]
    assert longer[-1].due_at.year == 2031  # 20 years old


def test_the_second_look_of_a_year_goes_where_nobody_knows() -> None:
    known = said(followed(known_on=date(2028, 12, 1)))
    assert [one.reason for one in known if (one.survey, one.step) == ("check-in-year-2", "spring")] == [
        Skip.ANSWERED
    ]
    assert ("check-in-year-3", 3) in asked(followed(known_on=date(2028, 12, 1)))
    early = followed(answered={"check-in-november": (date(2027, 10, 30),)})
    assert ("check-in-november", 1) not in asked(early) and ("check-in-spring", 1) in asked(early)


def test_a_school_switches_and_moves() -> None:
    changed = dates(changes={"check-in-november": OwnChange(days=7), "check-in-spring": OwnChange(off=True)})
    by_survey = {one.survey: one.due_at for one in said(followed(), changed)}
    assert f"{by_survey['check-in-november']:%d %b}" == "09 Nov" and "check-in-spring" not in by_survey


@pytest.mark.parametrize("leaving", range(2025, 2040))
@pytest.mark.parametrize("year_group", [11, 13])
def test_everything_lies_in_the_window_on_a_school_day_or_on_results_day(
    leaving: int, year_group: int
) -> None:
    days = dates(year_group, leaving)
    who = followed(LeavingFacts(year_group, leaving), ehc_plan=True)
    for one in said(who, days):
        local = one.due_at.astimezone(LONDON)
        assert is_allowed(one.due_at), one
        if one.survey == "results-day":
            assert (local.hour, local.minute, local.weekday()) == (8, 0, 3)
            continue
        assert (local.hour, local.minute) == (10, 0) and CALENDAR.is_school_day(local.date()), one
        if one.destination_year == 0 and "june" not in one.step:
            assert not CALENDAR.is_left_alone(year_group, local.date()), one
        check_in = PLAN.find(one.survey, one.step)
        assert check_in
        for at in days.reminders(check_in, one.due_at):
            assert is_allowed(at) and one.due_at < at < days.closes_at(check_in, one.due_at)
            if not check_in.after_leaving:
                assert not CALENDAR.is_left_alone(year_group, at.date())


def test_a_round_ends_at_the_same_time_of_day_over_a_change_of_clocks() -> None:
    check_in = PLAN.find("results-day", "year-11")
    assert check_in
    due_at = datetime(2027, 10, 20, 7, tzinfo=UTC)  # summer time, eight o'clock
    assert dates().closes_at(check_in, due_at) == datetime(2027, 11, 3, 8, tzinfo=UTC)


def test_a_broken_plan_says_all_that_is_wrong() -> None:
    broken = tomllib.loads((HERE / "reference" / "check_in_plan.toml").read_text())
    first, second = broken["check_ins"][0], broken["check_ins"][1]
    first |= {"from": "soon", "at": "01:30", "reminders": [9, 4], "colour": "red", "path": "outer_space"}
    second |= {"reminders": [1, 2, 3, 4], "first_channel": "pigeon", "destination_year": 4}
    broken["check_ins"].append(dict(broken["check_ins"][2]))
    with pytest.raises(ReferenceFaults) as caught:
        read_plan(broken)
    text = "\n".join(caught.value.faults)
    for part in ("colour", "from: one of", "clocks change", "each later", "path must", "first_channel"):
        assert part in text
    assert "beyond year 3" in text and "stands there twice" in text and "3 days at the most" in text
    assert isinstance(PLAN, CheckInPlan)
