"""Two people at one number say who writes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveybot.rules.texting.who_writes import Named, who_is_named

NAMES = ("Grace", "Harri")


@pytest.mark.parametrize(
    ("text", "place", "rest"),
    [
        ("Grace", 0, ""),
        ("grace.", 0, ""),
        ("its harri", 1, ""),
        ("It's Harri", 1, ""),
        ("Harri: college", 1, "college"),
        ("harri - apprenticeship w bt", 1, "apprenticeship w bt"),
        ("this is Grace, im at ccb doing plumbing l2", 0, "im at ccb doing plumbing l2"),
        ("Grace here college in abingdon", 0, "college in abingdon"),
        ("Grace 2", 0, "2"),
        ("college - Harri", 1, "college"),
        ("1 grace", 0, "1"),
        ("Harry", None, ""),
        ("Gracee", 0, ""),
    ],
)
def test_a_first_name_says_who_writes(text: str, place: int | None, rest: str) -> None:
    assert who_is_named(text, NAMES) == (None if place is None else Named(place, rest))


@pytest.mark.parametrize("text", ["college", "", "grace and harri", "graceful college", "2"])
def test_without_one_name_nobody_is_guessed(text: str) -> None:
    assert who_is_named(text, NAMES) is None


def test_two_of_the_same_name_are_left_to_a_person() -> None:
    assert who_is_named("Sam", ("Sam", "Sam")) is None


def test_accents_do_not_matter() -> None:
    assert who_is_named("llyr: college", ("Llŷr", "Grace")) == Named(0, "college")


@given(st.text(max_size=200), st.lists(st.text(max_size=12), max_size=3))
def test_any_text_and_names_can_be_read(text: str, names: list[str]) -> None:
    found = who_is_named(text, names)
    assert found is None or 0 <= found.place < len(names)
