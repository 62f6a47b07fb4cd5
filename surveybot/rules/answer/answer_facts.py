"""What an answer says: the destination facts it holds, and whether it asks for help.

An answer's content is one value per question: a list of options, one word, a list of words, or a text.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from surveybot.rules.destination.destinations import FactKind, PlaceStatus
from surveybot.rules.survey.questionnaire import Choice, Survey
from surveybot.rules.survey.questionnaire_check import Effect, QuestionKind, Stage
from surveybot.rules.texting.worrying_words import worry_in

RATHER_NOT_SAY = "rather_not_say"
SAME_AS_BEFORE = "same_as_before"
"""In the content of a texted answer, where the question itself has no choice that says so."""

OPEN = frozenset({"not_sure", "looking", "something_else"})
SINCE = "since"  # the question of a check-in that asks for the month
MONTHS = {
    name: number
    for number, name in enumerate(
        (
            *("january", "february", "march", "april", "may", "june"),
            *("july", "august", "september", "october", "november", "december"),
        ),
        1,
    )
}
OFFERED = frozenset({PlaceStatus.OFFER, PlaceStatus.CONDITIONAL, PlaceStatus.PLACE})


@dataclass(frozen=True, slots=True)
class FactValue:
    """One destination fact, before anybody has said whose it is."""

    kind: FactKind
    destination: str  # a key of reference/destination_kinds.toml
    preference: int = 1
    provider_name: str = ""
    course_title: str = ""
    status: PlaceStatus | None = None
    started_month: int | None = None  # of whoever has left: since when


@dataclass(frozen=True, slots=True)
class AnswerMeaning:
    facts: tuple[FactValue, ...]
    same: bool = False  # what was said before still holds
    half: bool = False  # it has changed, and nobody knows to what: unfinished
    no_place: bool = False  # what was wanted most did not work out
    wants_help: bool = False
    declined: bool = False  # opened, and said no more than that
    after_leaving: bool = False  # a destination, not a plan

    @property
    def is_open(self) -> bool:
        """Where this person will be is not known from it: help may be welcome."""
        return self.no_place or any(fact.destination in OPEN for fact in self.facts)


def meaning_of(survey: Survey, content: Mapping[str, Any]) -> AnswerMeaning:
    """Read an answer; "the same" counts only where no option says otherwise."""
    facts = tuple(facts_from_answer(survey, content))
    effects = {choice.effect for choice in _chosen(survey, content)}
    return AnswerMeaning(
        facts=facts,
        same=(Effect.SAME in effects or bool(content.get(SAME_AS_BEFORE))) and not facts,
        half=Effect.CHANGED in effects and Effect.HELP not in effects and not facts,
        no_place=Effect.NO_PLACE in effects,
        wants_help=Effect.HELP in effects,
        declined=bool(facts) and all(fact.destination == RATHER_NOT_SAY for fact in facts),
        after_leaving=survey.stage is Stage.AFTER_LEAVING,
    )


def facts_from_answer(survey: Survey, content: Mapping[str, Any]) -> list[FactValue]:
    """Every option as an intention, in order of preference, and again as an offer where there is one.

    Whoever has left says what they do, not what they plan: one actual destination, with its month.
    """
    if survey.stage is Stage.AFTER_LEAVING:
        return list(_actual(survey, content))
    facts = []
    for question in survey.questions:
        if question.kind is QuestionKind.OPTIONS:
            for preference, option in enumerate(content.get(question.id, ()), 1):
                intended = _fact(FactKind.INTENDED, preference, option)
                facts.append(intended)
                if intended.status in OFFERED:
                    facts.append(replace(intended, kind=FactKind.OFFER))
    return facts


def _actual(survey: Survey, content: Mapping[str, Any]) -> Iterator[FactValue]:
    month = MONTHS.get(str(content.get(SINCE, "")))
    for question in survey.questions:
        if question.kind is QuestionKind.OPTIONS:
            for preference, option in enumerate(content.get(question.id, ()), 1):
                yield replace(_fact(FactKind.ACTUAL, preference, option), started_month=month)


def _fact(kind: FactKind, preference: int, option: Mapping[str, str]) -> FactValue:
    status = option.get("status")
    return FactValue(
        kind=kind,
        destination=option["kind"],
        preference=preference,
        provider_name=_named(option.get("provider", "")),
        course_title=_named(option.get("course", "")),
        status=PlaceStatus(status) if status else None,
    )


def _named(text: str) -> str:
    """Words that a person must see at once are no name: they go into no ledger and no file."""
    return "" if text and worry_in(text) else text


def _chosen(survey: Survey, content: Mapping[str, Any]) -> Iterator[Choice]:
    for question in survey.questions:
        if question.kind not in (QuestionKind.CHOICE, QuestionKind.CHOICES):
            continue
        said = content.get(question.id, ())
        for value in [said] if isinstance(said, str) else said:
            choice = question.choice(value)
            if choice is not None:
                yield choice
