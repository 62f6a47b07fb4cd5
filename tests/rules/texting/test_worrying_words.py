"""What the safeguarding lead must see, and what is only a way of speaking."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveybot.rules.texting.worrying_words import Worry, worry_in

CORPUS = tomllib.loads((Path(__file__).parents[2] / "data" / "worrying_corpus.toml").read_text())


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in CORPUS.items() for text in texts])
def test_a_worry_is_heard_and_a_figure_of_speech_is_not(kind: str, text: str) -> None:
    worry = worry_in(text)
    assert (worry.value if worry else "nothing") == kind


FILLERS = ("ok", "college i think", "lol", "going to ccb", "1", "thanks", "my mum says hi")


@given(
    before=st.sampled_from(FILLERS),
    after=st.sampled_from(FILLERS),
    worry=st.sampled_from(CORPUS["self_harm"]),
)
def test_what_stands_around_a_worry_does_not_hide_it(before: str, after: str, worry: str) -> None:
    assert worry_in(f"{before}. {worry}, {after}") is Worry.SELF_HARM


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    assert worry_in(text) in (None, *Worry)
