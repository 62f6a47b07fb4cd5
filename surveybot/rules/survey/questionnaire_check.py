"""The words a questionnaire may use, and the check that finds every fault of one at once."""

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from surveybot.rules.answer.consent import Purpose
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.destination.destinations import PlaceStatus

LANGUAGE = "en"


class Stage(StrEnum):
    IN_SCHOOL = "in_school"
    AFTER_LEAVING = "after_leaving"


class AskedOf(StrEnum):
    """Who answers; the same words as the audience of an invitation."""

    STUDENT = "student"
    PARENT = "parent"
    STAFF = "staff"


class QuestionKind(StrEnum):
    OPTIONS = "options"  # up to three, in order: kind of destination, provider, course, how far it has got
    CHOICE = "choice"  # one of some
    CHOICES = "choices"  # any of some
    TEXT = "text"
    CONSENTS = "consents"  # where the survey's purposes stand
    CONTACT = "contact"  # an email and a mobile of one's own, proven by a message to each
    OBJECTION = "objection"  # the statutory opt-out; a parent decides before the 16th birthday


class Effect(StrEnum):
    """What a choice means beyond its words."""

    SAME = "same"  # the destination said before still holds
    CHANGED = "changed"  # it does not hold: half an answer until a destination is named
    NO_PLACE = "no_place"  # the first choice did not work out
    HELP = "help"  # a person should get in touch


class AskPurposes(StrEnum):
    ALWAYS = "always"
    IF_OPEN = "if_open"  # only those that were never answered


MOST_PURPOSES = 2
MOST_OPTIONS = 3
MOST_LETTERS = 2000
ON_THE_PASSPORT_ONLY = (Purpose.ALUMNI_NETWORK, Purpose.PUBLISH_STORY)

_TEXTS_OF_SURVEY = ("titles", "question")
_SURVEY_KEYS = frozenset(
    {
        "titles",
        "intro",
        "question",
        "audience",
        "stage",
        "year_groups",
        "purposes",
        "ask_purposes",
        "first_channel",
        "closes_after_days",
        "questions",
    }
)
_QUESTION_KEYS = frozenset({"id", "kind", "label", "hint", "folded", "choices", "most", "send", "text_form"})
_CHOICE_KEYS = frozenset({"value", "label", "hint", "effect", "last"})
_ID = re.compile(r"[a-z][a-z0-9_]{0,19}")


def faults_of(raw: Mapping[str, Any]) -> list[str]:
    """Every reason why this parsed TOML is no questionnaire; empty when it is one."""
    return [
        *_unknown(raw, _SURVEY_KEYS, "The survey"),
        *(fault for key in _TEXTS_OF_SURVEY for fault in _text_faults(raw.get(key), key)),
        *_text_faults(raw.get("intro", {"en": "-"}), "intro"),
        *_word_faults(raw),
        *_number_faults(raw),
        *_purpose_faults(raw),
        *_questions_faults(raw.get("questions")),
    ]


def _unknown(raw: Mapping[str, Any], known: frozenset[str], what: str) -> list[str]:
    return [f"{what} has a key {key!r} that is not known here." for key in raw if key not in known]


def _text_faults(texts: Any, where: str) -> Iterator[str]:
    if not isinstance(texts, Mapping) or LANGUAGE not in texts:
        yield f"{where}.{LANGUAGE} is missing."
        return
    for language, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            yield f"{where}.{language} is empty."


def _word_faults(raw: Mapping[str, Any]) -> Iterator[str]:
    words: dict[str, tuple[type[StrEnum], Any]] = {
        "audience": (AskedOf, None),
        "stage": (Stage, None),
        "first_channel": (Channel, None),
        "ask_purposes": (AskPurposes, AskPurposes.IF_OPEN),
    }
    for key, (kind, default) in words.items():
        if raw.get(key, default) not in list(kind):
            yield f"{key} must be one of {', '.join(kind)}."


def _number_faults(raw: Mapping[str, Any]) -> Iterator[str]:
    years = raw.get("year_groups")
    if not isinstance(years, Sequence) or not years or not set(years) <= {11, 13}:
        yield "year_groups must be [11], [13] or [11, 13]."
    if not _whole(raw.get("closes_after_days"), 1, 365):
        yield "closes_after_days must be a whole number from 1 to 365."


