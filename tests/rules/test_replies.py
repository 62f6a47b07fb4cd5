"""Replies as students write them, read against a question."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveybot.catalogue import load_catalogue
from surveybot.rules.replies import NotUnderstood, Option, Understood, Unsure, read_choice
from surveybot.rules.reply_destinations import read_destination, read_name
from surveybot.rules.reply_words import Offer, offer_for

CORPUS = tomllib.loads((Path(__file__).parent.parent / "data" / "reply_corpus.toml").read_text())
HELP = (
    Option("talk", "I would like to talk", ("talk", "need help"), agrees=True),
    Option("none", "not right now", ("not now", "sorted"), declines=True),
)


def offer(year_group: int = 11, *, own_sixth_form: bool = True) -> Offer:
    catalogue = load_catalogue()
    return offer_for(
        catalogue.reply_words,
        catalogue.destination_kinds,
        year_group=year_group,
        own_sixth_form=own_sixth_form,
    )


def said(entry: dict[str, Any]) -> Understood:
    return Understood(**{key: value for key, value in entry.items() if key != "text"})


@pytest.mark.parametrize("entry", CORPUS["certain"], ids=lambda entry: entry["text"])
def test_what_is_plainly_said_is_understood(entry: dict[str, Any]) -> None:
    assert read_destination(entry["text"], offer()) == said(entry)


@pytest.mark.parametrize("entry", CORPUS["likely"], ids=lambda entry: entry["text"])
def test_what_is_only_likely_is_a_suggestion(entry: dict[str, Any]) -> None:
    assert read_destination(entry["text"], offer()) == Unsure(said(entry))


@pytest.mark.parametrize("text", CORPUS["nothing"]["texts"])
def test_what_says_nothing_is_not_understood(text: str) -> None:
    assert isinstance(read_destination(text, offer()), NotUnderstood)


def test_a_key_means_what_stood_in_this_persons_list() -> None:
    assert read_destination("3", offer(11)) == Understood("line:job")
    assert read_destination("3", offer(13)) == Understood("gap_year")


def test_without_a_sixth_form_of_its_own_a_school_does_not_hear_of_it() -> None:
    there = read_destination("staying on", offer(own_sixth_form=False))
    assert isinstance(there, NotUnderstood)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", "talk"),
        ("1 please", "talk"),
        ("yes", "talk"),
        ("Yes please!", "talk"),
        ("yeah go on", None),
        ("👍", "talk"),
        ("i would like to talk", "talk"),
        ("talk", "talk"),
        ("2", "none"),
        ("no", "none"),
        ("no thanks", "none"),
        ("nah im good", None),
        ("im good", "none"),
        ("not right now", "none"),
        ("not rigt now thanks", "none"),
        ("sorted", "none"),
        ("👎", "none"),
        ("3", None),
        ("maybe", None),
        ("talk or not now", None),
        ("", None),
    ],
)
def test_a_choice_is_read_by_key_word_yes_or_no(text: str, value: str | None) -> None:
    reading = read_choice(text, HELP)
    assert (reading.value if isinstance(reading, Understood) else None) == value


def test_yes_means_nothing_where_no_choice_is_a_yes() -> None:
    assert isinstance(read_choice("yes", [Option("a", "first"), Option("b", "second")]), NotUnderstood)


@pytest.mark.parametrize(
    ("text", "provider", "course"),
    [
        ("its abingdon college", "abingdon college", ""),
        ("Bath College", "Bath College", ""),
        ("bath college doing plumbing", "bath college", "plumbing"),
        ("doing plumbing at bath college", "bath college", "plumbing"),
        ("going to bhasvic", "bhasvic", ""),
        ("I think City of Bristol tbh", "City of Bristol", ""),
        ("CCB", "CCB", ""),
    ],
)
def test_a_name_is_kept_as_it_was_written(text: str, provider: str, course: str) -> None:
    assert read_name(text) == Understood(provider=provider, course=course)


@pytest.mark.parametrize("text", ["0", "skip", "idk", "not sure yet", "dont know", "none"])
def test_a_name_may_be_left_out(text: str) -> None:
    assert read_name(text) == Understood(skip=True)


@pytest.mark.parametrize("text", ["1", "", "?", "x" * 200])
def test_a_name_is_more_than_a_key(text: str) -> None:
    assert isinstance(read_name(text), NotUnderstood)


@given(st.text(max_size=300))
def test_any_text_can_be_read_against_any_question(text: str) -> None:
    for reading in (read_destination(text, offer(13)), read_choice(text, HELP), read_name(text)):
        assert isinstance(reading, Understood | Unsure | NotUnderstood)
