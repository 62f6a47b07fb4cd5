"""STOP as people write it, and what only looks like it."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveybot.rules.stop_words import CARRIER_STOPS, StopSense, stop_in

CORPUS = tomllib.loads((Path(__file__).parent.parent / "data" / "stop_corpus.toml").read_text())


@pytest.mark.parametrize("text", CORPUS["stop"])
def test_who_asks_to_stop_is_stopped(text: str) -> None:
    assert stop_in(text) is StopSense.STOP


@pytest.mark.parametrize("text", CORPUS["hold"])
def test_what_may_be_a_stop_waits_for_a_person(text: str) -> None:
    assert stop_in(text) is StopSense.HOLD


@pytest.mark.parametrize("text", CORPUS["nothing"])
def test_what_only_looks_like_a_stop_is_none(text: str) -> None:
    assert stop_in(text) is None


@pytest.mark.parametrize("entry", CORPUS["with_a_question"], ids=lambda entry: entry["text"])
def test_the_open_question_decides_in_doubt_and_never_against_a_plain_wish(entry: dict[str, str]) -> None:
    sense = stop_in(entry["text"], answers=lambda _text: bool(entry["answers"]))
    assert (sense.value if sense else "nothing") == entry["means"]


def test_the_corpus_is_large_enough_to_mean_something() -> None:
    assert len(CORPUS["stop"]) >= 60
    assert len(CORPUS["nothing"]) >= 40


@given(
    word=st.sampled_from(sorted(CARRIER_STOPS)),
    before=st.sampled_from(["", " ", "\u200b", "\n", "“"]),
    after=st.sampled_from(["", "!", ".", "  ", "…", "\ufeff", "\u200d", "”"]),
    upper=st.booleans(),
)
def test_a_word_the_carrier_acts_on_is_a_stop_however_it_is_wrapped(
    word: str, before: str, after: str, upper: bool
) -> None:
    assert stop_in(before + (word.upper() if upper else word) + after) is StopSense.STOP


@given(st.text(max_size=400))
def test_any_text_can_be_read(text: str) -> None:
    assert stop_in(text) in (None, StopSense.STOP, StopSense.HOLD)
