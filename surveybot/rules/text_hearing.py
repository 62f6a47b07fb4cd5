"""What a reply makes of a conversation's draft: one text, read against the question that is open."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from surveybot.rules.answer_facts import SAME_AS_BEFORE
from surveybot.rules.bare_words import bare
from surveybot.rules.destination_kinds import NamedWith
from surveybot.rules.questionnaire_check import QuestionKind
from surveybot.rules.replies import NotUnderstood, Reading, Understood, Unsure, read_choice
from surveybot.rules.reply_destinations import LIKELY_PLACE, LINE, read_destination, read_name
from surveybot.rules.text_talk import (
    NONE_OF_THESE,
    RIGHT,
    Ask,
    AskKind,
    Draft,
    FindPlaces,
    Place,
    Talk,
    every_ask,
)


@dataclass(frozen=True, slots=True)
class Heard:
    """The draft after a reply; `understood` is false where the same question must be put again."""

    draft: dict[str, Any]
    understood: bool = True
    nothing_before: bool = False  # "the same as last time", but nothing is known of last time


_CORRECTION = re.compile(
    r"^(?:oh |no |wait |sorry |oops )*(?:actually|i meant?|meant|correction|oops|scrap that)\b"
)
_ALIKE_KINDS = frozenset({"further_education_college", "sixth_form_college", "school_sixth_form"})
_LONGEST_NAME = 6


def hear(talk: Talk, draft: Draft, ask: Ask, text: str, *, find: FindPlaces, has_before: bool) -> Heard:
    """Read a text against the question; `find` looks places up, `has_before` is for "the same"."""
    reading, ask = _read_anew(talk, ask, text, find)
    if isinstance(reading, NotUnderstood):
        return Heard(dict(draft), understood=False)
    if isinstance(reading, Understood) and reading.same and not has_before:
        return Heard(dict(draft), understood=False, nothing_before=True)
    return Heard(_taken(talk, draft, ask, reading, find))


def answers_question(talk: Talk, ask: Ask | None, text: str) -> bool:
    """Whether a text plainly answers the open question; for what may also be another wish."""
    return ask is not None and isinstance(_read(talk, ask, text, _find_nothing), Understood)


def _find_nothing(_text: str) -> Sequence[Place]:
    return ()


def _read(talk: Talk, ask: Ask, text: str, find: FindPlaces) -> Reading:
    if ask.kind is AskKind.MENU:
        return _known_place(read_destination(text, talk.offer, language=talk.language), text, find)
    if ask.kind is AskKind.NAME:
        return read_name(text)
    reading = read_choice(text, ask.options)
    if ask.kind is AskKind.WHICH and isinstance(reading, NotUnderstood):
        said = read_destination(text, talk.offer, language=talk.language)
        known = {option.value for option in ask.options}
        return said if isinstance(said, Understood) and said.value in known else reading
    return reading


def _known_place(reading: Reading, text: str, find: FindPlaces) -> Reading:
    """A place without a kind is worth asking back where the directory knows the place."""
    if isinstance(reading, Understood) or (isinstance(reading, Unsure) and not _is_guess(reading.suggestion)):
        return reading
    told = reading.suggestion if isinstance(reading, Unsure) else Understood()
    if not told.provider and not 1 <= len(bare(text).split()) <= _LONGEST_NAME:
        return reading
    places = find(told.provider or text)
    if len(places) == 1 and places[0].kind:
        return Unsure(Understood(value=places[0].kind, provider=places[0].name, course=told.course))
    return reading if told.value else NotUnderstood()


def _is_guess(told: Understood) -> bool:
    return told.value in ("", LIKELY_PLACE) and bool(told.provider)


_NO = re.compile(r"^(?:no|nah|nope|not that|wrong)\b[\s,.!-]*", re.IGNORECASE)


def _read_anew(talk: Talk, ask: Ask, text: str, find: FindPlaces) -> tuple[Reading, Ask]:
    """The reading, and the question it belongs to: "actually apprenticeship" answers the first one again,
    and so does "no, leeds city" to "did you mean ...?"."""
    menu = _menu(talk)
    if menu is None or ask.kind is AskKind.MENU:
        return _read(talk, ask, text, find), ask
    words = bare(text)
    if correction := _CORRECTION.match(words):
        anew = _read(talk, menu, words[correction.end() :].strip(), find)
        if isinstance(anew, Understood):
            return anew, menu
    reading = _read(talk, ask, text, find)
    denied = _NO.match(text.strip())
    if isinstance(reading, NotUnderstood) and denied and ask.kind in (AskKind.CONFIRM, AskKind.PICK):
        return _read(talk, menu, text.strip()[denied.end() :], find), menu
    return reading, ask


def _menu(talk: Talk) -> Ask | None:
    """The question what kind of destination it is, where this conversation has one."""
    return next((ask for ask in every_ask(talk) if ask.kind is AskKind.MENU), None)


def _taken(talk: Talk, draft: Draft, ask: Ask, reading: Reading, find: FindPlaces) -> dict[str, Any]:
    if isinstance(reading, Unsure):
        return {**draft, "maybe": _as_option(reading.suggestion)}
    assert isinstance(reading, Understood)
    option: dict[str, Any] = dict(draft.get("option", {}))
    said = {key: value for key, value in draft.items() if key not in ("maybe", "names")}
    match ask.kind:
        case AskKind.MENU:
            return _placed(talk, {**said, "option": _as_option(reading), "skipped": []}, find)
        case AskKind.WHICH:
            option.pop("line", None)
            return _placed(talk, {**said, "option": {**option, "kind": reading.value}}, find)
        case AskKind.NAME if reading.skip:
            return {**said, "skipped": [*said.get("skipped", ()), "name"]}
        case AskKind.NAME:
            told = {"provider": reading.provider} | ({"course": reading.course} if reading.course else {})
            return _placed(talk, {**said, "option": {**option, **told}}, find)
        case AskKind.CONFIRM | AskKind.PICK:
            return _answered(talk, draft, said, option, reading.value, find)
        case AskKind.STATUS:
            return {**said, "option": {**option, "status": reading.value}}
    value: Any = [reading.value] if ask.question.kind is QuestionKind.CHOICES else reading.value
    return {**said, "said": {**said.get("said", {}), ask.question.id: value}}


def _as_option(told: Understood) -> dict[str, Any]:
    if told.same:
        return {SAME_AS_BEFORE: True}
    kind = {"line": told.value.removeprefix(LINE)} if told.value.startswith(LINE) else {"kind": told.value}
    more = {"provider": told.provider, "course": told.course}
    return {**kind, **{part: text for part, text in more.items() if text}}


def _placed(talk: Talk, draft: dict[str, Any], find: FindPlaces) -> dict[str, Any]:
    """Look the place of learning up: an exact name is taken, a likely one is asked back."""
    option = draft["option"]
    if not option.get("provider") or not _learns(talk, option):
        return draft
    places = list(find(option["provider"]))
    if len(places) == 1 and places[0].exact:
        return {**draft, "option": _at(option, places[0])}
    if not places:
        return draft
    return {**draft, "names": [{"name": place.name, "kind": place.kind} for place in places[:3]]}


def _learns(talk: Talk, option: Mapping[str, Any]) -> bool:
    if "line" in option:
        line = next((line for line in talk.offer.lines if line.id == option["line"]), None)
        return line is not None and bool(_ALIKE_KINDS & set(line.kinds))
    return "kind" in option and talk.kinds[option["kind"]].provider is NamedWith.LEARNING


def _at(option: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """The option at a place that is certain; the place's own kind settles which kind of college it is."""
    placed = {**option, "provider": place.name}
    if place.kind in _ALIKE_KINDS and ("line" in option or option.get("kind") in _ALIKE_KINDS):
        placed.pop("line", None)
        placed["kind"] = place.kind
    return placed


def _answered(
    talk: Talk, draft: Draft, said: dict[str, Any], option: dict[str, Any], value: str, find: FindPlaces
) -> dict[str, Any]:
    """ "Did you mean ...?" was answered."""
    names = [Place(place["name"], place["kind"]) for place in draft.get("names", ())]
    if not names:
        maybe = draft.get("maybe", {})
        return _placed(talk, {**said, "option": dict(maybe)}, find) if value == RIGHT else said
    if value == RIGHT:
        return {**said, "option": _at(option, names[0])}
    chosen = next((place for place in names if place.name == value != NONE_OF_THESE), None)
    return {**said, "option": _at(option, chosen)} if chosen else said
