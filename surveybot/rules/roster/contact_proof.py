"""When an address counts as proven to be somebody's own, and how often we may ask.

A round trip proves it: the choice "mine" on the page behind a link that was sent there, or a reply from
there. Opening the link proves nothing, since mail filters open every link.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.texting.bare_words import bare, word_set

GOOD_FOR = timedelta(days=14)
BETWEEN = timedelta(hours=1)
A_DAY = 3


class ProofState(StrEnum):
    OPEN = "open"  # asked, and not answered yet
    PROVEN = "proven"
    NOT_THEIRS = "not_theirs"  # whoever reads there said "this isn't me"
    REPLACED = "replaced"  # another address was given, or this one was taken away
    EXPIRED = "expired"


class ProofMethod(StrEnum):
    LINK = "link"
    REPLY = "reply"


@dataclass(frozen=True, slots=True)
class AskedBefore:
    """How often one address of one person was asked about, on the day it was last asked."""

    address: str
    at: datetime
    times: int


def state_of_proof(
    *,
    proven_at: datetime | None,
    refused_at: datetime | None,
    ended_at: datetime | None,
    expires_at: datetime,
    now: datetime,
) -> ProofState:
    if refused_at is not None:
        return ProofState.NOT_THEIRS
    if proven_at is not None:
        return ProofState.PROVEN
    if ended_at is not None:
        return ProofState.REPLACED
    return ProofState.OPEN if now < expires_at else ProofState.EXPIRED


def asked_today(asked: AskedBefore, now: datetime) -> int:
    return asked.times if london_date(asked.at) == london_date(now) else 0


def too_often(address: str, earlier: Iterable[AskedBefore], *, now: datetime) -> bool:
    """Whether to wait before asking again: an address once an hour, and three times a day in all.

    `earlier` holds what was asked of the same person over the same kind of route, and of this address
    whoever gave it: a slip may be put right at once, but nobody's phone rings all day.
    """
    known = list(earlier)
    if any(one.address == address and now - one.at < BETWEEN for one in known):
        return True
    return sum(asked_today(one, now) for one in known) >= A_DAY


_MINE = frozenset(
    {
        *("mine", "its mine", "it is mine", "this is mine", "thats mine", "that is mine", "yes mine"),
        *("yes its mine", "yes this is mine", "yes it is mine", "yeah mine", "yeah its mine", "mine yes"),
        *("this is my number", "its my number", "yes this is my number", "my number", "yes my number"),
        *("mine thanks", "mine thank you", "text mine", "reply mine", "mine x", "mine ok"),
    }
)
_YES = word_set("yes y yeah yep yea yup yh ok okay correct confirmed confirm") | {
    *(
        "yes please",
        "yes it is",
        "yes thanks",
        "yes thank you",
        "yes correct",
        "thats right",
        "yes this is me",
    ),
    *("this is me", "its me", "yes its me", "yes that is me", "yes thats me", "i confirm"),
}


def says_mine(text: str, *, yes_counts: bool) -> bool:
    """Whether a reply says that the number is theirs; a bare yes only where nothing else was asked."""
    words = bare(text)
    return words in _MINE or (yes_counts and words in _YES)
