"""A conversation by text: what is asked next, and what a reply makes of what was said so far.

The draft is plain data that a row can keep: `said` (question -> answer), `option` (the destination as far as
it is known), `maybe` and `names` (what must be said back before it is kept), `skipped`. Nothing likely is
stored before its sender has said so.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from surveybot.rules.answer_facts import SAME_AS_BEFORE
from surveybot.rules.destination_kinds import DestinationKind, NamedWith
from surveybot.rules.questionnaire import Question, Survey, in_language
from surveybot.rules.questionnaire_check import QuestionKind
from surveybot.rules.replies import Option
from surveybot.rules.reply_destinations import meaning
from surveybot.rules.reply_words import Offer
from surveybot.rules.text_form import TextForm

Draft = Mapping[str, Any]
RIGHT, WRONG, NONE_OF_THESE = "right", "wrong", "none of these"


class AskKind(StrEnum):
    MENU = "menu"  # what kind of destination
    WHICH = "which"  # which of the kinds of a line
    NAME = "name"  # where, or who with
    CONFIRM = "confirm"  # did you mean ...?
    PICK = "pick"  # did you mean one of these?
    STATUS = "status"  # how far it has got
    CHOICE = "choice"


def keys_of(options: Sequence[Option]) -> str:
    """ "1 same 2 changed 3 need help"."""
    return " ".join(f"{key} {option.label}" for key, option in enumerate(options, 1))


@dataclass(frozen=True, slots=True)
class Ask:
    """One question as a text puts it."""

    kind: AskKind
    question: Question
    prompt: str
    options: tuple[Option, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.question.id}.{self.kind}"

    @property
    def text(self) -> str:
        return " ".join(filter(None, [self.prompt, keys_of(self.options)]))


@dataclass(frozen=True, slots=True)
class Place:
    """A provider of the directory; `exact` where it was named exactly."""

    name: str
    kind: str = ""
    exact: bool = False


FindPlaces = Callable[[str], Sequence[Place]]


@dataclass(frozen=True, slots=True)
class Talk:
    """What a conversation is about."""

    survey: Survey
    offer: Offer
    kinds: Mapping[str, DestinationKind]
    language: str = "en"

    @property
    def destination(self) -> Question | None:
        """The question about destinations, where a text can ask it."""
        asked = (q for q in self.survey.questions if q.kind is QuestionKind.OPTIONS and q.text_form)
        return next(asked, None)


def can_talk(survey: Survey) -> bool:
    return any(question.text_form for question in survey.questions)


def first_keys(survey: Survey, language: str = "en") -> str:
    """The keys that an invitation may carry: those of a survey that begins with a plain choice; else none."""
    first = survey.questions[0]
    if first.kind is not QuestionKind.CHOICE or first.text_form is None:
        return ""
    return keys_of([Option(one.value, in_language(one.label, language)) for one in first.text_form.choices])


def next_ask(talk: Talk, draft: Draft) -> Ask | None:
    """The first question that is still open, or None where all is said."""
    for question in talk.survey.questions:
        form = question.text_form
        if form is None or not _applies(form, draft):
            continue
        if question.kind is QuestionKind.OPTIONS:
            ask = _ask_destination(talk, question, form, draft)
        else:
            ask = None if question.id in draft.get("said", {}) else _ask_choice(talk, question, form)
        if ask is not None:
            return ask
    return None


def _applies(form: TextForm, draft: Draft) -> bool:
    said = draft.get("said", {})
    return all(_first(said.get(earlier)) in values for earlier, values in form.only_if.items())


def _first(value: Any) -> str:
    return value if isinstance(value, str) else (value[0] if value else "")


def _ask_choice(talk: Talk, question: Question, form: TextForm) -> Ask:
    return Ask(AskKind.CHOICE, question, in_language(form.prompt, talk.language), _options(talk, form))


def _options(talk: Talk, form: TextForm) -> tuple[Option, ...]:
    return tuple(
        Option(
            choice.value,
            in_language(choice.label, talk.language),
            choice.words,
            choice.agrees,
            choice.declines,
        )
        for choice in form.choices
    )


def _ask_destination(talk: Talk, question: Question, form: TextForm, draft: Draft) -> Ask | None:
    option: Mapping[str, Any] = draft.get("option", {})
    if maybe := draft.get("maybe"):
        return Ask(AskKind.CONFIRM, question, f"Did you mean: {summary(talk, maybe)}?", YES_OR_NO)
    if names := draft.get("names"):
        return _ask_place(question, [place["name"] for place in names])
    if option.get(SAME_AS_BEFORE):
        return None
    if "line" in option:
        return _ask_which(talk, question, option["line"])
    if "kind" not in option:
        return _ask_menu(talk, question, form)
    named = talk.kinds[option["kind"]].provider
    if named is NamedWith.NONE:
        return None
    if "provider" not in option and "name" not in draft.get("skipped", ()):
        prompt = form.learning if named is NamedWith.LEARNING else form.employer
        return Ask(AskKind.NAME, question, in_language(prompt, talk.language))
    if form.status and "status" not in option:
        return Ask(AskKind.STATUS, question, in_language(form.status, talk.language), _options(talk, form))
    return None


YES_OR_NO = (
    Option(RIGHT, RIGHT, ("thats me", "spot on", "exactly"), agrees=True),
    Option(WRONG, WRONG, ("not quite", "incorrect"), declines=True),
)


def _ask_menu(talk: Talk, question: Question, form: TextForm) -> Ask:
    options = tuple(
        Option(meaning(line), in_language(line.label, talk.language), line.words) for line in talk.offer.lines
    )
    return Ask(AskKind.MENU, question, in_language(form.prompt, talk.language), options)


def _ask_which(talk: Talk, question: Question, line_id: str) -> Ask:
    line = next(line for line in talk.offer.lines if line.id == line_id)
    options = [
        Option(kind, talk.kinds[kind].label_in(talk.language), talk.offer.names.get(kind, ()))
        for kind in sorted(line.kinds, key=lambda kind: talk.kinds[kind].label_in(talk.language))
    ]
    return Ask(AskKind.WHICH, question, in_language(line.which, talk.language), tuple(options))


def _ask_place(question: Question, names: Sequence[str]) -> Ask:
    if len(names) == 1:
        return Ask(AskKind.CONFIRM, question, f"Did you mean {names[0]}?", YES_OR_NO)
    options = [Option(name, name) for name in names]
    none = Option(NONE_OF_THESE, NONE_OF_THESE, ("none", "neither", "other"), declines=True)
    return Ask(AskKind.PICK, question, "Which do you mean?", (*options, none))


def every_ask(talk: Talk) -> Iterator[Ask]:
    """Every question that this conversation can put, but for those that say something back."""
    for question in talk.survey.questions:
        form = question.text_form
        if form is None:
            continue
        if question.kind is not QuestionKind.OPTIONS:
            yield _ask_choice(talk, question, form)
            continue
        yield _ask_menu(talk, question, form)
        yield from (_ask_which(talk, question, line.id) for line in talk.offer.lines if len(line.kinds) > 1)
        for prompt in (form.learning, form.employer):
            yield Ask(AskKind.NAME, question, in_language(prompt, talk.language))
        if form.status:
            status = in_language(form.status, talk.language)
            yield Ask(AskKind.STATUS, question, status, _options(talk, form))


def summary(talk: Talk, option: Mapping[str, Any]) -> str:
    """A destination in a few words: "Apprenticeship, bt"."""
    if "line" in option:
        line = next(line for line in talk.offer.lines if line.id == option["line"])
        kind = in_language(line.label, talk.language)
    else:
        kind = talk.kinds[option["kind"]].label_in(talk.language) if "kind" in option else ""
    parts = (kind, option.get("provider", ""), option.get("course", ""))
    return ", ".join(part for part in parts if part)


def content_of(talk: Talk, draft: Draft) -> dict[str, Any]:
    """The answer that a finished draft holds, as the survey's page would send it."""
    content: dict[str, Any] = dict(draft.get("said", {}))
    option = draft.get("option", {})
    if option.get(SAME_AS_BEFORE):
        content[SAME_AS_BEFORE] = "yes"
    elif talk.destination is not None and "kind" in option:
        parts = ("kind", "provider", "course", "status")
        content[talk.destination.id] = [{part: option[part] for part in parts if option.get(part)}]
    return content
