"""Read a reply against the question that is open, or against the one that it really answers.

Whoever tells a check-in at its first question where they are ("im at ccb doing plumbing l2") has answered a
later one, and by that the first: that is said back, with what it implies.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from surveybot.rules.survey.questionnaire_check import Effect
from surveybot.rules.texting.bare_words import bare
from surveybot.rules.texting.replies import (
    YES,
    NotUnderstood,
    Reading,
    Understood,
    Unsure,
    key_in,
    read_choice,
)
from surveybot.rules.texting.reply_destinations import (
    LEARNING,
    LIKELY_PLACE,
    LOOKING,
    NOT_SURE,
    meaning,
    read_destination,
)
from surveybot.rules.texting.reply_names import names_nothing, read_name
from surveybot.rules.texting.text_talk import Ask, AskKind, Draft, FindPlaces, Talk, every_ask


@dataclass(frozen=True, slots=True)
class Reply:
    """What was said, the question that it belongs to, and the answers of earlier ones that follow from it."""

    reading: Reading
    ask: Ask
    implied: Mapping[str, str] = field(default_factory=dict)

    @property
    def understood(self) -> bool:
        return not isinstance(self.reading, NotUnderstood)


_CORRECTION = re.compile(
    r"^(?:oh |no |wait |sorry |oops )*(?:actually|i meant?|meant|correction|oops|scrap that)\b"
)
_NO = re.compile(r"^(?:no|nah|nope|not that|wrong)\b[\s,.!-]*", re.IGNORECASE)
_STILL = re.compile(r"^(?:(?:im|i am|i) )?still (?:at|in|on|doing|with|working|going|there|here|a|an|the)\b")
_NO_PLACE = frozenset({NOT_SURE, "rather_not_say"})
_LONGEST_NAME = 6


def reply_to(talk: Talk, draft: Draft, ask: Ask, text: str, find: FindPlaces) -> Reply:
    """Read a text: "actually apprenticeship" answers an earlier question anew, and so does "no, leeds city"
    to "did you mean ...?"."""
    menu = menu_of(talk)
    if menu is None or ask.kind is AskKind.MENU:
        return Reply(read(talk, ask, text, find), ask)
    words = bare(text)
    if ask.kind is AskKind.CHOICE and ask.question.id in _earlier(menu):
        return _at_the_first(talk, ask, menu, text, find)
    if correction := _CORRECTION.match(words):
        anew = read(talk, menu, words[correction.end() :].strip(), find)
        if isinstance(anew, Understood):
            return Reply(anew, menu)
    if ask.kind is AskKind.NAME and (other := _no_place_of_learning(talk, draft, text)):
        return Reply(Unsure(other), menu)
    reply = Reply(read(talk, ask, text, find), ask)
    return reply if reply.understood else _in_another_way(talk, draft, ask, menu, text, find)


def menu_of(talk: Talk) -> Ask | None:
    """The question what kind of destination it is, where this conversation has one."""
    return next((ask for ask in every_ask(talk) if ask.kind is AskKind.MENU), None)


def read(talk: Talk, ask: Ask, text: str, find: FindPlaces) -> Reading:
    """Read a text against one question and nothing else."""
    if ask.kind is AskKind.MENU:
        return _known_place(read_destination(text, talk.offer, language=talk.language), text, find)
    if ask.kind is AskKind.NAME:
        return read_name(text)
    reading = read_choice(text, ask.options)
    if ask.kind is AskKind.CHOICE or isinstance(reading, Understood):
        return reading
    if ask.kind is AskKind.WHICH:
        said = read_destination(text, talk.offer, language=talk.language)
        if isinstance(said, Understood) and said.value in {option.value for option in ask.options}:
            return said
    return NotUnderstood()  # of a list that stands in the same text, a guess is not worth a question


def _known_place(reading: Reading, text: str, find: FindPlaces) -> Reading:
    """A place without a kind is worth asking back; where the directory knows it, with its kind."""
    if isinstance(reading, Understood) or (isinstance(reading, Unsure) and not _is_guess(reading.suggestion)):
        return reading
    told = reading.suggestion if isinstance(reading, Unsure) else Understood()
    if not told.provider and (len(bare(text).split()) > _LONGEST_NAME or names_nothing(text)):
        return reading
    places = find(told.provider or text)
    if len(places) == 1 and places[0].kind:
        return Unsure(Understood(value=places[0].kind, provider=places[0].name, course=told.course))
    return reading if told.value or _stands_alone(told.provider, text) else NotUnderstood()


def _is_guess(told: Understood) -> bool:
    return told.value in ("", LIKELY_PLACE) and bool(told.provider)


def _stands_alone(place: str, text: str) -> bool:
    """ "im at ccb": nothing but where somebody is."""
    said = bare(text).split()
    return (
        bool(place)
        and not place[0].isdigit()
        and len(said) <= _LONGEST_NAME
        and not {"at", "into"}.isdisjoint(said)
    )


def _earlier(menu: Ask) -> Mapping[str, tuple[str, ...]]:
    """The answers of earlier questions on which the one about destinations depends."""
    return menu.question.text_form.only_if if menu.question.text_form else {}


def _at_the_first(talk: Talk, ask: Ask, menu: Ask, text: str, find: FindPlaces) -> Reply:
    """ "Are you still doing what you told us?" was asked, and where somebody is was told."""
    choice = Reply(read_choice(text, ask.options), ask)
    told = _told(read(talk, menu, text, find))
    if told is None or told.same or _stands_in_the_list(ask, text) or told.value in _NO_PLACE:
        return choice
    if choice.understood and told.value in ("", "something_else"):
        return choice
    leads = _earlier(menu)[ask.question.id]
    answer = _told(choice.reading)
    chosen = answer.value if answer else ""
    if chosen in leads:
        return Reply(Unsure(told), menu, {ask.question.id: chosen})
    same = chosen or (_same_of(ask) if _says_still(text, told) else "")
    if same:
        return Reply(Unsure(Understood(same)), ask)
    return Reply(Unsure(told), menu, {ask.question.id: _implied(ask, leads, told)})


def _told(reading: Reading) -> Understood | None:
    """What was said, certain or not."""
    told = reading.suggestion if isinstance(reading, Unsure) else reading
    return told if isinstance(told, Understood) else None


def _stands_in_the_list(ask: Ask, text: str) -> bool:
    """Whether a text is a key of the list, or an answer word for word."""
    words = bare(text)
    listed = {bare(word) for one in ask.options for word in (one.label, *one.words)}
    return bool(key_in(words)) or words in listed


def _says_still(text: str, told: Understood) -> bool:
    """ "still at college", "yes college"; but whoever is still looking may have had a plan before."""
    words = bare(text)
    agreed = words.split()[0] in YES
    rest = words.partition(" ")[2] if agreed else words
    return told.value != LOOKING and (agreed or bool(_STILL.match(rest)))


def _same_of(ask: Ask) -> str:
    """The choice that means the same as before, or nothing."""
    same = {choice.value for choice in ask.question.choices if choice.effect is Effect.SAME}
    return next((one.value for one in ask.options if one.value in same), "")


def _implied(ask: Ask, leads: tuple[str, ...], told: Understood) -> str:
    """What a place says of the first question: "not yet" of somebody who looks, else the file's first."""
    unsettled = next((one.value for one in ask.options if one.declines and one.value in leads), leads[0])
    return unsettled if told.value == LOOKING else leads[0]


