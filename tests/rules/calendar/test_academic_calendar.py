"""Days that nobody should have to look up: terms, Easter, results days, and what a school sets itself."""

import tomllib
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from surveybot.catalogue import HERE, load_catalogue
from surveybot.rules.calendar.academic_calendar import Exam, read_calendar
from surveybot.rules.calendar.date_rules import UnclearRule, easter, read_rule
from surveybot.rules.calendar.jurisdictions import read_jurisdiction
from surveybot.rules.plan.check_in_dates import CohortDates
from surveybot.rules.plan.own_calendar import OwnChange, own_calendar, own_changes
from surveybot.rules.reference_faults import ReferenceFaults
from surveybot.rules.school_settings import SettingFault, set_value

CALENDAR = load_catalogue().calendar


def raw() -> dict[str, Any]:
    return tomllib.loads((HERE / "reference" / "academic_calendar.toml").read_text())


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [(2025, 4, 20), (2026, 4, 5), (2027, 3, 28), (2028, 4, 16), (2029, 4, 1), (2030, 4, 21), (2035, 3, 25)],
)
def test_easter_is_found_in_march_and_in_april(year: int, month: int, day: int) -> None:
    assert easter(year) == date(year, month, day)


@pytest.mark.parametrize(
    ("text", "summer", "on"),
    [
        ("1 november", 2027, date(2026, 11, 1)),
        ("31 january", 2027, date(2027, 1, 31)),
        ("29 february", 2027, date(2027, 2, 28)),
        ("29 february", 2028, date(2028, 2, 29)),
        ("last friday of june", 2026, date(2026, 6, 26)),
        ("fourth wednesday of june", 2026, date(2026, 6, 24)),
        ("thursday on or after 19 august", 2027, date(2027, 8, 19)),
        ("friday on or before 21 december", 2027, date(2026, 12, 18)),
        ("easter - 9 days", 2027, date(2027, 3, 19)),
        ("Easter + 1 day", 2026, date(2026, 4, 6)),
    ],
)
def test_a_date_rule_says_its_day(text: str, summer: int, on: date) -> None:
    assert read_rule(text).on(summer) == on


@pytest.mark.parametrize("text", ["", "soon", "31 june", "fifth monday of may", "easter +", "0 may"])
def test_a_rule_that_cannot_be_read_says_how_one_is_written(text: str) -> None:
    with pytest.raises(UnclearRule, match="last friday of june"):
        read_rule(text)


def test_results_days_are_known_to_2030_and_say_whether_they_are_official() -> None:
    gcse = {year: CALENDAR.results_day(11, year) for year in range(2025, 2031)}
    assert [day.on.isoformat() for day in gcse.values()] == [
        *("2025-08-21", "2026-08-20", "2027-08-19"),
        *("2028-08-24", "2029-08-23", "2030-08-22"),
    ]
    assert [day.official for day in gcse.values()] == [True, True, False, False, False, False]
    for year in range(2025, 2031):
        assert (gcse[year].on - CALENDAR.results_day(13, year).on).days == 7
    assert {exam for exam, _ in CALENDAR.results} == set(Exam)


def test_after_the_last_known_results_day_the_pattern_goes_on() -> None:
    day = CALENDAR.results_day(11, 2033)
    assert (day.on.weekday(), day.official) == (3, False)


def test_school_is_open_on_weekdays_in_term_and_on_no_bank_holiday() -> None:
    assert CALENDAR.is_school_day(date(2026, 11, 2))
    assert not CALENDAR.is_school_day(date(2026, 10, 28))  # half term
    assert not CALENDAR.is_school_day(date(2026, 11, 1))  # a Sunday
    assert not CALENDAR.is_school_day(date(2026, 12, 25))
    assert not CALENDAR.is_school_day(date(2027, 5, 3))  # early May bank holiday
    assert not CALENDAR.is_school_day(date(2027, 8, 19))


@pytest.mark.parametrize("summer", [2025, 2026, 2027, 2028, 2029, 2030])
def test_the_summer_term_begins_behind_easter_and_behind_march(summer: int) -> None:
    day = CALENDAR.school_day_from(CALENDAR.term("summer", summer).first)
    assert day > easter(summer) and day >= date(summer, 4, 1)
    assert day <= date(summer, 5, 5)


def test_exam_weeks_are_known_for_both_leaving_years_only() -> None:
    assert CALENDAR.is_left_alone(11, date(2026, 5, 7)) and CALENDAR.is_left_alone(13, date(2026, 6, 24))
    assert not CALENDAR.is_left_alone(12, date(2026, 5, 20))
    assert not CALENDAR.is_left_alone(11, date(2026, 6, 25))


