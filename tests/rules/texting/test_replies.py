"""Replies as students write them, read against a question."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveybot.catalogue import load_catalogue
from surveybot.rules.texting.replies import NotUnderstood, Option, Understood, Unsure, read_choice
from surveybot.rules.texting.reply_destinations import read_destination
from surveybot.rules.texting.reply_names import read_name
from surveybot.rules.texting.reply_words import Offer, offer_for

CORPUS = tomllib.loads((Path(__file__).parents[2] / "data" / "reply_corpus.toml").read_text())
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


def entries(section: str) -> list[tuple[str, Understood]]:
    """ "text -> provider ~ course", under the kind that it means."""
    found = []
    for value, texts in CORPUS[section].items():
        for entry in texts:
            rest, _, course = entry.partition(" ~ ")
            text, _, provider = rest.partition(" -> ")
            found.append((text, Understood(value, provider, course)))
    return found


@pytest.mark.parametrize(("text", "told"), entries("certain"))
def test_what_is_plainly_said_is_understood(text: str, told: Understood) -> None:
    assert read_destination(text, offer()) == told


@pytest.mark.parametrize(("text", "told"), entries("certain_13"))
def test_what_year_13_plainly_says_is_understood(text: str, told: Understood) -> None:
    assert read_destination(text, offer(13)) == told


@pytest.mark.parametrize(("text", "told"), entries("asked_back"))
def test_what_is_only_likely_is_a_suggestion(text: str, told: Understood) -> None:
    assert read_destination(text, offer()) == Unsure(told)


@pytest.mark.parametrize("entry", CORPUS["place"], ids=lambda entry: entry["text"])
def test_a_place_alone_has_no_kind(entry: dict[str, str]) -> None:
    assert read_destination(entry["text"], offer()) == Unsure(Understood(provider=entry["provider"]))


@pytest.mark.parametrize("text", CORPUS["same"]["texts"])
def test_the_same_as_before_is_the_same(text: str) -> None:
    assert read_destination(text, offer()) == Understood(same=True)


@pytest.mark.parametrize("text", CORPUS["nothing"]["texts"])
def test_what_says_nothing_is_not_understood(text: str) -> None:
    assert isinstance(read_destination(text, offer()), NotUnderstood)


def test_the_corpus_is_large_enough_to_mean_something() -> None:
    for section in ("certain", "asked_back"):
        assert len(entries(section)) >= 150
    assert len(CORPUS["nothing"]["texts"]) >= 150


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
        ("not rigt now thanks", None),
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


@pytest.mark.parametrize(
    "text", ["not rigt now thanks", "my friend says talk, i think so", "talk but not yet"]
)
def test_a_slip_or_a_doubt_makes_a_choice_a_suggestion(text: str) -> None:
    assert isinstance(read_choice(text, HELP), Unsure)


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
