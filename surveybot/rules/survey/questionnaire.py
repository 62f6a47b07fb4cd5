"""A questionnaire: what a survey asks, in which order, of whom. It is data (TOML); this is its shape.

Every text is a table by language. English must be there; another language may be missing and then
falls back to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surveybot.rules.answer.consent import Purpose
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.survey.questionnaire_check import (
    LANGUAGE,
    AskedOf,
    AskPurposes,
    Effect,
    QuestionKind,
    Stage,
    faults_of,
)
from surveybot.rules.survey.text_form import TextForm, read_text_form, shape_faults

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: Texts
    hint: Texts
    effect: Effect | None = None
    last: bool = False  # stands after an "or", never mixed in with the others


@dataclass(frozen=True, slots=True)
class Question:
    id: str
    kind: QuestionKind
    label: Texts
    hint: Texts
    folded: Texts  # behind this summary; empty: in the open
    choices: tuple[Choice, ...] = ()  # of a choice; of options: how far one has got
    most: int = 1  # options in order of preference, or letters of a text
    send: bool = False  # the answer can be sent from here: what follows may be skipped
    text_form: TextForm | None = None  # how a text asks it; None: it cannot

    def choice(self, value: str) -> Choice | None:
        return next((choice for choice in self.choices if choice.value == value), None)


@dataclass(frozen=True, slots=True)
class Survey:
    slug: str
    version: str  # the first 12 digits of the file's SHA-256
    titles: Texts
    intro: Texts
    question: Texts  # as a message asks it: "what do you plan to do next?"
    audience: AskedOf
    stage: Stage
    year_groups: tuple[int, ...]
    purposes: tuple[Purpose, ...]
    ask_purposes: AskPurposes
    first_channel: Channel
    closes_after_days: int
    questions: tuple[Question, ...]


class QuestionnaireFaults(ValueError):
    """A questionnaire cannot be used; `faults` says every reason in a sentence."""

    def __init__(self, slug: str, faults: list[str]) -> None:
        super().__init__("\n".join(f"{slug}: {fault}" for fault in faults))
        self.slug = slug
        self.faults = faults


def in_language(texts: Texts, language: str) -> str:
    return texts.get(language) or texts.get(LANGUAGE, "")


def read_survey(slug: str, version: str, raw: Mapping[str, Any]) -> Survey:
    """The survey behind a parsed TOML file, or one error that lists every fault."""
    if faults := faults_of(raw) or _text_form_faults(raw):
        raise QuestionnaireFaults(slug, faults)
    return Survey(
        slug=slug,
        version=version,
        titles=raw["titles"],
        intro=raw.get("intro", {}),
        question=raw["question"],
        audience=AskedOf(raw["audience"]),
        stage=Stage(raw["stage"]),
        year_groups=tuple(raw["year_groups"]),
        purposes=tuple(Purpose(purpose) for purpose in raw.get("purposes", ())),
        ask_purposes=AskPurposes(raw.get("ask_purposes", AskPurposes.IF_OPEN)),
        first_channel=Channel(raw["first_channel"]),
        closes_after_days=raw["closes_after_days"],
        questions=tuple(_question(entry) for entry in raw["questions"]),
    )


def _text_form_faults(raw: Mapping[str, Any]) -> list[str]:
    return [
        fault
        for entry in raw["questions"]
        if "text_form" in entry
        for fault in shape_faults(entry["text_form"], entry, f"Question {entry['id']}")
    ]


def _question(raw: Mapping[str, Any]) -> Question:
    kind = QuestionKind(raw["kind"])
    return Question(
        id=raw["id"],
        kind=kind,
        label=raw.get("label", {}),
        hint=raw.get("hint", {}),
        folded=raw.get("folded", {}),
        choices=tuple(_choice(entry) for entry in raw.get("choices", ())),
        most=raw.get("most", _MOST.get(kind, 1)),
        send=raw.get("send", False),
        text_form=read_text_form(raw["text_form"]) if "text_form" in raw else None,
    )


def _choice(raw: Mapping[str, Any]) -> Choice:
    effect = raw.get("effect")
    return Choice(
        value=raw["value"],
        label=raw["label"],
        hint=raw.get("hint", {}),
        effect=Effect(effect) if effect else None,
        last=raw.get("last", False),
    )


_MOST = {QuestionKind.OPTIONS: 3, QuestionKind.TEXT: 500}
