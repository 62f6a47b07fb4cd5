"""The words about consent: complete, plain, naming who, and known by their hash for ever."""

import re
from typing import Any

import pytest

from surveybot.catalogue import load_catalogue
from surveybot.rules.answer.consent import Actor, Purpose
from surveybot.rules.school_settings import SchoolSettings
from surveybot.rules.survey.wordings import (
    Controllers,
    Wording,
    WordingFault,
    Wordings,
    read_wordings,
    text_sha256,
)

WORDINGS = load_catalogue().wordings
NAMED = Controllers("Larkfield School", "the council for Cornwall", "Harbour Careers")
SUBJECTS = [*Purpose, "statutory", "privacy"]
PARENTS = ["P1", "P2", "statutory", "privacy"]
ALL = [(subject, Actor.SELF) for subject in SUBJECTS] + [(subject, Actor.PARENT) for subject in PARENTS]


def entry(**changes: Any) -> dict[str, Any]:
    english = {
        "short": "Asking",
        "question": "May {school} ask?",
        "lines": ["{contractor} helps.", "It is free."],
    }
    text = {**english, "yes": "Yes, ask", "no": "No, do not ask"}
    return {"version": "P1.9", "purpose": "P1", "asked_of": "student", "en": text, **changes}


def read(**changes: Any) -> Wording:
    (wording,) = read_wordings("own.toml", {"wording": [entry(**changes)]})
    return wording


def reading_age(text: str) -> float:
    """Flesch-Kincaid grade plus five: the age at which a pupil reads it with ease."""
    sentences = [part for part in re.split(r"[.!?:\n]+", text) if part.strip()]
    words = re.findall(r"[a-z']+", text.casefold())
    syllables = 0
    for word in words:
        groups = len(re.findall(r"[aeiouy]+", word))
        silent = word.endswith("e") and not word.endswith(("le", "ee")) and groups > 1
        syllables += max(1, groups - silent)
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59 + 5


@pytest.mark.parametrize(("subject", "asked_of"), ALL)
def test_every_wording_can_be_read_at_twelve(subject: str, asked_of: Actor) -> None:
    shown = WORDINGS.of(subject, asked_of).show("en", Controllers("Park School", "the council", "Mill"))
    assert reading_age(shown.text) <= 12, subject


@pytest.mark.parametrize(("subject", "asked_of"), ALL)
def test_every_wording_names_the_school_and_leaves_no_brace(subject: str, asked_of: Actor) -> None:
    text = WORDINGS.of(subject, asked_of).render("en", NAMED)
    assert "Larkfield School" in text
    assert not re.search(r"[{}]", text)
    assert not re.search(r"(?:^|[.!?] )the council", text, re.M), "a sentence begins with a small letter"


@pytest.mark.parametrize("purpose", list(Purpose))
def test_every_purpose_says_that_a_yes_can_be_taken_back_and_that_no_changes_nothing(
    purpose: Purpose,
) -> None:
    text = WORDINGS.of(purpose).render("en", NAMED)
    assert "You can change your mind at any time" in text
    assert re.search(r"If you say no, nothing (else )?changes for you", text)


@pytest.mark.parametrize(("subject", "asked_of"), [("P2", Actor.SELF), ("P2", Actor.PARENT), *ALL[7:8]])
def test_whoever_else_relies_on_it_is_named(subject: str, asked_of: Actor) -> None:
    text = WORDINGS.of(subject, asked_of).render("en", NAMED)
    assert "the council for Cornwall" in text
    assert "Harbour Careers" in text


@pytest.mark.parametrize("purpose", list(Purpose))
def test_yes_and_no_are_of_one_weight(purpose: Purpose) -> None:
    yes, no = WORDINGS.of(purpose).show("en", NAMED).choices
    assert yes.startswith("Yes, ")
    assert no.startswith("No, ")
    assert abs(len(yes) - len(no)) <= 10


def test_the_objection_has_its_own_words_and_says_what_cannot_be_stopped() -> None:
    own, parents = (
        WORDINGS.of("statutory", actor).render("en", NAMED) for actor in (Actor.SELF, Actor.PARENT)
    )
    for text in (own, parents):
        assert "name" in text
        assert "No one can stop this part" in text
        assert "other information" in text
    assert "You are 16 or over" in own
    assert "under 16" in parents


