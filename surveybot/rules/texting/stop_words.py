"""Whether somebody wants the texts to stop, read by sense as people write it.

The carrier acts on single words only; "STOP PLEASE" must be caught here. A bus stop is no wish, and "finishes
end of June" is none: whoever hands in what the open question is can say whether a text answers it. For good
stops only what can mean nothing else: a bare stop with its courtesies, or "stop texting me". In doubt nothing
is stopped for good, but the number waits until a person has read the text.
"""

import re
from collections.abc import Callable, Iterator
from enum import StrEnum

from rapidfuzz import fuzz

from surveybot.rules.texting.bare_words import bare, word_set
from surveybot.rules.texting.stop_phrases import (
    ABOUT_US,
    CURT,
    DECOYS,
    ONLY,
    PERHAPS,
    STILL_A_WISH,
    STOP,
    TELLS,
    Patterns,
)


class StopSense(StrEnum):
    STOP = "stop"
    HOLD = "hold"  # perhaps; a person must read it


CARRIER_STOPS = frozenset(
    {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "arret"}
)
"""Alone in a text, the carrier blocks the number on these, whatever was meant."""


_POLITE = word_set(
    "please pls plz plse pleas thanks thank thx tnx ty ta cheers you u ok okay k kk hi hey hello hiya",
    "yo yes no just can could would will now right asap today immediately forever already again oi omg",
    "ffs lol mate m8 man bro bruv sir miss guys x xx xxx i want wanna need to sorry the all this it",
    "these them that everything and so seriously actually really ur your yr texts text txts messages",
    "msgs message msg sms survey service bot me us alerts reminders notifications subscription contact",
    "do how get out of off",
)
_COURTESY = word_set(
    "please pls plz thanks thank thx ty you u ok okay now this these texts text messages msgs all x xx"
)
_AROUND = word_set(
    "please pls plz plse thanks thank thx ty ta cheers ok okay k hi hey hello yo just now so oi omg ffs lol",
    "mate m8 man bro bruv bruh sir miss guys x xx xxx sorry and but really",
)
_CAN_YOU = re.compile(r"^(?:(?:can|could|would|will|please|pls|plz) )+(?:you|u|ya) ")
_SPELT_OUT = re.compile(r"\bs t o p\b")
_AT_THE_START = re.compile(rf"\W*(?:(?:please|pls|plz|just|ok|hi|hey|no)\W+)*{STOP}\s*[.!,;:…–—]", re.I)
_CLAUSE_ENDS = re.compile(r"[.!?,;:…–—\n]+|\b(?:but|and|so|cos|because)\b", re.I)


def stop_in(text: str, *, answers: Callable[[str], bool] | None = None) -> StopSense | None:
    """What a text says about stopping; `answers` says whether it answers the question that is open."""
    words = _SPELT_OUT.sub("stop", bare(text))
    if words.replace(" ", "") in CARRIER_STOPS or _is_only_a_stop(words):
        return StopSense.STOP
    plain = words if STILL_A_WISH.search(words) else _without_decoys(words)
    if _any(TELLS, plain) or any(one.fullmatch(_without_courtesy(plain)) for one in ONLY):
        return StopSense.STOP
    if _any(ABOUT_US, plain) or _is_curt(text) or _AT_THE_START.match(text):
        return StopSense.HOLD
    if not _any(PERHAPS, plain):
        return None
    return None if answers is not None and answers(text) else StopSense.HOLD


def _any(patterns: Patterns, words: str) -> bool:
    return any(pattern.search(words) for pattern in patterns)


def _without_decoys(words: str) -> str:
    for pattern in DECOYS:
        words = pattern.sub(" ", words)
    return " ".join(words.split())


def _without_courtesy(words: str) -> str:
    """The same without what is polite at both ends."""
    found = _CAN_YOU.sub("", words).split()
    while found and found[0] in _AROUND:
        found.pop(0)
    while found and found[-1] in _AROUND:
        found.pop()
    return " ".join(found)


def _is_curt(text: str) -> bool:
    """Whether a clause says no more than to go away, or that there is no interest."""
    return any(one.fullmatch(clause) for clause in _clauses(text) for one in CURT)


def _clauses(text: str) -> Iterator[str]:
    yield from (_without_courtesy(bare(part)) for part in _CLAUSE_ENDS.split(text))


def _is_only_a_stop(words: str) -> bool:
    """Nothing but a word for stopping, and courtesy around it: "ok stop pls", "unsubscibe me"."""
    found = words.split()
    stops = [word for word in found if _is_stop(word)]
    others = [word for word in found if not _is_stop(word)]
    if not stops or len(found) > 8 or any(word not in _POLITE for word in others):
        return False
    only_ends = all(word in ("end", "cancel", "quit") for word in stops)
    return not only_ends or (bool(others) and _is_courtesy(others))


def _is_courtesy(others: list[str]) -> bool:
    """ "cancel please" is a wish; "the end" and "want to quit" may be anything."""
    return all(word in _COURTESY for word in others)


def _is_stop(word: str) -> bool:
    if re.fullmatch(STOP, word) or word in CARRIER_STOPS:
        return True
    return len(word) >= 7 and fuzz.ratio(word, "unsubscribe") >= 80
