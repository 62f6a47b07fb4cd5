"""An answer as staff read it: each question with what was said, in the words of its questionnaire."""

from collections.abc import Collection, Mapping
from typing import Any

from surveybot.catalogue import Catalogue
from surveybot.records.answer.answers import Answer
from surveybot.records.destination.destinations import DestinationFact
from surveybot.rules.answer.free_text import without_free_text
from surveybot.rules.destination.destinations import PlaceStatus
from surveybot.rules.survey.questionnaire import Question, in_language
from surveybot.rules.survey.questionnaire_check import QuestionKind
from surveybot.web.language import gettext as _
from surveybot.web.staff.plain_words import PLACES

Line = tuple[str, list[str]]
"""A question, and what was said to it."""


KEPT_BACK = _("kept for the safeguarding lead")


def answer_in_words(catalogue: Catalogue, answer: Answer, *, kept_back: Collection[int] = ()) -> list[Line]:
    """One line per question that was answered; bare ids where the questionnaire is gone.

    Of the answers `kept_back`, by number, the reader gets the choices but not the words.
    """
    survey = catalogue.surveys.get(answer.survey)
    if survey is None:
        return (
            [] if answer.id in kept_back else [(key, [str(value)]) for key, value in answer.content.items()]
        )
    content = answer.content
    if answer.id in kept_back:
        content = without_free_text(survey, content, KEPT_BACK)
    return [
        (in_language(question.label, "en") or question.id, said)
        for question in survey.questions
        if (said := _said(catalogue, question, content.get(question.id)))
    ]


def fact_in_words(catalogue: Catalogue, fact: DestinationFact) -> str:
    status = fact.status.value if fact.status else ""
    return _option(catalogue, fact.destination, fact.provider_name, fact.course_title, status)


def _said(catalogue: Catalogue, question: Question, value: Any) -> list[str]:
    if not value:
        return []
    if question.kind is QuestionKind.OPTIONS:
        return [_stored_option(catalogue, option) for option in value]
    if isinstance(value, str):
        return [_choice(question, value)]
    return [_choice(question, str(one)) for one in value]


def _choice(question: Question, value: str) -> str:
    choice = question.choice(value)
    return in_language(choice.label, "en") if choice else value


def _stored_option(catalogue: Catalogue, option: Mapping[str, str]) -> str:
    return _option(
        catalogue,
        option.get("kind", ""),
        option.get("provider", ""),
        option.get("course", ""),
        option.get("status", ""),
    )


def _option(catalogue: Catalogue, destination: str, provider: str, course: str, status: str) -> str:
    kind = catalogue.destination_kinds.get(destination)
    name = kind.label_in("en") if kind else destination
    place = PLACES[PlaceStatus(status)] if status else ""
    return ", ".join(part for part in (name, provider, course, place) if part)
