"""Questionnaires: what is shipped can be used, and what cannot is refused with every fault at once."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from surveybot.catalogue import load_catalogue
from surveybot.rules.answer.answer_facts import facts_from_answer, meaning_of
from surveybot.rules.answer.consent import Purpose
from surveybot.rules.destination.destinations import FactKind
from surveybot.rules.survey.neutral_order import LAST, ORDERS, OWN_SIXTH_FORM, offered_kinds, order_for
from surveybot.rules.survey.questionnaire import QuestionnaireFaults, in_language, read_survey
from surveybot.rules.survey.questionnaire_check import AskPurposes

FOLDER = Path(__file__).parents[3] / "surveybot" / "surveys"
SHIPPED = ("after-mocks", "autumn-intentions", "before-leaving", "parent-consent", "results-day")
KINDS = tuple(load_catalogue().destination_kinds.values())


def raw(slug: str = "after-mocks", **changed: Any) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{slug}.toml").read_text("utf-8")) | changed


def faults(content: dict[str, Any]) -> list[str]:
    with pytest.raises(QuestionnaireFaults) as caught:
        read_survey("mine", "1", content)
    return caught.value.faults


def test_the_five_surveys_of_the_first_year_are_there() -> None:
    assert set(SHIPPED) <= set(load_catalogue().surveys)


@pytest.mark.parametrize("slug", SHIPPED)
def test_a_survey_asks_at_most_two_purposes(slug: str) -> None:
    survey = load_catalogue().survey(slug)
    assert survey.purposes == (Purpose.CONTACT_AFTER_LEAVING, Purpose.LA_SHARE_BACK)
    always = survey.ask_purposes is AskPurposes.ALWAYS
    assert always == (slug in ("after-mocks", "before-leaving", "parent-consent"))


def test_every_fault_is_said_at_once() -> None:
    said = faults(
        raw(
            titles={"cy": "Teitl"},
            purposes=["P1", "P2", "P3", "P4"],
            year_groups=[12],
            first_channel="pigeon",
            closes_after_days=0,
            colour="red",
            questions=[
                {"id": "Q!", "kind": "essay"},
                {"id": "sure", "kind": "choice", "label": {"en": " "}, "choices": [{"value": "one"}]},
                {"id": "sure", "kind": "options", "label": {"en": "?"}, "most": 4},
            ],
        )
    )
    text = "\n".join(said)
    for part in (
        "titles.en is missing",
        "names 4: a survey asks 2 at most",
        "P4, which is asked on the consent page alone",
        "year_groups",
        "first_channel must be one of sms, email",
        "closes_after_days",
        "'colour' that is not known",
        "(Q!): kind must be one of",
        "(Q!): id must be",
        "(sure): label.en is empty",
        "there must be two choices at least",
        "choice 1: label.en is missing",
        "most must be a whole number from 1 to 3",
        "Two questions have the id 'sure'",
    ):
        assert part in text, part


@pytest.mark.parametrize("purposes", [["P9"], ["P1", "P1"], "P1", [], [{}], [1]])
def test_purposes_are_checked_without_a_crash(purposes: Any) -> None:
    assert faults(raw(purposes=purposes))


@pytest.mark.parametrize(
    "questions",
    [None, [], "none", [1], [{}], [{"id": 1, "kind": {}}], [{"id": "a", "kind": "choice", "choices": 3}]],
)
def test_questions_are_checked_without_a_crash(questions: Any) -> None:
    assert faults(raw(questions=questions))


def test_nothing_may_be_chosen_beforehand() -> None:
    content = raw()
    content["questions"][1]["choices"][0]["checked"] = True
    assert any("chosen beforehand" in fault or "not known" in fault for fault in faults(content))


def test_a_missing_language_falls_back_to_english() -> None:
    assert in_language({"en": "Hello", "cy": "Helo"}, "cy") == "Helo"
    assert in_language({"en": "Hello"}, "cy") == "Hello"


@pytest.mark.parametrize("slug", SHIPPED)
def test_a_twelve_year_old_can_read_it(slug: str) -> None:
    survey = load_catalogue().survey(slug)
    texts = [survey.titles["en"], survey.intro["en"]]
    for question in survey.questions:
        texts += [in_language(text, "en") for text in (question.label, question.hint)]
        texts += [choice.label["en"] for choice in question.choices]
    assert reading_age(" ".join(text if text[-1] in ".?!" else text + "." for text in texts if text)) <= 12


def reading_age(text: str) -> float:
    """Flesch-Kincaid grade, plus five years."""
    words = re.findall(r"[A-Za-z’']+", text)
    sentences = len(re.findall(r"[.?!:]+", text))
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", word.lower().removesuffix("e")))) for word in words)
    return 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59 + 5


@pytest.mark.parametrize("order", range(ORDERS))
def test_the_own_sixth_form_is_never_first(order: int) -> None:
    mixed, last = offered_kinds(KINDS, year_group=11, own_sixth_form=True, order=order)
    keys = [kind.key for kind in mixed]
    assert OWN_SIXTH_FORM in keys[1:]
    assert [kind.key for kind in last] == list(LAST)
    assert not {"looking", "traineeship", "university"} & set(keys)


def test_the_order_favours_none_and_stays_the_same_for_one_person() -> None:
    firsts = [
        offered_kinds(KINDS, year_group=11, own_sixth_form=True, order=order_for(number))[0][0].key
        for number in range(2_000)
    ]
    offered = {kind.key for kind in offered_kinds(KINDS, year_group=11, own_sixth_form=False, order=0)[0]}
    assert max(firsts.count(key) for key in offered) < 2_000 / 4
    assert len(set(firsts)) > len(offered) / 2
    assert order_for(77) == order_for(77)


def test_a_school_without_a_sixth_form_offers_none_of_its_own() -> None:
    mixed, _ = offered_kinds(KINDS, year_group=11, own_sixth_form=False, order=3)
    assert OWN_SIXTH_FORM not in {kind.key for kind in mixed}


def test_options_become_facts_in_the_order_of_preference() -> None:
    survey = load_catalogue().survey("after-mocks")
    options = [{"kind": "apprenticeship", "status": "place"}, {"kind": "job"}]
    said = [(fact.kind, fact.preference) for fact in facts_from_answer(survey, {"options": options})]
    assert said == [(FactKind.INTENDED, 1), (FactKind.OFFER, 1), (FactKind.INTENDED, 2)]


def test_the_same_plan_with_another_option_is_another_plan() -> None:
    survey = load_catalogue().survey("results-day")
    assert meaning_of(survey, {"plan": "same"}).same
    assert not meaning_of(survey, {"plan": "same", "options": [{"kind": "job"}]}).same
