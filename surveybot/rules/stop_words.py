"""Whether somebody wants the texts to stop, read by sense as people write it.

The carrier acts on single words only; "STOP PLEASE" must be caught here. A bus stop is no wish, and "finishes
end of June" is none: whoever hands in what the open question is can say whether a text answers it. In doubt
nothing is stopped for good, but the number waits until a person has read the text.
"""

import re
from collections.abc import Callable
from enum import StrEnum

from rapidfuzz import fuzz

from surveybot.rules.bare_words import bare, word_set


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
_STOP = r"(?:s+t+[o0]+p+|stpo|sotp|tsop|stahp|staph|stopall)"
_SPELT_OUT = re.compile(r"\bs t o p\b")
_SEND = (
    r"(?:te?xt\w*|messag\w*|msg\w*|contact\w*|send\w*|e?mail\w*|call\w*|ring\w*|phon\w*|writ\w*|ping\w*|"
    r"bother\w*|harass\w*|spam\w*|pester\w*|bug\w*|annoy\w*|hassl\w*|ask\w*|notify\w*|remind\w*|survey\w*)"
)
_MAIL = r"(?:te?xts?|messages?|msgs?|sms|reminders?|surveys?|questions?|emails?|spam|contact|updates?)"
_PLEASE_STOP = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b{_STOP} (?:ur |your |the |all |these |this |with the |it with )*{_SEND}\b",
        rf"\b{_STOP} (?:it|this|these|them|all|now|please|pls|plz|thanks|thank|thx|immediately|asap|"
        rf"already)\b",
        rf"\b(?:tell|get|make) (?:them|it|him|her|this|the bot) (?:to )?{_STOP} {_SEND}\b",
        r"\bunsub(?:scribe)?\b",
        r"\bopt(?:ing)? (?:me )?out$|\bopt(?:ing)? (?:me )?out (?:please|pls|plz|thanks|now|"
        r"of (?:this|these|it|the|all|ur|your)\b)",
        r"\boptout\b|\bwant out\b$",
        rf"\b(?:cancel|end|quit|no more|enough) (?:of )?(?:these |the |this |all |my |your |ur |"
        rf"any )*{_MAIL}\b",
        rf"\b(?:quit|finish|cease|pack in) {_SEND}\b",
        r"\b(?:cancel|quit|end) (?:this|these|subscription|my subscription)\b$|\bquit it\b",
        r"\blea?ve? (?:me|us|my \w+) (?:the \w+ )?(?:alone|be)\b",
        r"\bgo away\b|\bget lost\b|\bget stuffed\b|\b(?:f|fk|fuck|fuk|eff|piss|sod|bugger|naff) off\b|"
        r"\bfoff\b",
        r"\b(?:pack|jack) it in\b|\bgive it a rest\b|\bcut it out\b|\bknock it off\b",
        rf"\b(?:dont|dnt|do not|never|not to|stop|must not|plz no|pls no) (?:ever |pls |please |"
        rf"keep )*{_SEND} "
        r"(?:me|us|to me|this|my|here|any|again|him|her|no more)\b",
        rf"\b(?:dont|dnt|do not|never|stop) (?:keep )?{_SEND}$",
        r"\b(?:take|get|strike) me off\b|\bremove (?:me|my (?:number|name|details|phone))\b",
        r"\b(?:delete|lose|erase|forget) my (?:number|phone|details)\b",
        rf"\b(?:dont|dnt|do not|no longer|didnt|never) (?:want|wanna|wish|need|ask for|asked for|"
        rf"like) .*\b{_MAIL}\b",
        rf"\b(?:dont|dnt|do not|no longer) (?:want|wanna|wish|like) (?:to (?:be|get|getting) |"
        rf"being ){_SEND}\b",
        r"\b(?:dont|dnt|do not|no longer) (?:want|wanna|wish) (?:to )?(?:hear|receive|get) (?:from|"
        r"any|these|this|your|ur|more|anything)\b",
    )
)
_PERHAPS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b{_STOP}\b",
        r"\bopt(?:ing|ed)? (?:me )?out\b",
        r"^(?:im |i am )?not interested(?: (?:thanks|thx|ty|sorry|in this|in these|anymore|any more|"
        r"mate))?$",
        r"^(?:ok )?(?:thats |thats quite |had )?enough(?: already| now| of this| thanks)?$|"
        r"^no more(?: please| pls| thanks)?$",
        r"^i quit$|^(?:the )?end of$|^spam$|\b(?:report|reporting|block|blocking|blocked) (?:you|u|"
        r"this|ur|your)\b",
        r"^shut up\b|\bstfu\b|^do one$|^jog on$|^(?:arrete|basta|przestan|peidiwch|stopiwch)\b",
        r"\b(?:delete|erase|remove) (?:all )?(?:my|me from) (?:data|info|information|records?|"
        r"everything)\b",
    )
)
_NO_WISH = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b(?:bus|full|pit|non|one|tram|train|tube|next|last|first|rest|truck|door|whistle|a|the|my|"
        rf"our|at|final|no) {_STOP}\b",
        rf"\b{_STOP} (?:motion|gap|watch|over|off|sign|frame|light|start|by|at|on|in|until|till|when|"
        rf"here|there|"
        r"school|college|uni|sixth|thinking|worrying|crying|laughing|smiling|learning|studying|"
        r"working|going|being|"
        r"smoking|playing|eating|doing|and search|to think|living)\b",
        rf"\b(?:cant|cannot|can not|couldnt|wont|will not|didnt|doesnt|did not|does not|never|dont|"
        rf"do not|not|wouldnt|"
        rf"non|hasnt|havent|without a) {_STOP}\b",
        rf"\b(?:doesnt|wont|cant|never|didnt) (?:ever |even |just |really )*{_STOP}\b",
    )
)
_STILL_A_WISH = re.compile(
    rf"\b(?:cant|wont|why wont|why dont|why cant) (?:you|u|ya|they) (?:\w+ )?{_STOP}\b"
)
_AT_THE_START = re.compile(rf"\W*(?:(?:please|pls|plz|just|ok|hi|hey|no)\W+)*{_STOP}\s*[.!,;:…–—-]", re.I)


def stop_in(text: str, *, answers: Callable[[str], bool] | None = None) -> StopSense | None:
    """What a text says about stopping; `answers` says whether it answers the question that is open."""
    words = _SPELT_OUT.sub("stop", bare(text))
    if words.replace(" ", "") in CARRIER_STOPS:
        return StopSense.STOP
    if _is_only_a_stop(words):
        return StopSense.STOP
    decoy = any(pattern.search(words) for pattern in _NO_WISH) and not _STILL_A_WISH.search(words)
    if any(pattern.search(words) for pattern in _PLEASE_STOP) and not (decoy and not _asks(words)):
        return StopSense.STOP
    if decoy:
        return None
    if _AT_THE_START.match(text):
        return StopSense.STOP
    if not any(pattern.search(words) for pattern in _PERHAPS):
        return None
    return None if answers is not None and answers(text) else StopSense.HOLD


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
    if re.fullmatch(_STOP, word) or word in CARRIER_STOPS:
        return True
    return len(word) >= 7 and fuzz.ratio(word, "unsubscribe") >= 80


def _asks(words: str) -> bool:
    """ "can't stop laughing, stop texting me" holds both; the plain wish wins."""
    return any(pattern.search(_without_decoys(words)) for pattern in _PLEASE_STOP)


def _without_decoys(words: str) -> str:
    for pattern in _NO_WISH:
        words = pattern.sub(" ", words)
    return words
