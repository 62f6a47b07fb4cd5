"""The phrases in which people ask for texts to stop, and those that only sound like it; all of bare words.

They differ in how sure they are. `TELLS` is said to us and means texts; `ONLY` is sure where nothing else was
said; `ABOUT_US` is about our messages, though perhaps not about every one; `PERHAPS` may be about anything.
"""

import re
from collections.abc import Iterable

from surveybot.rules.texting.bare_words import word_set

Patterns = tuple[re.Pattern[str], ...]


def _compiled(patterns: Iterable[str]) -> Patterns:
    return tuple(re.compile(pattern) for pattern in patterns)


STOP = r"(?:s+t+[o0]+p+|stpo|sotp|tsop|stahp|staph|stopall)"
_TEXTING = r"(?:te?xt\w*|messag\w*|msg\w*|contact\w*)"
_BOTHERING = rf"(?:{_TEXTING}|send\w*|spam\w*|bother\w*|pester\w*|harass\w*)"
_ASKING = r"(?:asking|surveying|bug+\w*|annoy\w*|hassl\w*)"
_CALLING = r"(?:e?mail\w*|call(?:ing)?|ring(?:ing)?|phon\w*|writ\w*|ping\w*|notify\w*|remind\w*)"
_REACHING = rf"(?:{_BOTHERING}|{_ASKING}|{_CALLING})"
_MESSAGES = r"(?:te?xts?|messages?|msgs?|sms)"
_MAIL = rf"(?:{_MESSAGES}|reminders?|surveys?|questions?|emails?|spam|contact|updates?)"
_THESE = r"(?:ur|your|the|all|any|more|of|these|those|this|my|getting|receiving|from|please|pls|plz)"
_DONT = r"(?:dont|dnt|do not|never|not to|must not|plz no|pls no)"
_NO_WANT = r"(?:dont|dnt|do not|no longer|never|didnt) (?:really )?(?:want|wanna|wish|need|like)"
_POLITELY = r"^(?:(?:please|pls|plz|just|ok|hi|hey|no) )*"
_AGAIN = r"(?: any ?more| again| ever| from (?:you|u|school|the school))*"
_OF_OTHERS = "".join(
    rf"(?<!\b{word} )" for word in word_set("to wont they never would should could did will")
)
_FOR_A_WHILE = (
    r"(?:\w+ )?(?:until|till|til|during|when|while|in lessons?|in class|at school|at work|today|tonight)"
)

TELLS = _compiled(
    (
        rf"{_OF_OTHERS}\b(?:{STOP}|quit) (?:{_THESE} |with |it )*{_BOTHERING}"
        rf"(?: (?:me|us|my \w+|this number|{_THESE}))*\b(?! {_FOR_A_WHILE}\b)(?! (?:emails?|calls?)\b)",
        rf"\bwhy (?:wont|dont|cant) (?:you|u|ya) (?:\w+ )?{STOP}\b",
    )
)
"""Said to us, whatever else stands in the text: "im at work stop texting me"."""

ONLY = _compiled(
    (
        rf"{_DONT} (?:ever |keep )*{_TEXTING}(?: (?:me|us|here|this number))?{_AGAIN}",
        rf"(?:i )?{_NO_WANT} (?:to )?(?:get |receive |have |see )?(?:{_THESE} )*{_MESSAGES}{_AGAIN}",
        rf"(?:i )?{_NO_WANT} (?:to )?(?:be|get|being|getting) (?:text\w*|messaged|msged|contacted)"
        rf"(?: by (?:you|u))?{_AGAIN}",
        rf"no more (?:{_THESE} )*{_MESSAGES}{_AGAIN}",
        rf"(?:cancel|end|quit|{STOP}) (?:{_THESE} )*{_MESSAGES}",
        r"lea?ve? (?:me|us) alone",
        r"(?:how (?:do|can) (?:i|you|u) |id like to |can i |"
        r"(?:i )?(?:want|wanna|would like|wish|need) (?:to )?)?"
        rf"(?:unsub(?:scribe)?|opt (?:me )?out)(?: (?:me|us|{_THESE}|{_MESSAGES}|list))*",
        rf"how (?:do|can) (?:i|you|u) {STOP} (?:{_THESE} )*{_MESSAGES}",
        rf"(?:i (?:said|told you|told u)|make it) (?:to )?{STOP}",
    )
)
"""Sure where nothing else was said but courtesy; beside other things, they hold."""