def _purpose_faults(raw: Mapping[str, Any]) -> Iterator[str]:
    purposes = raw.get("purposes", [])
    if not isinstance(purposes, Sequence) or any(purpose not in list(Purpose) for purpose in purposes):
        yield f"purposes must be some of {', '.join(Purpose)}."
        return
    if len(purposes) > MOST_PURPOSES:
        yield f"purposes names {len(purposes)}: a survey asks {MOST_PURPOSES} at most."
    if len(set(purposes)) < len(purposes):
        yield "purposes names one of them twice."
    for purpose in ON_THE_PASSPORT_ONLY:
        if purpose in purposes:
            yield f"purposes names {purpose.value}, which is asked on the consent page alone."
    questions = raw.get("questions") or []
    kinds = [entry.get("kind") for entry in questions if isinstance(entry, Mapping)]
    if bool(purposes) is not (QuestionKind.CONSENTS in kinds):
        yield "A survey with purposes has one question of kind consents, and one without has none."


def _questions_faults(raw: Any) -> Iterator[str]:
    if not isinstance(raw, Sequence) or not raw or not all(isinstance(entry, Mapping) for entry in raw):
        yield "There is no question: write [[questions]]."
        return
    for number, entry in enumerate(raw, 1):
        yield from _question_faults(entry, f"Question {number} ({entry.get('id', 'no id')})")
    ids = [entry.get("id") for entry in raw]
    for repeated in sorted({str(one) for one in ids if ids.count(one) > 1}):
        yield f"Two questions have the id {repeated!r}."
    kinds = [entry.get("kind") for entry in raw]
    for kind in (QuestionKind.OPTIONS, QuestionKind.CONSENTS, QuestionKind.OBJECTION, QuestionKind.CONTACT):
        if kinds.count(kind) > 1:
            yield f"There are two questions of kind {kind.value}: one is enough."


def _question_faults(raw: Mapping[str, Any], where: str) -> Iterator[str]:
    yield from _unknown(raw, _QUESTION_KEYS, where)
    if not _ID.fullmatch(str(raw.get("id", ""))):
        yield f"{where}: id must be a short word in small letters."
    kind = raw.get("kind")
    if kind not in list(QuestionKind):
        yield f"{where}: kind must be one of {', '.join(QuestionKind)}."
        return
    if kind not in (QuestionKind.CONSENTS, QuestionKind.OBJECTION):
        yield from _text_faults(raw.get("label"), f"{where}: label")
    for key in ("hint", "folded"):
        yield from _text_faults(raw.get(key, {"en": "-"}), f"{where}: {key}")
    if not isinstance(raw.get("send", False), bool):
        yield f"{where}: send must be true or false."
    yield from _most_faults(raw, kind, where)
    yield from _choices_faults(raw.get("choices", []), kind, where)


def _most_faults(raw: Mapping[str, Any], kind: str, where: str) -> Iterator[str]:
    most = MOST_OPTIONS if kind == QuestionKind.OPTIONS else MOST_LETTERS
    if not _whole(raw.get("most", 1), 1, most):
        yield f"{where}: most must be a whole number from 1 to {most}."


def _choices_faults(raw: Any, kind: str, where: str) -> Iterator[str]:
    if not isinstance(raw, Sequence) or not all(isinstance(entry, Mapping) for entry in raw):
        yield f"{where}: choices must be tables, [[questions.choices]]."
        return
    if kind in (QuestionKind.CHOICE, QuestionKind.CHOICES) and len(raw) < 2:
        yield f"{where}: there must be two choices at least."
    values = [str(entry.get("value", "")) for entry in raw]
    for repeated in sorted({value for value in values if values.count(value) > 1}):
        yield f"{where}: two choices have the value {repeated!r}."
    for number, entry in enumerate(raw, 1):
        yield from _choice_faults(entry, kind, f"{where}: choice {number}")


def _choice_faults(raw: Mapping[str, Any], kind: str, where: str) -> Iterator[str]:
    yield from _unknown(raw, _CHOICE_KEYS, where)
    yield from _text_faults(raw.get("label"), f"{where}: label")
    value = str(raw.get("value", ""))
    if not _ID.fullmatch(value):
        yield f"{where}: value must be a short word in small letters."
    if kind == QuestionKind.OPTIONS and value not in list(PlaceStatus):
        yield f"{where}: value must be one of {', '.join(PlaceStatus)}."
    if raw.get("effect", Effect.HELP) not in list(Effect):
        yield f"{where}: effect must be one of {', '.join(Effect)}."
    if raw.get("selected") or raw.get("checked"):
        yield f"{where}: nothing may be chosen beforehand."


def _whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
