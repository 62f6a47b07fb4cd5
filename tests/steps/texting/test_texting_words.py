"""What the bot says: one part of a text each, however long the school's name, with nothing it may not say."""

import re
from datetime import UTC, datetime

import pytest

from surveybot.catalogue import load_catalogue
from surveybot.config import LONGEST_PUBLIC_URL
from surveybot.links import PATHS, LinkPurpose
from surveybot.messages import TEXTS, load_templates
from surveybot.records.schools import School
from surveybot.rules.delivery.text_length import measure
from surveybot.rules.destination.destination_kinds import GROWN_UP
from surveybot.rules.survey.text_form_check import RESERVED
from surveybot.rules.texting.reply_words import offer_for
from surveybot.rules.texting.text_talk import Talk, addressed, every_ask
from surveybot.steps.texting.say import words_for

NAMES = (
    "Hillview School",
    "Marlbridge Community School and Sixth Form College with a Very Long Name Indeed",
    "Ysgol Gyfun Gymraeg Llŷn",
)
VALUES = {
    "link": "https://".ljust(LONGEST_PUBLIC_URL, "a") + PATHS[LinkPurpose.PASSPORT] + "0" * 29,
    "receipt": "7K2M-9QXA",
    "adult": "Mrs Bartholomew-Featherstonehaugh",
    "by_when": "4pm on Wed 23 Sep",
    "ring": load_catalogue().jurisdictions["ENG"].careers_line,
    "names": "Bartholomew or Maximiliana",
    "first_name": "Bartholomew",
    "answer": "Further education college, Abingdon and Witney College, plumbing level 2",
    "question": "Would you like someone to help you with any of this? 1 I would like to talk 2 not right now",
}
EVERY = sorted(path.stem for path in TEXTS.iterdir())


IN_TERM = {key: value for key, value in VALUES.items() if key != "ring"}


@pytest.mark.parametrize("school", NAMES)
@pytest.mark.parametrize("name", EVERY)
def test_every_text_is_one_part(name: str, school: str) -> None:
    row = School(urn="1", name=school, created_at=datetime(2026, 1, 1, tzinfo=UTC))
    for values in (VALUES, IN_TERM, {**VALUES, "adult": "A" * 200}, {**IN_TERM, "adult": "A" * 200}):
        said = words_for(name, values, row)
        assert measure(said).fits_one, said
        assert "{" not in said


@pytest.mark.parametrize("name", ["help", "done-help"])
def test_in_the_holidays_the_number_to_ring_always_finds_room(name: str) -> None:
    for adult in ("Ms Ox", VALUES["adult"], "A" * 200):
        assert VALUES["ring"] in words_for(name, {**VALUES, "adult": adult}, None)


def test_a_question_to_one_of_two_is_one_part_with_the_name() -> None:
    catalogue = load_catalogue()
    kinds = catalogue.destination_kinds
    for survey in catalogue.surveys.values():
        for year_group in (11, 13, GROWN_UP):
            offer = offer_for(catalogue.reply_words, kinds, year_group=year_group, own_sixth_form=True)
            for ask in every_ask(Talk(survey, offer, kinds)):
                assert measure(addressed(ask, "Bartholomew")).fits_one, ask.text


def test_the_numbers_to_ring_are_in_the_caring_text_and_nothing_urgent_is_elsewhere() -> None:
    care = words_for("care", {}, None)
    for number in ("999", "Childline 0800 1111", "Samaritans 116 123", "SHOUT to 85258"):
        assert number in care


@pytest.mark.parametrize("name", EVERY)
def test_nobody_is_asked_to_answer_with_a_word_of_the_network(name: str) -> None:
    """STOP is named as what it is; nothing else of theirs follows "text" or "reply"."""
    text = load_templates(TEXTS).files[f"{name}.txt"]
    asked_for = re.findall(r"(?:[Tt]ext|[Rr]eply)(?: with)? ([A-Z]+)\b", text)
    assert not {word.lower() for word in asked_for} & (RESERVED - {"stop"})


def test_what_is_said_to_a_wrong_number_names_nobody() -> None:
    for name in ("wrong-number", "who-is-this"):
        assert not {"{first_name}", "{answer}", "{names}"} & set(
            re.findall(r"\{\w+\}", load_templates(TEXTS).files[f"{name}.txt"])
        )