ABOUT_US = _compiled(
    (
        rf"{_POLITELY}{STOP}\b|\b{STOP} (?:{_THESE} |with |it )*{_REACHING}\b",
        rf"\b{STOP} (?:it|this|these|them|now|please|pls|plz|thanks|thank|thx|asap|already|at once)\b",
        r"\bunsub(?:scribe)?\b|\boptout\b",
        r"\bopt(?:ing)? (?:me )?out (?:please|pls|plz|thanks|now|of (?:this|these|it|the|all|ur|your)\b)",
        rf"\b(?:cancel|end|quit|no more|enough|sick|done|too many) (?:of |with )?(?:{_THESE} )*{_MAIL}\b",
        rf"\bno {_MESSAGES}\b",
        rf"\b(?:quit|cease|pack in) {_REACHING}\b|\bwhy (?:do )?(?:you|u|ya) keep {_REACHING}\b",
        r"\blea?ve? (?:me|us|my \w+) (?:the \w+ )?(?:alone|be)\b",
        r"\bgive it a rest\b|\bcut it out\b|\bknock it off\b",
        rf"(?<!\bthey )(?<!\byou )(?<!\bu )(?<!\bcollege )\b{_DONT} (?:ever |keep )*{_REACHING} "
        r"(?:me|us|to me|this|my|here|any|again|him|her|no more)\b(?! back\b)",
        rf"\b{_DONT} ask (?:me )?(?:again|any ?more|this|stuff|questions)\b",
        r"\b(?:take|get|strike) me off\b|\bremove (?:me|my (?:number|name|details|phone))\b",
        r"\b(?:delete|lose|erase|forget) my (?:number|phone|details|info)\b|\bdelete it\b",
        r"\b(?:delete|erase|remove) (?:all )?(?:my|me from) (?:data|info|information|records?|everything)\b",
        rf"\b(?:{_NO_WANT}|(?:never|didnt) asked? for) .*\b{_MAIL}\b",
        rf"\b{_NO_WANT} (?:to )?(?:(?:be|get|being|getting) {_REACHING}|hear from|receive)\b",
        r"\b(?:report|reporting|block|blocking|blocked) (?:you|u|this|ur|your)\b|^reported$",
    )
)
"""About our messages: it waits for a person, also where it answers the open question."""

_AND_WHERE_TO = (
    r"(?: (?:to|too|2|for|from|in|on|at|with|w|wiv|and|next|after|when|somewhere|abroad|travel\w*))"
)
CURT = _compiled(
    (
        rf"(?:go away|get lost|get stuffed|jog on|do one|shut up)\b(?!{_AND_WHERE_TO}\b).*",
        rf"(?:f|fk|fuck|fuk|eff|piss|sod|bugger|naff) ?off\b(?!{_AND_WHERE_TO}\b).*|stfu\b.*",
        r"(?:im |i am )?not (?:interested|this again)"
        r"(?: (?:sorry|in (?:this|these|ur|your)(?: \w+)?|anymore|any more|(?:im|ive|i) .*))?",
        r"(?:thats |thats quite |had )?(?:enough|no more)(?: already| now| of this)?|spam|i quit|end of",
        r"(?:arrete|basta|przestan|peidiwch|stopiwch)\b.*",
    )
)
"""What a clause may be as a whole, or begin with: "go away im busy", but not "go away to uni"."""

PERHAPS = _compiled(
    (
        rf"\b{STOP}\b",
        r"\bopt(?:ing|ed)? (?:me )?out\b|\bwant out$|\b(?:pack|jack) it in\b",
    )
)
"""May be about anything: an answer to the open question is an answer."""

DECOYS = _compiled(
    (
        rf"\b(?:bus|full|pit|non|one|tram|train|tube|next|last|first|rest|truck|door|whistle|a|the|my|"
        rf"our|at|final|buses) {STOP}\b",
        rf"\b{STOP} (?:motion|gap|watch|over|off|sign|frame|light|start|by|at (?!once)|on|in|until|till|when|"
        r"here (?:for|and|at|in|to)|"
        r"school|college|uni|sixth|thinking|worrying|crying|laughing|smiling|learning|studying|"
        r"working|smoking|playing|eating|and search|to think|living)\b",
        rf"\b(?:buzzing|cant|cannot|can not|couldnt|wont|will not|didnt|doesnt|did not|does not|never|dont|"
        rf"do not|not|wouldnt|non|hasnt|havent|without a) (?:ever |even |just |really )*{STOP}\b",
        rf"\b(?:does|do|did) (?:\w+ ){{1,2}}{STOP}\b(?! {_BOTHERING})",
    )
)
"""Stops that are none. They are taken out, and what is left is read."""

STILL_A_WISH = re.compile(rf"\b(?:cant|wont|why wont|why dont|why cant) (?:you|u|ya|they) (?:\w+ )?{STOP}\b")
