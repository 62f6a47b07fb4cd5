"""Whom a text names: the college, school or employer, and the course, as they were written."""

import re
from collections.abc import Sequence

from surveybot.rules.plain_text import clean
from surveybot.rules.texting.bare_words import bare, word_set
from surveybot.rules.texting.plain_speaking import Speaking, how_it_speaks
from surveybot.rules.texting.replies import NO, YES, NotUnderstood, Reading, Understood
from surveybot.rules.texting.said_words import Match

MOST_LETTERS = 120
SHORT_NAME = 5
"""Letters of what is likely an abbreviation."""

_NEXT = (
    r"(?=\s+(?:doing|doin|studying|studyin|to do|2 do|to study|learning|taking|starting|start|"
    r"(?:from|in) sep\w*|now|atm|rn|next|hopefully|but|(?<!\s\w\s)and|or|if|because|cos|then|tbh|lol|i think)"
    r"\b|\s*[,;!.]|$)"
)
_WITH = re.compile(
    rf"(?:^|\s)(?:at|@|with|wiv|w/|w|by|into)\s+(?:the\s+)?(?P<name>[^,;!.]+?){_NEXT}", re.IGNORECASE
)
_IN = re.compile(rf"(?:^|\s)in\s+(?P<name>[^,;!.]+?){_NEXT}", re.IGNORECASE)
_DOING = re.compile(
    r"\b(?:doing|doin|studying|studyin|to do|2 do|to study|learning|taking|course in|degree in|"
    r"apprenticeship in|level \d in)"
    r"\s+(?:my\s+|an?\s+(?!levels?\b))?(?P<name>[^,;!.]+?)(?=\s+(?:at|@|with|wiv|w|w/|in|from|by|hopefully|next|"
    r"but|then|tbh|lol|i think)\b|\s*[,;!.]|$)",
    re.IGNORECASE,
)
_LEVEL = re.compile(
    r"\b(?:l[1-7]|level \d|btec|nvq|gcses?|a levels?|t levels?|hnd|hnc|ba|bsc|diploma|access course)\b"
)
_NOT_A_NAME = word_set(
    "college uni university sixth form 6th school job work training home the a an my moment same september",
    "sept local nearby near town mum dad it them him her friends mates least time all once present next",
    "apprenticeship somewhere one some any place course gap year another different new jan january summer",
    "art arts tech technical drama music sports catering building it engineering plumbing half term "
    "full part",
    "carpentry bricklaying hair beauty childcare nursing i im in to go going gonna want be think would like",
    "degree higher level either both there here now doing maybe probably prob hopefully yes yeah erm well",
    "still house nans nan mums dads school home yes no ok",
    "definitely just study studying apply applying applied got at with w wiv from on for says said thinks",
    "thought wants wanted told after before leaving finished to do and but so of ok okay lol haha idk",
    "colleges jobs works working apprentice apprenticeships apprentiship aprentiship sixthform 6thform stay",
    "staying uncle uncles aunt auntie brother brothers sister sisters mate cousin nan family boyfriend",
    "girlfriend site yh yeh yea ye yep nah tbh ngl dunno hi hey hello cant stop stopping thinking about",
    "start starting started supposed meant does has had is was were been may might can could should will",
    "wont not decided prolly defo def obvs obviously guess reckon um hmm cos because if unless while also",
    "too although",
)
_IN_NO_NAME = word_set(
    "me my they he she was got said didnt dont wont cancelled rejected because im ive not never whatever"
)
_NO_COURSE = word_set(
    "it a an the my well ok okay good that this something nothing stuff things work job fine great before",
    "too apprenticeship apprentice college sixth 6th form degree uni x xx xxx and so am i there here",
)


def studies(text: str) -> bool:
    """Whether something is studied, whatever it is."""
    return bool(course_in(clean(text))) or bool(_LEVEL.search(bare(text)))


def name_with(written: str) -> str:
    """The name after "at" or "with"."""
    return _name(_WITH.search(written))


def name_in(written: str) -> str:
    """The name after "in": of a college it is likely its town."""
    return _name(_IN.search(written))


def course_in(written: str) -> str:
    found = _DOING.search(written)
    name = found["name"].strip(" .,;:!?'\"-") if found else ""
    plain = set(bare(name).split()) - _NO_COURSE
    return name if plain and len(name) <= MOST_LETTERS else ""


