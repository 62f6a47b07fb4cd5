"""Read one text against one question: understood, perhaps understood, or not.

A key, a word or a short sentence will do. Words are looked up first; of four letters and more, a slip is
forgiven (a ratio of 80 or more). What is only likely comes back as a suggestion, to be said back before it
is kept. Consent is never read here: nobody agrees to it by text.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from surveybot.rules.bare_words import bare, word_set

ALIKE = 80.0
SHORTEST_FUZZY = 4


@dataclass(frozen=True, slots=True)
class Understood:
    """What was said: a choice's value, or a destination with what was told of it, as it was written."""

    value: str = ""
    provider: str = ""
    course: str = ""
    same: bool = False  # as it was before
    skip: bool = False  # does not know, or does not say


@dataclass(frozen=True, slots=True)
class Unsure:
    suggestion: Understood


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    pass


Reading = Understood | Unsure | NotUnderstood


@dataclass(frozen=True, slots=True)
class Option:
    """One answer of a question: its key is its place in the list, from 1."""

    value: str
    label: str
    words: tuple[str, ...] = ()
    agrees: bool = False
    declines: bool = False


YES = word_set(
    "yes yeah yea yeh yh ye yep yup yess yas aye ok okay k kk sure please pls correct right true definitely"
) | {
    *("thats right", "thats it", "thats correct", "thats the one", "thats me", "yes please", "yes pls"),
    *("go on", "yes it is", "yes thats it", "yes thats right", "that one", "yeah please", "yeah pls"),
}
NO = word_set("no nope nah naa na nay noo neither wrong incorrect") | {
    *("no thanks", "no thank you", "no thx", "no ta", "nah thanks", "not really", "not that", "not that one"),
    *("thats wrong", "no its not", "none", "im ok", "im okay", "im good", "im fine", "all good", "not now"),
    *("not right now", "not at the moment", "no need", "nope thanks", "no im ok", "no im good", "no ty"),
}
THANKS = word_set(
    "thanks thx ty ta cheers ok okay k kk cool great nice bye perfect x lol haha np good alright"
) | {
    *(
        "thank you",
        "thank u",
        "nice one",
        "ok thanks",
        "ok thank you",
        "okay thanks",
        "thanks bye",
        "ok cool",
    ),
    *("no problem", "no worries", "ok thx", "thanks x", "ok great", "great thanks", "cool thanks", "ok ty"),
}
_COURTESY = word_set(
    "please pls plz thanks thx ty mate x xx xxx lol tbh haha sir miss bro actually tho though"
)
_AROUND_A_KEY = word_set(
    "number no option answer key choice its it is i pick choose would say say the please pls thanks thx",
    "ty x xx and a an one probably think i",
)
_NUMBERS = {
    word: key
    for key, words in enumerate(("one", "two", "three", "four", "five", "six", "seven", "eight", "nine"), 1)
    for word in (words, str(key))
}
_FILLERS = word_set(
    "i im id ill ive am will be is it its the a an to of my me going go goin gonna gunna gna want wanna",
    "would like think thinking probably prob probs maybe hopefully definitely def defo just really tbh",
    "lol haha x xx xxx please pls plz so well um erm er yeah yes hi hello hey and then now at atm",
    "moment currently next year in september sept doing been got planning plan hoping hope wish do ngl",
    "innit cos because with still thanks thx mate sir miss u you been be for on there same",
)


def read_choice(text: str, options: Sequence[Option]) -> Reading:
    """Read a text against a list with keys."""
    words = bare(text)
    if not words:
        return _read_sign(text, options)
    if key := key_in(words):
        return Understood(options[key - 1].value) if key <= len(options) else NotUnderstood()
    if found := _by_words(words, options):
        return Understood(found) if found != _SEVERAL else NotUnderstood()
    for said, mark in ((YES, "agrees"), (NO, "declines")):
        if words in said or _without_courtesy(words) in said:
            marked = next((option for option in options if getattr(option, mark)), None)
            return Understood(marked.value) if marked else NotUnderstood()
    return NotUnderstood()


def key_in(words: str) -> int:
    """The key that was pressed, or 0: "1", "no 2", "option three please"; never one of a sentence."""
    found = words.split()
    keys = [_NUMBERS[word] for word in found if word in _NUMBERS and (word.isdigit() or len(found) <= 3)]
    others = [word for word in found if word not in _NUMBERS]
    if len(set(keys)) != 1 or any(word not in _AROUND_A_KEY for word in others):
        return 0
    return keys[0]