def test_a_school_without_a_contractor_does_not_speak_of_one() -> None:
    text = WORDINGS.of("P2").render("en", Controllers("Larkfield School", "the council for Cornwall"))
    assert "does this work" not in text
    assert "  " not in text


def test_a_purpose_whose_controller_has_no_name_is_not_to_be_asked() -> None:
    nameless = Controllers("Larkfield School")
    assert not WORDINGS.of("P2").names_everyone(nameless)
    assert WORDINGS.of("P1").names_everyone(nameless)
    assert WORDINGS.of("P2").names_everyone(NAMED)


def test_a_schools_settings_give_the_controllers() -> None:
    named = load_catalogue().controllers(
        "Park School", SchoolSettings(la="908", la_contractor="Mill Careers")
    )
    assert named == Controllers("Park School", "the council for Cornwall", "Mill Careers")
    assert load_catalogue().controllers("Park School", SchoolSettings()) == Controllers("Park School")


def test_the_exact_words_come_back_from_what_is_stored() -> None:
    wording = WORDINGS.of("P2")
    stored = NAMED.as_stored(wording, "en")
    again = WORDINGS.shown_then(wording.version, "en", stored)
    assert again
    assert again.sha256 == text_sha256(wording.render("en", NAMED))
    assert stored[0] == {"role": "school", "name": "Larkfield School"}


def test_only_the_named_are_stored() -> None:
    assert NAMED.as_stored(WORDINGS.of("P1"), "en") == [{"role": "school", "name": "Larkfield School"}]


def test_a_version_that_is_gone_shows_nothing() -> None:
    assert WORDINGS.shown_then("P1.0", "en", []) is None


def test_one_changed_letter_is_another_hash() -> None:
    assert text_sha256(WORDINGS.of("P1").render("en", NAMED)) != text_sha256(
        WORDINGS.of("P1").render("en", Controllers("Larkfeld School"))
    )


def test_a_language_without_a_text_falls_back_to_english_and_says_so() -> None:
    assert WORDINGS.of("P1").show("pl", NAMED).language == "en"
    polish = {
        "short": "Pytania",
        "question": "Czy {school} pyta?",
        "lines": ["Tak."],
        "yes": "Tak",
        "no": "Nie",
    }
    assert read(pl=polish).show("pl", NAMED).question == "Czy Larkfield School pyta?"


def test_the_last_version_is_in_use_and_the_first_can_still_be_shown() -> None:
    both = Wordings([read(), read(version="P1.10")])
    assert both.of("P1").version == "P1.10"
    assert both.version("P1.9")


def test_a_parent_without_words_of_their_own_gets_the_students() -> None:
    assert WORDINGS.of("P3", Actor.PARENT) is WORDINGS.of("P3")


def test_a_schools_name_is_put_in_as_it_is() -> None:
    text = read().render("en", Controllers("{la} & <b>{0}</b>"))
    assert text.startswith("May {la} & <b>{0}</b> ask?")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"version": ""}, "version, purpose and asked_of"),
        ({"purpose": "P8"}, "version, purpose and asked_of"),
        ({"asked_of": "staff"}, "version, purpose and asked_of"),
        ({"en": {"short": "x", "question": "May we?", "lines": ["x"], "yes": "Yes"}}, "no is missing"),
        ({"en": {**entry()["en"], "lines": ["{name} decides."]}}, "only"),
        ({"en": {**entry()["en"], "lines": ["one\ntwo"]}}, "one line each"),
        ({"en": {**entry()["en"], "question": "May {contractor}?"}}, "contractor"),
    ],
)
def test_a_faulty_wording_is_refused_with_its_place(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(WordingFault, match=problem):
        read(**changes)


def test_a_wording_without_english_is_refused() -> None:
    entries = entry()
    entries["pl"] = entries.pop("en")
    with pytest.raises(WordingFault, match="English"):
        read_wordings("own.toml", {"wording": [entries]})


def test_two_wordings_of_one_version_are_refused() -> None:
    with pytest.raises(WordingFault, match="stands twice"):
        Wordings([read(), read()])
