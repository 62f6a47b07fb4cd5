"""STOP as people write it, and what only looks like it."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveybot.catalogue import load_catalogue
from surveybot.rules.texting.reply_words import offer_for
from surveybot.rules.texting.stop_words import CARRIER_STOPS, StopSense, stop_in
from surveybot.rules.texting.text_hearing import answers_question
from surveybot.rules.texting.text_talk import Talk, next_ask

CORPUS = tomllib.loads((Path(__file__).parents[2] / "data" / "stop_corpus.toml").read_text())


def answers(text: str, year_group: int = 11) -> bool:
    """Whether a text answers "What would you like to do next?"."""
    catalogue = load_catalogue()
    kinds = catalogue.destination_kinds
    offer = offer_for(catalogue.reply_words, kinds, year_group=year_group, own_sixth_form=True)
    talk = Talk(catalogue.survey("autumn-intentions"), offer, kinds)
    return answers_question(talk, next_ask(talk, {}), text)


@pytest.mark.parametrize("text", CORPUS["stop"])
def test_who_asks_to_stop_is_stopped(text: str) -> None:
    assert stop_in(text) is StopSense.STOP
    assert stop_in(text, answers=answers) is StopSense.STOP


@pytest.mark.parametrize("text", CORPUS["hold"])
def test_what_may_be_a_stop_waits_for_a_person_also_where_it_says_more(text: str) -> None:
    assert stop_in(text) is StopSense.HOLD
    assert stop_in(text, answers=answers) is StopSense.HOLD


@pytest.mark.parametrize("text", CORPUS["answer"])
def test_an_answer_that_sounds_like_a_stop_is_an_answer(text: str) -> None:
    assert stop_in(text, answers=lambda words: answers(words, 11) or answers(words, 13)) is None
    assert answers(text, 11) or answers(text, 13)


@pytest.mark.parametrize("text", CORPUS["nothing"])
def test_what_only_looks_like_a_stop_is_none(text: str) -> None:
    assert stop_in(text) is None


@pytest.mark.parametrize("entry", CORPUS["with_a_question"], ids=lambda entry: entry["text"])
def test_the_open_question_decides_in_doubt_and_never_against_a_plain_wish(entry: dict[str, str]) -> None:
    sense = stop_in(entry["text"], answers=lambda _text: bool(entry["answers"]))
    assert (sense.value if sense else "nothing") == entry["means"]


def test_the_corpus_is_large_enough_to_mean_something() -> None:
    assert len(CORPUS["stop"]) >= 120
    assert len(CORPUS["hold"]) >= 70
    assert len(CORPUS["answer"]) + len(CORPUS["nothing"]) >= 80


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