def test_a_school_sets_its_own_dates_over_the_pattern() -> None:
    stored: dict[str, Any] = {}
    for key, text in {
        "calendar.results.gcse.2027": "2027-08-26",
        "calendar.mocks.2027": "2027-01-11/2027-01-22",
        "calendar.autumn.2027": "2026-09-03/2026-12-16",
        "calendar.closed": "2026-11-02/2026-11-03, 2026-11-27",
        "plan.check-in-november.1": "+7",
        "plan.check-in-spring.1": "off",
    }.items():
        stored = set_value(stored, key, text)
    own = own_calendar(CALENDAR, stored, nation="ENG")
    assert own.results_day(11, 2027).on == date(2027, 8, 26) and own.results_day(11, 2027).official
    assert own.mocks(2027).last == date(2027, 1, 22)
    assert not own.is_school_day(date(2026, 9, 2)) and own.is_school_day(date(2026, 9, 3))
    assert own.school_day_from(date(2026, 11, 2)) == date(2026, 11, 4)
    assert own_changes(stored) == {
        ("check-in-november", 1): OwnChange(days=7),
        ("check-in-spring", 1): OwnChange(off=True),
    }
    assert "plan.check-in-spring.1" not in set_value(stored, "plan.check-in-spring.1", "")


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("calendar.results.gcse.2027", "19 August"),
        ("calendar.results.gcse.2027", "2026-08-20"),
        ("calendar.mocks.2027", "2027-01-22/2027-01-11"),
        ("calendar.mocks.2027", "0001-01-01/9999-12-31"),
        ("calendar.autumn.2027", "2030-09-03/2030-12-16"),
        ("calendar.closed", "2026-01-01/2036-01-01"),
        ("calendar.lunch.2027", "2027-01-22"),
        ("plan.check-in-november.1", "later"),
    ],
)
def test_a_date_that_cannot_be_is_refused(key: str, text: str) -> None:
    with pytest.raises(SettingFault):
        set_value({}, key, text)


def test_a_broken_calendar_says_all_that_is_wrong() -> None:
    broken = raw()
    broken["mocks"] = {"from": "soon"}
    broken["terms"]["autumn"].pop("from")
    broken["results"] += [{"exam": "phonics", "on": date(2027, 8, 20), "official": "perhaps"}]
    broken["lunch"] = 1
    with pytest.raises(ReferenceFaults) as caught:
        read_calendar(broken)
    text = "\n".join(caught.value.faults)
    for part in (
        "lunch",
        "terms.autumn: from",
        "mocks: from",
        "mocks: write to",
        "exam must be",
        "official must",
    ):
        assert part in text
    assert "not a Thursday" in text


def test_the_day_that_counts_comes_from_the_jurisdiction_of_the_school() -> None:
    """In Wales it is 31 October: a file of reference/jurisdictions moves the check-in, and no code does."""
    catalogue = load_catalogue()
    england = catalogue.jurisdictions["ENG"]
    wales = replace(england, name="Wales", nation="WLS", reference_date=read_rule("31 october"))
    with_wales = replace(catalogue, jurisdictions={"ENG": england, "WLS": wales})
    check_in = catalogue.check_ins.find("check-in-november", "november")
    assert check_in is not None
    asked_on = {}
    for nation in ("ENG", "WLS", "SCT"):  # Scotland's is not built in: England's holds
        dates = CohortDates(with_wales.calendar_at({"nation": nation}), 11, 2027, {})
        due_at = dates.due_at(check_in, 1)
        assert due_at is not None
        asked_on[nation] = due_at.date()
    assert asked_on == {"ENG": date(2027, 11, 2), "WLS": date(2027, 11, 1), "SCT": date(2027, 11, 2)}


def test_a_jurisdiction_names_its_codes_its_day_and_who_may_object() -> None:
    england = load_catalogue().jurisdictions["ENG"]
    assert england.reference_date.on(2027) == date(2026, 11, 1)
    assert (england.opt_out, england.own_say_from_age) == ("limb_c", 16)
    for file in (england.activity_codes, england.intended_codes):
        assert (HERE / "reference" / file).exists()
    with pytest.raises(ReferenceFaults) as caught:
        read_jurisdiction({"nation": "XX", "opt_out": "all", "lunch": 1})
    assert len(caught.value.faults) >= 7
