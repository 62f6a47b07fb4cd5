"""The made-up people: as many as promised, the awkward ones among them, and nobody real."""

import re
from collections import Counter
from datetime import date

import pytest

from surveybot.demo.numbers import uln, upn
from surveybot.demo.office import roster_csv
from surveybot.demo.people import Person, everyone, on_roll
from surveybot.demo.traits import with_traits
from surveybot.rules.answer.consent import age_on
from surveybot.steps.roster.enrol import read_roster

TODAY = date(2026, 11, 22)
SUMMER = 2027


@pytest.fixture(scope="module")
def people() -> list[Person]:
    return with_traits(everyone(SUMMER), on=TODAY)


def of_trait(people: list[Person], trait: str) -> Person:
    return next(person for person in people if person.trait == trait and person.cohort == SUMMER)


def test_the_school_has_180_in_year_11_and_110_in_year_13(people: list[Person]) -> None:
    assert Counter(person.year_group(SUMMER) for person in on_roll(people, SUMMER)) == {
        11: 180,
        12: 116,
        13: 110,
    }


def test_three_summers_have_leavers_of_both_years(people: list[Person]) -> None:
    for summer in (2024, 2025, 2026):
        counted = Counter(person.year_group(summer) for person in on_roll(people, summer))
        assert counted[11] > 150
        assert counted[13] > 90


def test_no_tutor_group_is_too_big(people: list[Person]) -> None:
    groups = Counter(person.tutor_group(SUMMER) for person in on_roll(people, SUMMER))
    assert len(groups) == 14
    assert max(groups.values()) <= 33


def test_the_same_people_come_on_every_machine_and_day(people: list[Person]) -> None:
    later = with_traits(everyone(SUMMER), on=date(2027, 3, 1))
    assert [p.upn for p in later] == [p.upn for p in people]
    assert sum(a != b for a, b in zip(later, people, strict=True)) == 1  # the one who turns 16 soon


def test_brothers_and_sisters_share_a_phone_and_twins_a_birthday(people: list[Person]) -> None:
    shared = Counter(person.mobile for person in people if person.mobile)
    assert sum(count == 2 for count in shared.values()) == 3
    assert max(shared.values()) == 2
    twins = [person for person in people if person.surname == "Shufflebotham" and person.trait]
    assert twins[0].born == twins[1].born


def test_the_awkward_ones_are_there(people: list[Person]) -> None:
    assert of_trait(people, "parents_number").mobile == of_trait(people, "parents_number").parent.mobile
    assert of_trait(people, "mononym").forename == ""
    assert of_trait(people, "no_email").school_email == of_trait(people, "no_email").personal_email == ""
    assert of_trait(people, "landline").mobile.startswith("0113 496")
    assert of_trait(people, "urdu_script").preferred_name == "زینب"
    soon = of_trait(people, "turns_16_soon").born
    assert age_on(soon, TODAY) == 15
    assert age_on(soon, date(2026, 12, 2)) == 16
    assert age_on(of_trait(people, "fifteen_on_results_day").born, date(2027, 8, 26)) == 15


@pytest.mark.parametrize("on", [date(2026, 9, 1), date(2027, 2, 28), date(2028, 2, 29), date(2027, 8, 31)])
def test_birthdays_fit_the_school_year_whatever_the_day(on: date) -> None:
    summer = on.year + (on.month >= 9)
    for person in with_traits(everyone(summer), on=on):
        assert date(person.cohort - 17, 9, 1) <= person.born <= date(person.cohort - 16, 8, 31)


def test_every_number_and_address_is_made_up(people: list[Person]) -> None:
    for person in people:
        for number in filter(None, (person.mobile, person.parent.mobile)):
            assert re.fullmatch(r"07700 900\d{3}|0113 496 0\d{3}", number)
        for email in filter(None, (person.school_email, person.personal_email, person.parent.email)):
            assert re.fullmatch(r"[a-z0-9.]+@(marlbridge|mail|home)\.example\.org", email)
        assert re.fullmatch(r"MB[1-4] \d[A-Z]{2}", person.postcode)  # no such postcode area
    emails = Counter(person.school_email for person in people if person.school_email)
    assert max(emails.values()) == 1


def test_check_characters_are_right() -> None:
    assert upn("801200005001") == "B801200005001"
    assert uln("927630868") == "9276308686"


def test_the_roster_file_is_read_without_an_error(people: list[Person]) -> None:
    reading = read_roster(roster_csv(people, SUMMER), "roster.csv", on=TODAY, made_up=True)
    assert reading.errors == ()
    assert reading.unknown == ()
    assert len(reading.rows) == 406
    assert any(notice.value == "0113 496 0142" for notice in reading.notices)
