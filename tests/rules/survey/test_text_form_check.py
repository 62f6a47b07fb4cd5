"""The fitness check: no word the carrier acts on, no list too long, no text that costs twice."""

from dataclasses import replace

import pytest

from surveybot.catalogue import load_catalogue
from surveybot.rules.survey.questionnaire import Question, QuestionnaireFaults, Survey, read_survey
from surveybot.rules.survey.text_form import TextChoice, TextForm
from surveybot.rules.survey.text_form_check import RESERVED, fitness_faults
from surveybot.rules.texting.text_talk import can_talk

CATALOGUE = load_catalogue()
AUTUMN = CATALOGUE.survey("autumn-intentions")


def with_form(form: TextForm, question_id: str = "help") -> Survey:
    def changed(question: Question) -> Question:
        return replace(question, text_form=form) if question.id == question_id else question

    return replace(AUTUMN, questions=tuple(map(changed, AUTUMN.questions)))


def faults(survey: Survey) -> list[str]:
    return fitness_faults(survey, CATALOGUE.reply_words, CATALOGUE.destination_kinds)


@pytest.mark.parametrize("slug", ["autumn-intentions", "after-mocks", "before-leaving", "results-day"])
def test_the_shipped_surveys_can_be_held_by_text(slug: str) -> None:
    assert can_talk(CATALOGUE.survey(slug))
    assert faults(CATALOGUE.survey(slug)) == []


def form(*labels: str, prompt: str = "Help?", words: tuple[str, ...] = ()) -> TextForm:
    values = ("talk", "none", "applying", "money")
    choices = [
        TextChoice(value, {"en": label}, words if number == 0 else ())
        for number, (value, label) in enumerate(zip(values, labels, strict=False))
    ]
    return TextForm({"en": prompt}, tuple(choices))


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_a_word_that_the_network_acts_on_is_no_answer(word: str) -> None:
    assert any("phone network" in fault for fault in faults(with_form(form(word.upper(), "not now"))))
    assert any("phone network" in fault for fault in faults(with_form(form("talk", "no", words=(word,)))))


def test_a_text_of_two_parts_is_refused() -> None:
    assert any(
        "takes 2 parts in GSM-7" in fault for fault in faults(with_form(form("a", "b", prompt="x" * 160)))
    )


def test_one_letter_outside_the_cheap_alphabet_is_refused() -> None:
    assert any("UCS-2" in fault for fault in faults(with_form(form("a", "b", prompt="Help, Łucja?"))))


def test_a_long_label_is_refused() -> None:
    assert any("longer than" in fault for fault in faults(with_form(form("a" * 35, "b"))))


def test_one_word_has_one_meaning() -> None:
    assert any("means both" in fault for fault in faults(with_form(form("a", "b", words=("b",)))))


def test_a_condition_names_an_answer_that_a_text_can_give() -> None:
    condition = replace(form("a", "b"), only_if={"plan": ("same",)})
    assert any("only_if" in fault for fault in faults(with_form(condition)))


def raw_survey(text_form: object, kind: str = "choice") -> dict[str, object]:
    question = {
        "id": "plan",
        "kind": kind,
        "label": {"en": "Plan?"},
        "choices": [{"value": "a", "label": {"en": "A"}}, {"value": "b", "label": {"en": "B"}}],
        "text_form": text_form,
    }
    return {
        "titles": {"en": "T"},
        "question": {"en": "q?"},
        "audience": "student",
        "stage": "in_school",
        "year_groups": [11],
        "first_channel": "sms",
        "closes_after_days": 7,
        "questions": [question],
    }


@pytest.mark.parametrize(
    ("text_form", "fault"),
    [
        ("short", "must be a table"),
        ({}, "prompt.en is missing"),
        ({"prompt": {"en": "P"}, "choices": []}, "two choices at least"),
        ({"prompt": {"en": "P"}, "choices": [{"value": "z", "label": {"en": "Z"}}] * 2}, "no choice 'z'"),
        ({"prompt": {"en": "P"}, "keys": 1, "choices": []}, "'keys' is not known here"),
        (
            {"prompt": {"en": "P"}, "choices": [{"value": "a", "label": {}, "x": 1}] * 2},
            "'x' is not known here",
        ),
    ],
)
def test_a_wrong_shape_is_named(text_form: object, fault: str) -> None:
    with pytest.raises(QuestionnaireFaults) as found:
        read_survey("own", "0", raw_survey(text_form))
    assert any(fault in one for one in found.value.faults)


def test_a_free_text_question_has_no_text_form() -> None:
    with pytest.raises(QuestionnaireFaults, match="cannot be asked by text"):
        read_survey("own", "0", raw_survey({"prompt": {"en": "P"}}, kind="text"))
