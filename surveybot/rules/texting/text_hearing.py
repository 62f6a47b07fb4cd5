"""What a reply makes of a conversation's draft: one text, read against the question that is open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from surveybot.rules.answer.answer_facts import SAME_AS_BEFORE
from surveybot.rules.destination.destination_kinds import NamedWith
from surveybot.rules.survey.questionnaire_check import QuestionKind
from surveybot.rules.texting.replies import NotUnderstood, Understood, Unsure
from surveybot.rules.texting.reply_destinations import LINE
from surveybot.rules.texting.reply_names import is_abbreviation
from surveybot.rules.texting.text_reading import Reply, menu_of, read, reply_to
from surveybot.rules.texting.text_talk import (
    NONE_OF_THESE,
    RIGHT,
    Ask,
    AskKind,
    Draft,
    FindPlaces,
    Place,
    Talk,
)


@dataclass(frozen=True, slots=True)
class Heard:
    """The draft after a reply; `understood` is false where the same question must be put again."""

    draft: dict[str, Any]
    understood: bool = True
    nothing_before: bool = False  # "the same as last time", but nothing is known of last time


def hear(talk: Talk, draft: Draft, ask: Ask, text: str, *, find: FindPlaces, has_before: bool) -> Heard:
    """Read a text against the question; `find` looks places up, `has_before` is for "the same"."""
    reply = reply_to(talk, draft, ask, text, find)
    if isinstance(reply.reading, NotUnderstood):
        return Heard(dict(draft), understood=False)
    if isinstance(reply.reading, Understood) and reply.reading.same and not has_before:
        return Heard(dict(draft), understood=False, nothing_before=True)
    hearing = _Hearing(talk, find, draft)
    if isinstance(reply.reading, Unsure):
        return Heard(hearing.suggested(reply, reply.reading.suggestion))
    return Heard(hearing.taken(reply))


def answers_question(talk: Talk, ask: Ask | None, text: str) -> bool:
    """Whether a text plainly answers the open question, or says where somebody is; for what may be a wish."""
    if ask is None:
        return False
    asked = [ask, menu_of(talk)] if ask.kind is AskKind.CHOICE else [ask]
    return any(isinstance(read(talk, one, text, _find_nothing), Understood) for one in asked if one)


def _find_nothing(_text: str) -> Sequence[Place]:
    return ()


_ALIKE_KINDS = frozenset({"further_education_college", "sixth_form_college", "school_sixth_form"})
_TO_BE_SAID_BACK = frozenset({"maybe", "implied", "in_full", "names", "perhaps"})


class _Hearing:
    """One reply, and the draft that it finds."""

    def __init__(self, talk: Talk, find: FindPlaces, draft: Draft) -> None:
        self.talk, self.find, self.draft = talk, find, draft
        self.kept = {key: value for key, value in draft.items() if key not in _TO_BE_SAID_BACK}
        self.option: dict[str, Any] = dict(draft.get("option", {}))

    def suggested(self, reply: Reply, told: Understood) -> dict[str, Any]:
        """What is only likely is kept apart until it has been said back."""
        if reply.ask.kind is AskKind.CHOICE:
            return {**self.kept, "perhaps": told.value}
        implied = {"implied": dict(reply.implied)} if reply.implied else {}
        if not told.value:  # a place, of which only the kind is asked
            return {**self.kept, "option": {"provider": told.provider}, **implied}
        maybe = _as_option(told)
        return {**self.kept, "maybe": maybe, **implied, **self._unknown(maybe)}

    def taken(self, reply: Reply) -> dict[str, Any]:
        ask, told = reply.ask, reply.reading
        assert isinstance(told, Understood)
        self._follows(reply.implied)
        match ask.kind:
            case AskKind.MENU:
                self._follows(self.draft.get("implied", {}))
                return self._from_the_list(told)
            case AskKind.WHICH:
                self.option.pop("line", None)
                return self._placed({**self.option, "kind": told.value})
            case AskKind.NAME if told.skip:
                return {**self.kept, "skipped": [*self.kept.get("skipped", ()), "name"]}
            case AskKind.NAME:
                return self._named({**self.option, **_name_of(told)})
            case AskKind.CONFIRM | AskKind.PICK:
                return self._answered(ask, told)
            case AskKind.STATUS:
                return {**self.kept, "option": {**self.option, "status": told.value}}
        return self._said(ask, told.value)

    def _follows(self, implied: Mapping[str, str]) -> None:
        """What a destination says of the question before it."""
        self.kept["said"] = {**self.kept.get("said", {}), **implied}

    def _said(self, ask: Ask, value: str) -> dict[str, Any]:
        kept: Any = [value] if ask.question.kind is QuestionKind.CHOICES else value
        return {**self.kept, "said": {**self.kept.get("said", {}), ask.question.id: kept}}

    def _from_the_list(self, told: Understood) -> dict[str, Any]:
        """A place that was named before its kind was asked belongs to it."""
        option = _as_option(told)
        self.kept["skipped"] = []
        if self.option.keys() == {"provider"} and "provider" not in option:
            asks = "kind" in option and self.talk.kinds[option["kind"]].asks_provider
            return self._placed({**option, **(self.option if asks or "line" in option else {})})
        return self._named(option)

    def _named(self, option: dict[str, Any]) -> dict[str, Any]:
        """ "ccb" alone may be anywhere: it is said back, and may be written in full."""
        if not self._unknown(option):
            return self._placed(option)
        known = {key: value for key, value in option.items() if key not in ("provider", "course")}
        return {**self.kept, "option": known, "maybe": option, "in_full": True}

    def _unknown(self, option: Mapping[str, Any]) -> dict[str, bool]:
        name = option.get("provider", "")
        short = bool(name) and self._learns(option) and is_abbreviation(name)
        return {"in_full": True} if short and not self.find(name) else {}

    def _answered(self, ask: Ask, told: Understood) -> dict[str, Any]:
        """ "Did you mean ...?" was answered."""
        if perhaps := self.draft.get("perhaps"):
            return self._said(ask, perhaps) if told.value == RIGHT else self.kept
        if names := self.draft.get("names"):
            return self._chosen([Place(place["name"], place["kind"]) for place in names], told.value)
        if not told.provider and told.value != RIGHT:
            return self.kept
        option = {**self.draft.get("maybe", {}), **_name_of(told)}
        if told.provider and not self.find(told.provider):  # may be anything that was not understood
            implied = {key: value for key, value in self.draft.items() if key == "implied"}
            return {**self.kept, "maybe": option, **implied}
        self._follows(self.draft.get("implied", {}))
        return self._placed(option)

    def _chosen(self, places: Sequence[Place], value: str) -> dict[str, Any]:
        if value == RIGHT:
            return {**self.kept, "option": _at(self.option, places[0])}
        chosen = next((place for place in places if place.name == value != NONE_OF_THESE), None)
        return {**self.kept, "option": _at(self.option, chosen)} if chosen else self.kept

    def _placed(self, option: dict[str, Any]) -> dict[str, Any]:
        """Look the place of learning up: an exact name is taken, a likely one is asked back."""
        draft = {**self.kept, "option": option}
        places = (
            list(self.find(option["provider"])) if option.get("provider") and self._learns(option) else []
        )
        if len(places) == 1 and places[0].exact:
            return {**draft, "option": _at(option, places[0])}
        if not places:
            return draft
        return {**draft, "names": [{"name": place.name, "kind": place.kind} for place in places[:3]]}

    def _learns(self, option: Mapping[str, Any]) -> bool:
        if "line" in option:
            line = next((line for line in self.talk.offer.lines if line.id == option["line"]), None)
            return line is not None and bool(_ALIKE_KINDS & set(line.kinds))
        return "kind" in option and self.talk.kinds[option["kind"]].provider is NamedWith.LEARNING


def _as_option(told: Understood) -> dict[str, Any]:
    if told.same:
        return {SAME_AS_BEFORE: True}
    kind = {"line": told.value.removeprefix(LINE)} if told.value.startswith(LINE) else {"kind": told.value}
    return {**kind, **_name_of(told)}


def _name_of(told: Understood) -> dict[str, str]:
    more = {"provider": told.provider, "course": told.course}
    return {part: text for part, text in more.items() if text}


def _at(option: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """The option at a place that is certain; the place's own kind settles which kind of college it is."""
    placed = {**option, "provider": place.name}
    if place.kind in _ALIKE_KINDS and ("line" in option or option.get("kind") in _ALIKE_KINDS):
        placed.pop("line", None)
        placed["kind"] = place.kind
    return placed
