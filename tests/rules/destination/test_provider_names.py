"""A guess at a college is a question, asked only where it is likely and clear."""

import pytest

from surveybot.catalogue import college_seed, load_catalogue
from surveybot.rules.destination.provider_names import KnownName, fold, guesses, place_words, words

KNOWN = [KnownName(number, fold(entry.name)) for number, entry in enumerate(college_seed())]
NAMES = {name.id: name.folded for name in KNOWN}


def guess(text: str) -> list[str]:
    return [NAMES[id_] for id_ in guesses(text, KNOWN, aliases=load_catalogue().provider_aliases)]


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("St Mary’s College, Blackburn", "st marys college blackburn"),
        ("  Café   Zoë-Łódź ", "cafe zoe lodz"),
        ("Barking & Dagenham", "barking and dagenham"),
        ("ＣＩＴＹ College", "city college"),
        ("...", ""),
    ],
)
def test_names_fold_to_letters_and_single_spaces(name: str, folded: str) -> None:
    assert fold(name) == folded


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("exter college", "exeter college"),
        ("leeds city collage", "leeds city college"),
        ("abingdon and whitney", "abingdon and witney college"),
        ("hills road", "hills road sixth form college"),
        ("BMET", "birmingham metropolitan college"),
        ("Bath College", "bath college"),
    ],
)
def test_a_misspelt_or_short_name_finds_its_college(text: str, name: str) -> None:
    assert guess(text) == [name]


def test_a_name_that_fits_two_asks_which() -> None:
    assert guess("leeds") == ["leeds city college", "leeds college of building"]


@pytest.mark.parametrize(
    "text", ["tesco", "college", "sixth form college", "my uncle", "a", "", "university"]
)
def test_what_is_unlikely_or_fits_many_is_not_guessed(text: str) -> None:
    assert guess(text) == []


def test_the_own_authority_decides_between_equal_names() -> None:
    known = [KnownName(1, "st johns", "931"), KnownName(2, "st johns academy", "202")]
    assert guesses("st jons", known, aliases={}, la="931") == (1,)
    assert guesses("st jons academy", known, aliases={}, la="") == (2,)


def test_little_words_do_not_count_in_a_search() -> None:
    assert words("The City of Oxford") == ["city", "oxford"]
    assert words("of") == ["of"]


def test_a_county_gives_the_word_that_its_colleges_bear() -> None:
    assert place_words("Oxfordshire") == ["oxford"]
    assert place_words("City of London") == ["london"]
    assert place_words("Hampshire") == ["hampshire"]


@pytest.mark.parametrize(
    ("short", "name"),
    [
        ("bcot", "basingstoke college of technology"),
        ("BSix", "sixth form college brooke house the"),
        ("btc", "bridgwater and taunton college"),
        ("cobc", "city of bristol college"),
        ("gbmet", "greater brighton metropolitan college"),
        ("hsdc", "havant and south downs college"),
        ("lsec", "london south east colleges lsec"),
        ("newvic", "newham sixth form college"),
        ("sfx", "st francis xavier sixth form college"),
        ("sgs", "south gloucestershire and stroud college"),
        ("south and city", "south and city college birmingham"),
        ("west notts", "vision west nottinghamshire college"),
        ("WQE", "wqe and regent colleges group"),
    ],
)
def test_a_college_goes_by_its_short_name_too(short: str, name: str) -> None:
    assert guess(short) == [name]
