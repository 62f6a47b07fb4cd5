"""What a text asks for, whatever question is open: to stop, to start, who we are, a person, and the like.

These come before any reading of an answer. STOP, START and HELP alone are answered by the carrier itself.
"""

import re
from collections.abc import Callable, Sequence
from enum import StrEnum

from surveybot.rules.texting.bare_words import bare
from surveybot.rules.texting.stop_words import StopSense, stop_in


class Wish(StrEnum):
    STOP = "stop"
    HOLD = "hold"  # perhaps to stop: nothing goes to the number until a person has read it
    START = "start"
    HELP = "help"  # the carrier's word, alone
    WRONG_NUMBER = "wrong_number"
    WHO_IS_THIS = "who_is_this"
    NEEDS_HELP = "needs_help"  # a person should get in touch
    WITHDRAW = "withdraw"
    REFUSE = "refuse"
    CHANGE = "change"  # say it all again


CARRIER_STARTS = frozenset({"start", "unstop"})
CARRIER_HELPS = frozenset({"help", "info"})

_EXACT = {
    **dict.fromkeys(CARRIER_STARTS, Wish.START),
    **dict.fromkeys(CARRIER_HELPS, Wish.HELP),
    **dict.fromkeys(
        (
            *("withdraw", "i withdraw", "withdraw consent", "withdraw my consent", "i withdraw my consent"),
            *("i withdraw consent", "withdraw please", "withdraw pls", "withdraw all", "withdraw everything"),
        ),
        Wish.WITHDRAW,
    ),
    **dict.fromkeys(
        (
            "refuse",
            "i refuse",
            "refuse please",
            "refuse pls",
            "refuse consent",
            "i refuse consent",
            "refused",
        ),
        Wish.REFUSE,
    ),
    **dict.fromkeys(
        ("change", "change it", "change my answer", "change answer", "change please", "change pls"),
        Wish.CHANGE,
    ),
}
_WRONG_NUMBER = re.compile(
    r"\bwrong (?:number|num|no|nr|person|phone|guy|girl|kid|contact)\b(?! of)"
    r"|\b(?:have|got|gotten|texted|texting|messaged) (?:the )?wrong(?: person| one| 1)?$"
    r"|\b(?:this )?(?:is not|isnt|not|aint) (?:his|her|their|the right|thier) (?:number|phone|mobile|no)\b"
    r"|\b(?:no one|noone|nobody|no1|no person|there is no|theres no) (?:here )?(?:called|named|by|"
    r"with|of) \w+"
    r"|\b(?:dont|do not) know (?:any ?one|any ?body|any|a person|him|her|this person|that person|"
    r"who that is)\b"
    r"|\bnot (?:the person|who) (?:you|u)\b|\b(?:doesnt|does not|dont) (?:live here|"
    r"have this (?:number|phone)|use this (?:number|phone))\b"
    r"|\bnumber (?:now )?belongs to\b|\bhad this number (?:for|since)\b|"
    r"\b(?:just )?got this (?:number|sim)\b"
    r"|\b(?:dont|do not) have (?:a |any )?(?:child|children|kid|kids|son|daughter)\b|"
    r"\bno longer (?:his|her|their) number\b"
)
_WHO = re.compile(
    r"\bwh?o(?:s|se| is| iz)? (?:this|dis|dat|that|the hell|the fuck|it|number is this|texting)\b"
    r"|^(?:sorry )?who (?:are|r|is|am) (?:you|u|ya|i)\b|\bwho (?:u|you) (?:are)?$|^wh?o\b(?: r|"
    r" are)? (?:u|you)\b"
    r"|^whos?$|^(?:sorry )?(?:what is|whats|wats|wots) this(?: about| for| text| number)?\b"
    r"|\bis (?:this|it|dis) (?:a |some )?(?:scam|spam|real|legit|fake|phishing|virus)\b|^(?:scam|fake)$"
    r"|\b(?:are|r) (?:you|u) (?:a |an )?(?:bot|robot|real|human|ai|person|scam\w*)\b|^is this a bot\b"
    r"|\b(?:how|where) (?:did|have|do|d) ?(?:you|u|ya) (?:get|got|find|have) (?:my|this) (?:number|no|"
    r"num|details)\b"
    r"|^(?:do i know (?:you|u)|why (?:are|r) (?:you|u) (?:texting|messaging|asking) (?:me|this))\b"
)
_PERSON = (
    r"(?:someone|some1|somebody|anyone|any1|anybody|a person|a human|a real person|"
    r"an? advis[eo]r|a teacher|my tutor|careers|miss|sir|staff)"
)
_NEEDS_HELP = re.compile(
    r"\b(?:need|want|wanting|needing|like|get|have|could do with) (?:\w+ ){0,3}(?:help|advice|support|"
    r"guidance)\b"
    rf"|\b(?:can|could|will|would|please|pls) (?:you|u|ya|{_PERSON}) (?:please |pls )?(?:help|advise|"
    rf"ring|call|phone|contact) ?(?:me|us)?\b"
    r"|^(?:please |pls |plz )?help(?: me| us| please| pls| plz| needed| with| wanted)\b|\b(?:please|"
    r"pls|plz) help\b|\bhelp me\b"
    rf"|\b(?:talk|speak|chat|spk) (?:to|2|with) {_PERSON}\b"
    r"|\b(?:call|ring|phone) me(?: please| pls| back| plz)?$|\b(?:im|i am|really) (?:stuck|struggling)\b"
)
_NO_HELP = re.compile(
    r"\b(?:dont|do not|no|not|didnt|never|without|doesnt|dnt) (?:\w+ ){0,3}(?:help|advice|support|"
    r"guidance)\b"
    r"|\b(?:dont|do not|no need to|not) (?:call|ring|phone|help)\b|\bhelp(?:ing|ed|er|s)\b|\bhelp ?desk\b"
    r"|\b(?:learning|financial) support\b|\bit support\b|\bsupport work\w*\b|\bhelp (?:my|at|out|in|on)\b"
)


def wish_in(
    text: str, *, names: Sequence[str] = (), answers: Callable[[str], bool] | None = None
) -> Wish | None:
    """The wish in a text; `names` are the first names known at the number, `answers` as in stop_in."""
    sense = stop_in(text, answers=answers)
    if sense is StopSense.STOP:
        return Wish.STOP
    words = bare(text)
    if exact := _EXACT.get(words):
        return exact
    if _WRONG_NUMBER.search(words) or _denies_a_name(words, names):
        return Wish.WRONG_NUMBER
    if sense is StopSense.HOLD:
        return Wish.HOLD
    if _WHO.search(words):
        return Wish.WHO_IS_THIS
    if _NEEDS_HELP.search(words) and not _NO_HELP.search(words):
        return Wish.NEEDS_HELP
    return None


def _denies_a_name(words: str, names: Sequence[str]) -> bool:
    """ "I'm not Amira", "who is amira", "amira doesn't live here": whoever writes is somebody else."""
    for name in filter(None, map(bare, names)):
        denied = (
            rf"\b(?:not|isnt|aint|arent|wasnt|no) {re.escape(name)}(?:s (?:number|phone))?\b(?! here)"
            rf"|\bwho(?:s| is| the hell is| tf is)? {re.escape(name)}\b"
            rf"|\b{re.escape(name)} (?:doesnt|does not|dont|isnt|is not) (?:live|here|at|on|use|have)\b"
            rf"|\bdont know (?:a |any |an )?{re.escape(name)}\b"
        )
        if re.search(denied, words):
            return True
    return False
