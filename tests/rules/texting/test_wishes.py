"""What a text asks for beside an answer."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveybot.rules.texting.wishes import Wish, wish_in

CORPUS = tomllib.loads((Path(__file__).parents[2] / "data" / "wish_corpus.toml").read_text())
EVERY = [(wish, text) for wish, texts in CORPUS.items() for text in texts]


@pytest.mark.parametrize(("wish", "text"), EVERY)
def test_a_wish_is_read_as_people_write_it(wish: str, text: str) -> None:
    found = wish_in(text, names=["Amira"])
    assert (found.value if found else "nothing") == wish


def test_stop_comes_before_every_other_wish() -> None:
    assert wish_in("wrong number, stop texting me") is Wish.STOP


def test_a_wrong_number_is_worth_more_than_a_doubt() -> None:
    assert wish_in("wrong number, im blocking you") is Wish.WRONG_NUMBER


def test_whoever_says_their_own_name_is_no_wrong_number() -> None:
    assert wish_in("Amira here", names=["Amira"]) is None


@given(st.text(max_size=300))
def test_any_text_can_be_asked_for_a_wish(text: str) -> None:
    assert wish_in(text, names=["Jo", "Llŷr", ""]) in (None, *Wish)
