"""The text form of a questionnaire: which of its questions a text message can ask, and in which words.

A question with a `text_form` has a short prompt and, but for destinations, choices that stand for choices of
the question. The keys are 1, 2, 3 in the order of the file. Consent has no text form: nobody agrees by text.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from surveybot.rules.survey.questionnaire_check import LANGUAGE, QuestionKind

Texts = Mapping[str, str]

TEXTABLE = (QuestionKind.OPTIONS, QuestionKind.CHOICE, QuestionKind.CHOICES)
MOST_KEYS = 9


@dataclass(frozen=True, slots=True)
class TextChoice:
    value: str
    label: Texts
    words: tuple[str, ...] = ()
    agrees: bool = False  # a bare "yes" or "please" means this one; it is never asked for in that word
    declines: bool = False  # a bare "no" means this one


@dataclass(frozen=True, slots=True)
class TextForm:
    prompt: Texts
    choices: tuple[TextChoice, ...] = ()  # of destinations: how far one has got
    only_if: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # earlier question -> its answers
    learning: Texts = field(default_factory=dict)  # asks where somebody will learn
    employer: Texts = field(default_factory=dict)  # asks who somebody will work for
    status: Texts = field(default_factory=dict)  # asks how far it has got; empty: not asked


_KEYS = frozenset({"prompt", "choices", "only_if", "learning", "employer", "status"})
_CHOICE_KEYS = frozenset({"value", "label", "words", "agrees", "declines"})


def read_text_form(raw: Mapping[str, Any]) -> TextForm:
    """The form behind a table that has been checked."""
    return TextForm(
        prompt=raw["prompt"],
        choices=tuple(
            TextChoice(
                entry["value"],
                entry["label"],
                tuple(entry.get("words", ())),
                entry.get("agrees", False),
                entry.get("declines", False),
            )
            for entry in raw.get("choices", ())
        ),
        only_if={key: tuple(values) for key, values in raw.get("only_if", {}).items()},
        learning=raw.get("learning", {}),
        employer=raw.get("employer", {}),
        status=raw.get("status", {}),
    )


def shape_faults(raw: Any, question: Mapping[str, Any], where: str) -> Iterator[str]:
    """What is wrong with the shape of a question's `text_form`; `question` is the table around it."""
    where = f"{where}: text_form"
    if not isinstance(raw, Mapping):
        yield f"{where} must be a table."
        return
    kind = question.get("kind")
    if kind not in TEXTABLE:
        yield f"{where}: a question of kind {kind} cannot be asked by text."
        return
    yield from (f"{where}: {key!r} is not known here." for key in raw if key not in _KEYS)
    needed = ["prompt"] + (["learning", "employer"] if kind == QuestionKind.OPTIONS else [])
    for key in needed + [key for key in ("status",) if key in raw]:
        yield from _text_faults(raw.get(key), f"{where}: {key}")
    yield from _choices_faults(raw.get("choices", []), question, kind, where)


def _text_faults(texts: Any, where: str) -> Iterator[str]:
    if not isinstance(texts, Mapping) or not str(texts.get(LANGUAGE, "")).strip():
        yield f"{where}.{LANGUAGE} is missing."


def _choices_faults(raw: Any, question: Mapping[str, Any], kind: str, where: str) -> Iterator[str]:
    if not isinstance(raw, Sequence) or not all(isinstance(entry, Mapping) for entry in raw):
        yield f"{where}: choices must be tables."
        return
    if kind != QuestionKind.OPTIONS and len(raw) < 2:
        yield f"{where}: there must be two choices at least."
    if len(raw) > MOST_KEYS:
        yield f"{where}: {len(raw)} choices are more than there are keys ({MOST_KEYS})."
    known = {str(entry.get("value")) for entry in question.get("choices", ()) if isinstance(entry, Mapping)}
    for entry in raw:
        value = str(entry.get("value", ""))
        if value not in known:
            yield f"{where}: the question has no choice {value!r}."
        for key in entry.keys() - _CHOICE_KEYS:
            yield f"{where}: {value}: {key!r} is not known here."
        yield from _text_faults(entry.get("label"), f"{where}: {value}: label")
