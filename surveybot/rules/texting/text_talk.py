"""A conversation by text: what is asked next, and what a reply makes of what was said so far.

The draft is plain data that a row can keep: `said` (question -> answer), `option` (the destination as far as
it is known), `skipped`, and what must be said back before it is kept: `maybe` (a destination, with `implied`
the answers that follow from it, and `in_full` where its short name is unknown), `names` (places), `perhaps`
(an answer of a list). Nothing likely is stored before its sender has said so.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from surveybot.rules.answer.answer_facts import SAME_AS_BEFORE
from surveybot.rules.delivery.text_length import Encoding, measure, plain_letters
from surveybot.rules.destination.destination_kinds import DestinationKind, NamedWith
from surveybot.rules.survey.questionnaire import Question, Survey, in_language
from surveybot.rules.survey.questionnaire_check import QuestionKind
from surveybot.rules.survey.text_form import TextForm
from surveybot.rules.texting.replies import Option
from surveybot.rules.texting.reply_destinations import meaning
from surveybot.rules.texting.reply_words import Offer

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
    ending: str = ""  # what may be written beside a key

    @property
    def id(self) -> str:
        return f"{self.question.id}.{self.kind}"

    @property
    def text(self) -> str:
        return " ".join(filter(None, [self.prompt, keys_of(self.options)])) + self.ending


def addressed(ask: Ask, name: str) -> str:
    """The question to one of several at a number; its keys alone where a name leaves no room for more."""
    whole, keys = f"{name}: {ask.text}", f"{name}: {keys_of(ask.options)}{ask.ending}"
    return whole if measure(whole).segments == 1 or not ask.options else keys


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
    said = {**draft.get("said", {}), **draft.get("implied", {})}
    for question in talk.survey.questions:
        form = question.text_form
        if form is None or not _applies(form, said):
            continue
        if question.kind is QuestionKind.OPTIONS:
            ask = _ask_destination(talk, question, form, draft)
        else:
            ask = None if question.id in said else _ask_choice(talk, question, form, draft)
        if ask is not None:
            return ask
    return None


def _applies(form: TextForm, said: Mapping[str, Any]) -> bool:
    return all(_first(said.get(earlier)) in values for earlier, values in form.only_if.items())


def _first(value: Any) -> str:
    return value if isinstance(value, str) else (value[0] if value else "")


def _ask_choice(talk: Talk, question: Question, form: TextForm, draft: Draft) -> Ask:
    options = _options(talk, form)
    if label := next((one.label for one in options if one.value == draft.get("perhaps")), ""):
        return Ask(AskKind.CONFIRM, question, f"Did you mean: {label}?", YES_OR_NO)
    return Ask(AskKind.CHOICE, question, in_language(form.prompt, talk.language), options)


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
        ending = IN_FULL if draft.get("in_full") else ""
        return Ask(AskKind.CONFIRM, question, f"Did you mean: {brief(talk, maybe)}?", YES_OR_NO, ending)
    if names := draft.get("names"):
        return _ask_place(question, [place["name"] for place in names])
    if option.get(SAME_AS_BEFORE):
        return None
    if "line" in option:
        return _ask_which(talk, question, option["line"])
    if "kind" not in option:
        return _ask_menu(talk, question, form, option.get("provider", ""))
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


IN_FULL = ", or text its full name."


def _ask_menu(talk: Talk, question: Question, form: TextForm, place: str = "") -> Ask:
    """The list; of a place that somebody has named and nobody knows, what kind of place it is."""
    options = tuple(
        Option(meaning(line), in_language(line.label, talk.language), line.words) for line in talk.offer.lines
    )
    prompt = in_language(form.prompt, talk.language)
    if place:
        fits = len(place) <= SHORT_PLACE and measure(place).encoding is Encoding.GSM_7
        prompt = f"What kind of place is {place if fits else 'that'}?"
    return Ask(AskKind.MENU, question, prompt, options)


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
            yield _ask_choice(talk, question, form, {})
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


SHORT_PLACE = 12
LONGEST_ECHO = 80


def brief(talk: Talk, option: Mapping[str, Any]) -> str:
    """As much of a destination as one part of a text can say back with the rest of the question."""
    told = [option, {key: value for key, value in option.items() if key != "course"}]
    told.append({key: value for key, value in option.items() if key in ("kind", "line")})
    for one in told:
        words = plain_letters(summary(talk, one))
        if len(words) <= LONGEST_ECHO and measure(words).encoding is Encoding.GSM_7:
            break
    return words


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
