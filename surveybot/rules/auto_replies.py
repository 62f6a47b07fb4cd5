"""Texts that no person wrote: they are never answered, so that two machines never talk to each other."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from surveybot.rules.bare_words import bare


class Automatic(StrEnum):
    SHORT_CODE = "short_code"
    NAMED_SENDER = "named_sender"  # letters instead of a number: it cannot be answered
    OUT_OF_OFFICE = "out_of_office"
    MACHINE = "machine"


_NUMBER = re.compile(r"\+\d{7,15}")
_OUT_OF_OFFICE = re.compile(
    r"\bout of (?:the )?office\b|\bauto(?:matic|mated)? ?(?:reply|response|message)\b|\bon annual leave\b"
    r"|\b(?:currently|im|i am) (?:away|unavailable|driving)\b.*\b(?:get back|reply|respond|call you|"
    r"see your message|return)\b"
    r"|\bim driving with\b|\bdriving focus\b|\bill see your message when\b|"
    r"\bim not receiving notifications\b"
    r"|\bcant (?:talk|speak|take your call) (?:right )?now\b.*\b(?:call|text|back|later)\b|"
    r"\bsent from my car\b"
    r"|\bi am (?:currently )?driving\b|\bill call you (?:right )?back\b$"
)
_MACHINE = re.compile(
    r"\b(?:message|text|sms|msg) (?:not delivered|undeliver\w+|could not be delivered|failed|"
    r"delivery failed)\b"
    r"|\b(?:does not|doesnt|cannot|cant|unable to) (?:accept|receive|take) (?:replies|texts?|sms|"
    r"messages|incoming)\b"
    r"|\bdo not reply\b|\bno ?reply\b|\bnot monitored\b|\bunmonitored\b|\bthis is an automated\b"
    r"|\b(?:your|the) (?:verification|security|one time|login) (?:pass)?code\b|\bcode is \d{4,8}\b"
    r"|\bthe (?:number|person|mobile|customer) you (?:have )?(?:texted|called|dialled|are calling)\b"
    r"|\byou have (?:\d+ )?(?:a )?(?:new )?voicemails?\b|\bmissed call(?:s)? from\b|\byour parcel\b"
    r"|\bthis number is (?:no longer|not) in (?:use|service)\b"
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