def _in_another_way(talk: Talk, draft: Draft, ask: Ask, menu: Ask, text: str, find: FindPlaces) -> Reply:
    """What is no answer to the question may be one to an earlier one, or the full name of a short one."""
    denied = _NO.match(text.strip())
    if ask.kind in (AskKind.CONFIRM, AskKind.PICK) and denied:
        return Reply(read(talk, menu, text.strip()[denied.end() :], find), menu, draft.get("implied", {}))
    if ask.kind is AskKind.CONFIRM and draft.get("in_full"):
        return Reply(read_name(text), ask)
    if ask.kind is AskKind.NAME and (other := _another_kind(talk, draft, text)):
        return Reply(Unsure(other), menu)
    return Reply(NotUnderstood(), ask)


def _no_place_of_learning(talk: Talk, draft: Draft, text: str) -> Understood | None:
    """ "Still looking", where the name of a college was asked for."""
    if _kind_of(draft) not in LEARNING:
        return None
    other = _another_kind(talk, draft, text)
    return other if other and other.value not in LEARNING | {NOT_SURE, "rather_not_say"} else None


def _another_kind(talk: Talk, draft: Draft, text: str) -> Understood | None:
    """The kind of destination that a text names in place of the one that is known."""
    said = (
        NotUnderstood() if key_in(bare(text)) else read_destination(text, talk.offer, language=talk.language)
    )
    told, known = _told(said), _kind_of(draft)
    lines = {meaning(line) for line in talk.offer.lines if known in line.kinds}
    return told if told and told.value not in {"", known} | lines else None


def _kind_of(draft: Draft) -> str:
    return str(draft.get("option", {}).get("kind", ""))
