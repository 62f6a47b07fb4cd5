"""What is current follows from the facts alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

from surveybot.rules.destination.destinations import (
    Fact,
    FactKind,
    FactMethod,
    FactSource,
    NamedProvider,
    current,
    learnt_at,
)

START = datetime(2026, 1, 20, 10, 0, tzinfo=UTC)
STUDENT, STAFF, LA = FactSource.STUDENT, FactSource.STAFF, FactSource.LOCAL_AUTHORITY
ACTUAL, INTENDED = FactKind.ACTUAL, FactKind.INTENDED


def fact(number: int, destination: str, source: FactSource = STUDENT, **changes: Any) -> Fact:
    """A fact learnt `number` days after the start, unless it says otherwise."""
    values = {
        "kind": INTENDED,
        "method": FactMethod.LINK,
        "ascertained_at": START + timedelta(days=number),
        **changes,
    }
    return Fact(id=number, destination=destination, source=source, **values)


def test_the_latest_word_of_the_student_counts() -> None:
    now = current([fact(1, "job"), fact(2, "apprenticeship")], INTENDED)
    assert now.first is not None and now.first.destination == "apprenticeship"
    assert now.conflicts == ()


def test_another_kind_of_fact_does_not_count() -> None:
    assert current([fact(1, "job", kind=ACTUAL)], INTENDED).first is None


def test_a_new_answer_takes_back_the_second_and_third_choice_of_the_one_before() -> None:
    first = [fact(1, "job", answer_id=7), fact(2, "training", answer_id=7, preference=2)]
    second = [fact(3, "apprenticeship", answer_id=8)]
    assert [kept.destination for kept in current(first + second, INTENDED).facts] == ["apprenticeship"]


def test_staying_with_what_was_said_keeps_the_second_choice() -> None:
    first = [fact(1, "job", answer_id=7), fact(2, "training", answer_id=7, preference=2)]
    same = [fact(3, "job", answer_id=8, verifies_id=1, verified_at=START + timedelta(days=3))]
    now = current(first + same, INTENDED)
    assert [kept.id for kept in now.facts] == [3, 2]
    assert now.conflicts == ()


def test_a_fact_that_verifies_was_learnt_when_the_verified_one_was() -> None:
    facts = [fact(1, "job"), fact(2, "job", verifies_id=1), fact(3, "job", verifies_id=2)]
    assert learnt_at(facts[2], facts) == facts[0].ascertained_at


def test_staff_correct_everybody_without_a_conflict() -> None:
    now = current([fact(1, "job", LA), fact(2, "training"), fact(3, "apprenticeship", STAFF)], INTENDED)
    assert now.first is not None and now.first.destination == "apprenticeship"
    assert now.conflicts == ()


def test_a_student_corrects_what_staff_wrote_before() -> None:
    now = current([fact(1, "job", STAFF), fact(2, "training")], INTENDED)
    assert now.first is not None and now.first.destination == "training"
    assert now.conflicts == ()


def test_the_authority_and_the_student_who_differ_are_a_conflict_in_either_order() -> None:
    for facts in (
        [fact(1, "job", LA, kind=ACTUAL), fact(2, "training", kind=ACTUAL)],
        [fact(1, "training", kind=ACTUAL), fact(2, "job", LA, kind=ACTUAL)],
    ):
        now = current(facts, ACTUAL)
        assert now.first is facts[1]
        assert [(clash.current.id, clash.other.id) for clash in now.conflicts] == [(2, 1)]


def test_two_sources_that_agree_are_no_conflict() -> None:
    assert current([fact(1, "job", LA), fact(2, "job")], INTENDED).conflicts == ()


def test_two_sources_with_different_colleges_are_a_conflict() -> None:
    one = fact(1, "further_education_college", LA, provider=NamedProvider(1, "One College"))
    two = fact(2, "further_education_college", provider=NamedProvider(2, "Two College"))
    assert len(current([one, two], INTENDED).conflicts) == 1


def test_nothing_said_is_nothing_current() -> None:
    now = current([], INTENDED)
    assert (now.facts, now.conflicts, now.first) == ((), (), None)