_SEVERAL = "*"
_THUMBS = {"👍": "agrees", "✅": "agrees", "👌": "agrees", "👎": "declines", "❌": "declines"}


def _read_sign(text: str, options: Sequence[Option]) -> Reading:
    """A thumb is a yes or a no where a bare yes or no is an answer."""
    for sign, mark in _THUMBS.items():
        marked = next((option for option in options if getattr(option, mark)), None)
        if sign in text and marked is not None:
            return Understood(marked.value)
    return NotUnderstood()


def _by_words(words: str, options: Sequence[Option]) -> str:
    """The one option that was named; `_SEVERAL` where several were, empty where none was."""
    phrases = {bare(phrase): o.value for o in options for phrase in (o.label, *o.words)}
    for whole in (words, _without_fillers(words)):
        if whole in phrases:
            return phrases[whole]
    named = {phrases[phrase] for phrase in matched(words.split(), phrases)}
    if named:
        return named.pop() if len(named) == 1 else _SEVERAL
    return ""


def _without_courtesy(words: str) -> str:
    return " ".join(word for word in words.split() if word not in _COURTESY)


def _without_fillers(words: str) -> str:
    return " ".join(word for word in words.split() if word not in _FILLERS)


@dataclass(frozen=True, slots=True)
class Match:
    """Where a phrase stands among the words of a text: from `start` up to and not including `end`."""

    phrase: str
    start: int
    end: int


def matched(said: Sequence[str], phrases: Iterable[str]) -> list[str]:
    """The phrases that stand in a text and are not denied there."""
    return [match.phrase for match in find(said, phrases) if not is_denied(said, match)]


def find(said: Sequence[str], phrases: Iterable[str]) -> list[Match]:
    """Every phrase that stands in the text, longest first and none inside another, in the text's order.

    The exact ones are found before those with a slip.
    """
    wanted = sorted({tuple(phrase.split()) for phrase in phrases if phrase}, key=lambda p: (-len(p), p))
    taken: set[int] = set()
    found: list[Match] = []
    for alike in (_same, _nearly):
        for phrase in wanted:
            for start in range(len(said) - len(phrase) + 1):
                place = range(start, start + len(phrase))
                if taken.isdisjoint(place) and all(
                    alike(said[at], word) for at, word in zip(place, phrase, strict=True)
                ):
                    taken.update(place)
                    found.append(Match(" ".join(phrase), start, start + len(phrase)))
    return sorted(found, key=lambda match: match.start)


def _same(said: str, word: str) -> bool:
    return said == word


def _nearly(said: str, word: str) -> bool:
    if said == word:
        return True
    long_enough = min(len(said), len(word)) >= SHORTEST_FUZZY
    return long_enough and said not in REAL_WORDS and fuzz.ratio(said, word) >= ALIKE


REAL_WORDS = word_set(
    "trading looked worked waiting raining gaining booking cooking lacking learning earning reading",
    "wording job lob working walking talking colleague colleagues collect school year yearly fever over",
    "mother brother another charity history form from lord word want went levels level university college",
)
"""Words of their own that are one slip away from another."""

_DENIALS = word_set(
    "not no dont didnt never wont isnt wasnt cant instead than hate hated quit left leaving dropped",
    "finished without cancelled withdrew rejected arent doesnt anti nor",
)
_STILL_POSITIVE = (("not", "sure"), ("dont", "know"), ("no", "idea"), ("cant", "wait"), ("no", "doubt"))


def is_denied(said: Sequence[str], match: Match) -> bool:
    """ "not going to college", "left college": a word shortly before turns it round."""
    before = list(said[max(0, match.start - 4) : match.start])
    for first, second in _STILL_POSITIVE:
        if first in before and second in before:
            before.remove(first)
    clause = re.split(r"\b(?:but|now|so|then|and|or)\b", " ".join(before))[-1].split()
    return not _DENIALS.isdisjoint(clause)


def known_phrases(names: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """phrase -> meaning, turned round."""
    return {phrase: meaning for meaning, phrases in names.items() for phrase in phrases}
