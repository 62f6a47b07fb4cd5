"""Who decides, what stands, and when the right to object passes from a parent to the student."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest

from surveybot.rules.answer.consent import (
    Actor,
    ConsentFact,
    Decision,
    ObjectionDecision,
    ObjectionFact,
    Purpose,
    age_on,
    current,
    objection_decider,
    objects,
    sixteenth_birthday,
    standing,
)

P1, P2 = Purpose.CONTACT_AFTER_LEAVING, Purpose.LA_SHARE_BACK
RESULTS_DAY = date(2026, 8, 20)
NOON = datetime(2026, 1, 20, 12, tzinfo=UTC)


def said(*words: tuple[Decision, Actor], purpose: Purpose = P1) -> list[ConsentFact]:
    """Facts an hour apart, in the order of the words."""
    return [
        ConsentFact(purpose, decision, actor, NOON + timedelta(hours=hour))
        for hour, (decision, actor) in enumerate(words)
    ]


def word(decision: ObjectionDecision, actor: Actor, at: datetime) -> ObjectionFact:
    return ObjectionFact(decision, actor, at)


def test_never_asked_is_none() -> None:
    assert current([], P1) is None


def test_a_question_left_open_is_neither_never_asked_nor_refused() -> None:
    assert current(said((Decision.ASKED_NO_ANSWER, Actor.SELF)), P1) is Decision.ASKED_NO_ANSWER


@pytest.mark.parametrize("decision", [Decision.GRANTED, Decision.REFUSED, Decision.WITHDRAWN])
def test_a_question_left_open_takes_nothing_back(decision: Decision) -> None:
    facts = said((decision, Actor.SELF), (Decision.ASKED_NO_ANSWER, Actor.SELF))
    assert current(facts, P1) is decision


@pytest.mark.parametrize(("first", "last"), list(permutations([Decision.GRANTED, Decision.REFUSED], 2)))
def test_the_last_word_counts(first: Decision, last: Decision) -> None:
    assert current(said((first, Actor.SELF), (last, Actor.SELF)), P1) is last


def test_the_order_of_the_rows_does_not_matter_but_their_times_do() -> None:
    facts = said((Decision.GRANTED, Actor.SELF), (Decision.WITHDRAWN, Actor.SELF))
    assert current(reversed(facts), P1) is Decision.WITHDRAWN


def test_of_two_rows_of_one_moment_the_later_row_counts() -> None:
    facts = [ConsentFact(P1, d, Actor.SELF, NOON) for d in (Decision.GRANTED, Decision.WITHDRAWN)]
    assert current(facts, P1) is Decision.WITHDRAWN


@pytest.mark.parametrize("no", [Decision.REFUSED, Decision.WITHDRAWN])
@pytest.mark.parametrize("parent_first", [True, False])
def test_a_parents_no_wins_whoever_spoke_last(no: Decision, parent_first: bool) -> None:
    words = [(no, Actor.PARENT), (Decision.GRANTED, Actor.SELF)]
    assert current(said(*(words if parent_first else reversed(words))), P1) is no


def test_the_students_own_no_wins_over_a_parents_yes() -> None:
    facts = said((Decision.REFUSED, Actor.SELF), (Decision.GRANTED, Actor.PARENT))
    assert current(facts, P1) is Decision.REFUSED


def test_a_parent_who_changes_a_no_into_a_yes_gives_the_student_back_the_say() -> None:
    facts = said(
        (Decision.GRANTED, Actor.SELF), (Decision.REFUSED, Actor.PARENT), (Decision.GRANTED, Actor.PARENT)
    )
    assert current(facts, P1) is Decision.GRANTED


def test_a_parents_yes_alone_is_no_consent_of_the_student() -> None:
    assert current(said((Decision.GRANTED, Actor.PARENT)), P1) is None
    open_question = said((Decision.ASKED_NO_ANSWER, Actor.SELF), (Decision.GRANTED, Actor.PARENT))
    assert current(open_question, P1) is Decision.ASKED_NO_ANSWER


def test_a_parent_who_left_it_open_takes_nothing_away() -> None:
    facts = said((Decision.GRANTED, Actor.SELF), (Decision.ASKED_NO_ANSWER, Actor.PARENT))
    assert current(facts, P1) is Decision.GRANTED


def test_what_staff_wrote_down_is_the_students_word() -> None:
    facts = said((Decision.REFUSED, Actor.SELF), (Decision.GRANTED, Actor.STAFF_ON_PAPER))
    assert current(facts, P1) is Decision.GRANTED


def test_standing_answers_for_every_purpose_apart() -> None:
    facts = said((Decision.GRANTED, Actor.SELF)) + said((Decision.REFUSED, Actor.SELF), purpose=P2)
    stands = standing(iter(facts))
    assert set(stands) == set(Purpose)
    assert (stands[P1], stands[P2], stands[Purpose.SMS]) == (Decision.GRANTED, Decision.REFUSED, None)


@pytest.mark.parametrize(
    ("born", "on", "age"),
    [
        (date(2010, 8, 20), RESULTS_DAY, 16),  # the birthday itself counts
        (date(2010, 8, 21), RESULTS_DAY, 15),
        (date(2010, 8, 31), RESULTS_DAY, 15),
        (date(2010, 7, 14), date(2026, 5, 8), 15),
        (date(2010, 7, 14), RESULTS_DAY, 16),
        (date(2010, 8, 31), date(2026, 8, 31), 16),
        (date(2009, 9, 1), RESULTS_DAY, 16),
        (date(2008, 2, 29), date(2024, 2, 28), 15),
        (date(2008, 2, 29), date(2024, 2, 29), 16),
        (date(2008, 2, 29), date(2025, 2, 28), 16),
        (date(2008, 2, 29), date(2025, 3, 1), 17),
    ],
)
def test_age_in_whole_years(born: date, on: date, age: int) -> None:
    assert age_on(born, on) == age


@pytest.mark.parametrize("day", range(21, 32))
def test_who_was_born_from_21_to_31_august_is_still_15_on_results_day(day: int) -> None:
    assert objection_decider(date(2010, 8, day), RESULTS_DAY) is Actor.PARENT


@pytest.mark.parametrize("born", [date(2010, 8, 20), date(2010, 8, 1), date(2009, 9, 1)])
def test_the_others_decide_for_themselves_on_results_day(born: date) -> None:
    assert objection_decider(born, RESULTS_DAY) is Actor.SELF


@pytest.mark.parametrize("born", [date(2010, 8, 25), date(2008, 2, 29), date(2009, 12, 31), date(2010, 1, 1)])
def test_the_sixteenth_birthday_is_the_first_day_of_deciding(born: date) -> None:
    birthday = sixteenth_birthday(born)
    assert objection_decider(born, birthday - timedelta(days=1)) is Actor.PARENT
    assert objection_decider(born, birthday) is Actor.SELF


def test_a_leap_day_child_of_a_century_turns_sixteen_on_1_march() -> None:
    assert sixteenth_birthday(date(2084, 2, 29)) == date(2100, 3, 1)


BORN = date(2010, 8, 25)  # 15 on results day, 16 five days later
IN_MAY = datetime(2026, 5, 8, 9, tzinfo=UTC)
IN_SEPTEMBER = datetime(2026, 9, 8, 9, tzinfo=UTC)
OBJECTED, LIFTED = ObjectionDecision.OBJECTED, ObjectionDecision.LIFTED


def test_nobody_objects_by_silence() -> None:
    assert not objects([], BORN, RESULTS_DAY)


def test_a_parents_objection_stays_in_force_after_the_sixteenth_birthday() -> None:
    facts = [word(OBJECTED, Actor.PARENT, IN_MAY)]
    assert not objects(facts, BORN, date(2026, 5, 7))
    assert objects(facts, BORN, date(2026, 5, 8))
    assert objects(facts, BORN, RESULTS_DAY)
    assert objects(facts, BORN, date(2027, 3, 1))


def test_from_sixteen_the_student_lifts_what_a_parent_had_said() -> None:
    facts = [word(LIFTED, Actor.SELF, IN_SEPTEMBER), word(OBJECTED, Actor.PARENT, IN_MAY)]
    assert not objects(facts, BORN, date(2026, 9, 8))
    assert objects(facts, BORN, date(2026, 9, 7))


def test_a_parent_has_no_say_from_the_sixteenth_birthday() -> None:
    assert not objects([word(OBJECTED, Actor.PARENT, IN_SEPTEMBER)], BORN, date(2026, 10, 1))
    both = [word(OBJECTED, Actor.SELF, IN_SEPTEMBER), word(LIFTED, Actor.PARENT, IN_SEPTEMBER)]
    assert objects(both, BORN, date(2026, 10, 1))


@pytest.mark.parametrize("decision", [OBJECTED, LIFTED])
def test_a_student_under_sixteen_has_no_say_and_gets_none_later(decision: ObjectionDecision) -> None:
    facts = [word(OBJECTED, Actor.PARENT, IN_MAY), word(decision, Actor.SELF, IN_MAY)]
    assert objects(facts, BORN, RESULTS_DAY)
    assert objects(facts, BORN, date(2026, 10, 1))
    assert not objects(facts[1:], BORN, date(2026, 10, 1))


@pytest.mark.parametrize("at", [IN_MAY, IN_SEPTEMBER])
def test_a_paper_counts_for_whoever_decided_on_that_day(at: datetime) -> None:
    assert objects([word(OBJECTED, Actor.STAFF_ON_PAPER, at)], BORN, date(2026, 10, 1))


def test_the_day_is_the_day_in_england() -> None:
    """00:30 on the birthday in British Summer Time is still the day before in UTC."""
    just_sixteen = datetime(2026, 8, 24, 23, 30, tzinfo=UTC)
    assert objects([word(OBJECTED, Actor.SELF, just_sixteen)], BORN, date(2026, 8, 25))