def name_around(written: str, said: Sequence[str], match: Match) -> str:
    """ "abingdon college", "uni of leeds": the words right before, or after "of", belong to the name."""
    start, end = match.start, match.end
    if list(said[start - 1 : start]) == ["new"] and end < len(said) and said[end] not in _NOT_A_NAME:
        return " ".join(written.split()[start - 1 : end + 1])  # New College Swindon
    while start > 0 and match.start - start < 5 and _belongs(said, start - 1):
        start -= 1
    if list(said[end : end + 1]) == ["of"]:
        end += 1
        while end < len(said) and said[end] not in _NOT_A_NAME and end - match.end < 4:
            end += 1
    elif list(said[start : start + 1]) == ["city"] and end < len(said) and start < match.start:
        end += 1
    if (start, end) == (match.start, match.end) or len(written.split()) != len(said):
        return ""
    name = " ".join(written.split()[start:end])
    return "" if _LEVEL.search(bare(name)) else name.strip(" .,;:!?")[:MOST_LETTERS]


def _belongs(said: Sequence[str], at: int) -> bool:
    """Whether a word before "college" is part of its name; "and" is, between two that are."""
    if said[at] == "and":
        return at > 0 and said[at - 1] not in _NOT_A_NAME
    return said[at] not in _NOT_A_NAME


def _name(found: re.Match[str] | None) -> str:
    """The name in a match, or nothing where it is only a word like "college" or "home"."""
    if found is None:
        return ""
    name = found["name"].strip(" .,;:!?'\"-")
    return "" if names_nothing(name) or len(name) > MOST_LETTERS else name


def names_nothing(name: str) -> bool:
    """Whether it is all of words that no place is called by, or holds one that is in no name."""
    said = bare(name).split()
    return all(word in _NOT_A_NAME for word in said) or not _IN_NO_NAME.isdisjoint(said)


def is_abbreviation(name: str) -> bool:
    """ "ccb": one short word, as it is; worth asking what it is in full."""
    return len(name.split()) == 1 and len(bare(name)) <= SHORT_NAME


_LEAD_IN = re.compile(
    r"^(?:(?:erm|um|well|yeah|yes|ok|its|it's|it is|im|i'm|i am|i|going|goin|gonna|gunna|go|to|at|@|"
    r"with|w/|w|the name is|called|"
    r"name is|probably|prob|maybe|hopefully|think|want|attend|applied|got|a|place|offer|from|be|will|"
    r"would|like)\s+)+",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"\s+(?:tbh|lol|x+|please|pls|i think|hopefully|haha|thanks|thx|mate|miss|sir)$", re.IGNORECASE
)
_SKIPS = word_set(
    "0 zero skip none nope nowhere noone nobody pass na any anywhere unknown nothing private"
) | {
    *(
        "no",
        "n a",
        "not yet",
        "nowhere yet",
        "no one",
        "no one yet",
        "nobody yet",
        "nothing yet",
        "rather not say",
    ),
    *(
        "prefer not to say",
        "none of your business",
        "not saying",
        "no comment",
        "its private",
        "not telling you",
    ),
}
_NOT_KNOWN = re.compile(
    r"\b(?:dont know|dnt know|do not know|not sure|unsure|no idea|no clue|not a clue|idk|dunno|dno|dk|"
    r"undecided|(?:not|havent|not yet) (?:decided|chosen|picked|made my mind up)|cant remember|forgot\w*)\b"
)
_NOTHING_OF_A_PLACE = re.compile(
    r"\b(?:didnt|dont|wont|cant|havent|lost|rejected|left|quit|dropped|kicked|sacked|fell through|wtf|"
    r"why|what do (?:you|u) mean|who|hello|already (?:said|told))\b"
)
_KNOWN_TO_ITSELF = 8
"""Words: whoever writes more than that has said something beside "I do not know"."""


def read_name(text: str) -> Reading:
    """Read the name of a college, school or employer, as it is written; "0" and "not sure" skip it."""
    words = bare(text)
    if words in _SKIPS or (_NOT_KNOWN.search(words) and len(words.split()) <= _KNOWN_TO_ITSELF):
        return Understood(skip=True)
    if words in YES | NO or _NOTHING_OF_A_PLACE.search(words):
        return NotUnderstood()
    if how_it_speaks(text) is Speaking.OF_OTHER_THINGS:
        return NotUnderstood()
    written = clean(text)
    course = course_in(written)
    name = name_with(written) if course else ""
    name = name or _LEAD_IN.sub("", _DOING.sub("", written)).strip(" .,;:!?-")
    name = _TAIL.sub("", name)
    if len(bare(name)) < 2 or bare(name).isdecimal() or len(name) > MOST_LETTERS or names_nothing(name):
        return NotUnderstood()
    return Understood(provider=name, course=course)
