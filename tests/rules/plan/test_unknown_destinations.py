"""Whose destination is unknown, who is asked about whom, and what a mistake leaves."""

from dataclasses import replace
from datetime import date

import pytest

from surveybot.catalogue import load_catalogue
from surveybot.rules.delivery.may_ask import Person
from surveybot.rules.plan.check_ins import Followed, LeavingFacts
from surveybot.rules.plan.unknown_destinations import (
    Heard,
    HowKnown,
    Staffing,
    WhyUnknown,
    is_asked_about,
    stands_again,
    why_unknown,
)
from surveybot.rules.roster.people import LeavingKind, StudentState

COLLEGE = "further_education_college"
OCTOBER = date(2026, 10, 5)


@pytest.mark.parametrize(
    ("heard", "why"),
    [
        ([], WhyUnknown.NOTHING),
        ([(COLLEGE, date(2026, 9, 14))], None),
        ([(COLLEGE, date(2026, 8, 31))], WhyUnknown.EXPIRED),
        ([(COLLEGE, date(2026, 9, 14)), ("looking", date(2026, 9, 30))], WhyUnknown.OPEN),
        ([("not_sure", date(2026, 9, 14)), (COLLEGE, date(2026, 9, 30))], None),
        ([("looking", date(2026, 6, 1))], WhyUnknown.EXPIRED),
        ([("rather_not_say", date(2026, 10, 1))], None),  # an answer: nobody asks behind their back
        ([(COLLEGE, date(2026, 11, 2)), ("looking", date(2027, 9, 14))], None),  # of the year after
    ],
)
def test_known_is_what_was_learnt_in_that_academic_year(
    heard: list[tuple[str, date]], why: WhyUnknown | None
) -> None:
    assert why_unknown([Heard(*one) for one in heard], summer=2027) is why


def followed(**changes: object) -> Followed:
    plain = Followed(
        person=Person(StudentState.LEFT, after_leaving=True),
        leavings={11: LeavingFacts(11, 2026)},
        date_of_birth=date(2010, 3, 1),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def asked(one: Followed, on: date = OCTOBER) -> bool:
    return is_asked_about(one, year_group=11, leaving=2026, on=on)


def test_a_leaver_is_asked_about_for_three_years_and_not_before_september() -> None:
    days = [date(2026, 8, 31), date(2026, 9, 1), date(2029, 8, 31), date(2029, 9, 1)]
    assert [asked(followed(), on) for on in days] == [False, True, True, False]
    assert asked(followed(ehc_plan=True), date(2029, 9, 1))


def test_nobody_is_asked_about_who_died_moved_or_stays_in_the_own_sixth_form() -> None:
    died = followed(person=Person(StudentState.DECEASED, after_leaving=True))
    moved = followed(leavings={11: LeavingFacts(11, 2026, kind=LeavingKind.MOVED_SCHOOL)})
    stays = {11: LeavingFacts(11, 2026), 13: LeavingFacts(13, 2028)}
    left_it = {11: LeavingFacts(11, 2026), 13: LeavingFacts(13, 2028, date(2026, 9, 30), LeavingKind.EARLY)}
    assert not asked(died)
    assert not asked(moved)
    assert not asked(followed(leavings=stays))
    assert asked(followed(leavings=left_it))


def test_a_group_without_a_tutor_is_asked_of_the_leaders() -> None:
    staffing = Staffing({"11A": [7, 8]}, [1])
    assert staffing.asked_about("11A") == [7, 8]
    assert staffing.asked_about("") == staffing.asked_about("11C") == [1]
    assert staffing.groups_of(1, ["11A", "11C", ""]) == {"11C", ""}


def test_a_word_taken_back_leaves_what_was_open_before() -> None:
    assert stands_again([]) == "not_sure"
    assert stands_again([Heard("looking", OCTOBER)]) == "looking"
    assert stands_again([Heard(COLLEGE, OCTOBER)]) == "not_sure"


def test_the_questionnaire_offers_every_way_of_knowing() -> None:
    survey = load_catalogue().survey("tutor-unknowns")
    how = next(question for question in survey.questions if question.id == "how")
    assert [choice.value for choice in how.choices] == list(HowKnown)
