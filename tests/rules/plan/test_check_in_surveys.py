"""What the check-ins ask, and what an answer to one says."""

import pytest

from surveybot.catalogue import load_catalogue
from surveybot.rules.answer.answer_facts import meaning_of
from surveybot.rules.answer.consent import Purpose
from surveybot.rules.destination.destinations import FactKind
from surveybot.rules.survey.questionnaire_check import Effect, Stage
from tests.rules.survey.test_questionnaire import reading_age

CHECK_INS = ("check-in-november", "check-in-spring", "check-in-year-2", "check-in-year-3")
SURVEYS = load_catalogue().surveys


def test_every_survey_of_the_plan_is_there_and_asks_the_purposes_that_the_plan_names() -> None:
    for one in load_catalogue().check_ins.check_ins:
        survey = SURVEYS[one.survey]
        assert survey.purposes == one.purposes, one
        assert set(one.year_groups) <= set(survey.year_groups)
        assert (survey.stage is Stage.AFTER_LEAVING) is one.after_leaving
        assert survey.first_channel is one.first_channel


@pytest.mark.parametrize("slug", CHECK_INS)
def test_still_the_same_is_one_tap_and_help_is_another(slug: str) -> None:
    first = SURVEYS[slug].questions[0]
    assert first.send and first.text_form
    assert [(choice.value, choice.effect) for choice in first.choices] == [
        ("same", Effect.SAME),
        ("changed", Effect.CHANGED),
        ("help", Effect.HELP),
    ]


@pytest.mark.parametrize("slug", [*CHECK_INS, "enrolled"])
def test_a_move_is_asked_with_its_month(slug: str) -> None:
    since = next(question for question in SURVEYS[slug].questions if question.id == "since")
    assert len(since.choices) == 12


def test_enrolled_asks_whether_the_provider_may_confirm() -> None:
    assert SURVEYS["enrolled"].purposes == (Purpose.PROVIDER_CONFIRM,)


def test_whoever_has_left_says_what_they_do_not_what_they_plan() -> None:
    content = {
        "still": "changed",
        "options": [{"kind": "job", "provider": "Hillview Garage"}],
        "since": "june",
    }
    meaning = meaning_of(SURVEYS["check-in-november"], content)
    assert meaning.after_leaving and not meaning.same
    (fact,) = meaning.facts
    assert (fact.kind, fact.destination, fact.started_month) == (FactKind.ACTUAL, "job", 6)
    assert not meaning.half
    assert meaning_of(SURVEYS["check-in-november"], {"still": "changed"}).half
    assert meaning_of(SURVEYS["check-in-november"], {"still": "same"}).same
    assert meaning_of(SURVEYS["check-in-november"], {"still": "help"}).wants_help


@pytest.mark.parametrize("slug", [*CHECK_INS, "enrolled", "goodbye"])
def test_a_twelve_year_old_can_read_a_check_in(slug: str) -> None:
    survey = SURVEYS[slug]
    texts = [survey.titles["en"], survey.intro["en"]]
    for question in survey.questions:
        texts += [text.get("en", "") for text in (question.label, question.hint)]
        texts += [choice.label["en"] for choice in question.choices]
    assert reading_age(" ".join(text if text[-1] in ".?!" else text + "." for text in texts if text)) <= 12
