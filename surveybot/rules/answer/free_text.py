"""What somebody wrote in an answer in their own words: the texts, and the names of places and courses."""

from collections.abc import Iterator, Mapping
from typing import Any

from surveybot.rules.survey.questionnaire import Survey
from surveybot.rules.survey.questionnaire_check import QuestionKind

PLACE, COURSE = "provider", "course"
TYPED = (PLACE, COURSE)


def places_named(survey: Survey, content: Mapping[str, Any]) -> Iterator[str]:
    """The names of providers, as they were written."""
    for question in survey.questions:
        if question.kind is QuestionKind.OPTIONS:
            yield from (option[PLACE] for option in content.get(question.id) or () if option.get(PLACE))


def free_text(survey: Survey, content: Mapping[str, Any]) -> Iterator[str]:
    for question in survey.questions:
        value = content.get(question.id)
        if question.kind is QuestionKind.TEXT and value:
            yield str(value)
        elif question.kind is QuestionKind.OPTIONS:
            for option in value or ():
                yield from (option[part] for part in TYPED if option.get(part))


def without_free_text(survey: Survey, content: Mapping[str, Any], instead: str) -> dict[str, Any]:
    """The answer as those may read it from whom its own words are kept."""
    kept = dict(content)
    for question in survey.questions:
        value = kept.get(question.id)
        if question.kind is QuestionKind.TEXT and value:
            kept[question.id] = instead
        elif question.kind is QuestionKind.OPTIONS and value:
            kept[question.id] = [
                {part: instead if part in TYPED and said else said for part, said in option.items()}
                for option in value
            ]
    return kept
