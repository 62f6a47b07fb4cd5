"""Which of several people at one number a text is from: they say their first name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from surveybot.rules.texting.bare_words import bare

ALIKE = 85.0
SHORTEST_FUZZY = 5
_BEFORE = r"(?:(?:hi|hello|hey|yes|its|it is|this is|im|i am|my name is|from|for|sorry|and|me)\s+)*"
_AFTER = r"(?:\s+(?:here|speaking|again|its|it is|is|says|said))*"


@dataclass(frozen=True, slots=True)
class Named:
    """The person that a text names, and what it says beside that."""

    place: int  # in the names that were given
    rest: str


def who_is_named(text: str, names: Sequence[str]) -> Named | None:
    """Who a reply begins or ends with: "Harri: college", "college - Harri"; None for nobody, or for two."""
    known = [bare(name) for name in names]
    if len(set(known)) < len(known):
        return None
    said = {place: _said_by(text, name) for place, name in enumerate(known)}
    found = [Named(place, rest) for place, rest in said.items() if rest is not None]
    if len(found) == 1 and any(_names(found[0].rest, name) for name in known):
        return None
    return found[0] if len(found) == 1 else None


def _names(rest: str, name: str) -> bool:
    return bool(name) and f" {name} " in f" {bare(rest)} "


def _said_by(text: str, name: str) -> str | None:
    """What else the text says, where it begins or ends with the name."""
    words = text.replace("’", "").replace("'", "").split()
    plain = [bare(word) for word in words]
    length = len(name.split())
    if not length:
        return None
    joined = " ".join(plain)
    if begins := re.match(rf"{_BEFORE}{re.escape(name)}(?:s)?{_AFTER}(?=\s|$)", joined):
        return _tail(words, plain, begins.end())
    if len(plain) > length and plain[-length:] == name.split():
        return " ".join(words[:-length]).strip(" -,.:;–")
    if (
        len(plain) == 1
        and min(len(joined), len(name)) >= SHORTEST_FUZZY
        and fuzz.ratio(joined, name) >= ALIKE
    ):
        return ""
    return None


def _tail(words: Sequence[str], plain: Sequence[str], end: int) -> str:
    """The written words after so many letters of the bare ones."""
    used = 0
    for place, word in enumerate(plain):
        if used >= end:
            return " ".join(words[place:]).strip(" -,.:;–")
        used += len(word) + 1
    return ""
