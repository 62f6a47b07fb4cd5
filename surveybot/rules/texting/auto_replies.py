"""Texts that no person wrote: they are never answered, so that two machines never talk to each other.

What only reads like one may be a student's all the same, so a person sees it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from surveybot.rules.texting.bare_words import bare


class Automatic(StrEnum):
    SHORT_CODE = "short_code"
    NAMED_SENDER = "named_sender"  # letters instead of a number: it cannot be answered
    OUT_OF_OFFICE = "out_of_office"
    MACHINE = "machine"


def _either(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


_NUMBER = re.compile(r"\+\d{7,15}")
# Each is the whole wording of a machine, or how it begins: "no reply yet from bt" and "i am driving lorries"
# are people's words.
_WILL_ANSWER = r"\b(?:get back|reply|respond|return|be in touch|as soon as|shortly|call you|see your)\b"
_OUT_OF_OFFICE = _either(
    r"^(?:\w+ ){0,8}?(?:i am|im|we are|currently|is) (?:currently )?out of (?:the )?office\b",
    r"^out of (?:the )?office\b|\b(?:im|i am) (?:currently )?on annual leave\b",
    r"^(?:this is an? )?auto(?:matic|mated)? ?(?:reply|response|message)\b",
    rf"\bcurrently (?:away|unavailable|driving|in a meeting)\b.*{_WILL_ANSWER}",
    rf"^(?:hi |hello )?thank(?:s| you) for (?:your|the) (?:message|text|email|call)\b.*{_WILL_ANSWER}",
    r"\bim driving with\b.*\bturned on\b|\bdriving focus\b|\bill see your message when\b",
    r"\bim not receiving notifications\b|\bsent from my car\b",
    r"^(?:sorry )?(?:im|i am) (?:currently )?driving(?: right now| at the moment| now)?"
    r"(?: (?:so )?(?:ill|i will|cant)\b.*)?$",
    r"^(?:sorry )?(?:i )?cant (?:talk|speak|take your call) (?:right )?now\b.*\b(?:call|text|back|later)\b",
    r"^(?:sorry )?ill call you (?:right )?back$",
)
_MACHINE = _either(
    r"^(?:your )?(?:message|text|sms|msg) (?:was |could )?(?:not (?:be )?delivered|undeliver\w+)\b",
    r"^(?:your )?(?:message|text|sms|msg) (?:failed to (?:send|deliver)|delivery failed)\b",
    r"\bthis (?:number|phone|line|service|mobile|account) (?:\w+ )?(?:does not|doesnt|cannot|cant) "
    r"(?:accept|receive|take) (?:replies|texts?|sms|messages|incoming)\b",
    r"\b(?:does not|cannot) accept (?:replies|incoming)\b",
    r"^(?:please )?do not reply\b|\bdo not reply (?:directly )?to this\b|^no ?reply$|\bnoreply\b",
    r"\b(?:inbox|mailbox|number|account) is (?:not monitored|unmonitored)\b|\bthis is an automat\w+\b",
    r"\b(?:verification|security|one time|login|access) (?:pass)?code (?:is|for)\b",
    r"\byour (?:\w+ )?(?:pass)?code is\b|\bis your (?:\w+ ){0,2}(?:pass)?code\b",
    r"\bthe (?:number|person|mobile|customer) you (?:have )?(?:texted|called|dialled|are calling)\b",
    r"^you have (?:\d+ |a )?(?:new )?(?:voicemails?|missed calls?)\b|^missed calls? from\b",
    r"\byour parcel (?:is|has|will)\b|\bthis number is (?:no longer|not) in (?:use|service)\b",
)


def automatic(from_number: str, text: str) -> Automatic | None:
    """What kind of machine has sent this, or None where it may be a person."""
    number = from_number.strip()
    if re.fullmatch(r"\+?\d{3,6}", number):
        return Automatic.SHORT_CODE
    if not _NUMBER.fullmatch(number):
        return Automatic.NAMED_SENDER
    words = bare(text)
    if _OUT_OF_OFFICE.search(words):
        return Automatic.OUT_OF_OFFICE
    return Automatic.MACHINE if _MACHINE.search(words) else None


@dataclass(frozen=True, slots=True)
class Heard:
    """An earlier text of the same number, and whether we answered it."""

    text: str
    at: datetime
    answered: bool


MOST_REPLIES = 20
MOST_ALIKE = 4
LOOP_WINDOW = timedelta(minutes=60)
ALIKE_WINDOW = timedelta(minutes=10)
_SHORTEST_ALIKE = 4  # keys and little words may well be sent again and again


def is_a_loop(text: str, earlier: Sequence[Heard], *, now: datetime) -> bool:
    """Whether a number has had too many answers within the hour, or keeps sending the same sentence."""
    answered = [heard for heard in earlier if heard.answered and heard.at > now - LOOP_WINDOW]
    if len(answered) >= MOST_REPLIES:
        return True
    words = bare(text)
    if len(words) < _SHORTEST_ALIKE:
        return False
    alike = [heard for heard in earlier if heard.at > now - ALIKE_WINDOW and bare(heard.text) == words]
    return len(alike) + 1 >= MOST_ALIKE
