"""Where somebody is going, from one text: "im at ccb doing plumbing l2", "aprentiship w bt", "same as b4".

The kind of destination comes from words that are data; who it is with and what is studied are taken as they
were written, and only where the sentence plainly says so. Two kinds in one text, or a place without a kind,
are suggestions.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from surveybot.rules.bare_words import bare, word_set
from surveybot.rules.plain_text import clean
from surveybot.rules.replies import (
    Match,
    NotUnderstood,
    Reading,
    Understood,
    Unsure,
    find,
    is_denied,
    key_in,
)
from surveybot.rules.reply_words import MenuLine, Offer

LOOKING, NOT_SURE, APPRENTICESHIP = "looking", "not_sure", "apprenticeship"
LIKELY_PLACE = "further_education_college"
LINE = "line:"
"""A reading that names a line of the list, not a kind: which of its kinds, the next question asks."""

MOST_LETTERS = 120
_SAME = re.compile(
    r"^(?:its |it is |im |i am |still |all |just |yeah |yes |yh |nah |no |the |pretty much |exactly |"
    r"my plan is |plan is )*"
    r"same(?: (?:as|thing|plan|plans|place|one|again|before|college|course|answer|still|really|old|"
    r"tbh|pls|please|"
    r"last|time|year|yr|yrs|b4|previously|ever|i|said|told|you|u|is|the|my|in|survey|lol|x|thanks|thx|"
    r"xx|mate))*$"
    r"|^(?:there is |theres |still )?(?:no|0|zero) changes?(?: (?:here|tbh|thanks|yet|since))*$"
    r"|^(?:still )?(?:not|nothing|hasnt|havent|nothings|nothing has|it hasnt|my plan hasnt|"
    r"plan hasnt) changed\b.*$"
    r"|^(?:still )?(?:as|like) (?:before|b4|last (?:time|year|yr)|i said)\b.*$|^unchanged$|^still the plan$"
)
_NEXT = (
    r"(?=\s+(?:doing|doin|studying|studyin|to do|2 do|to study|learning|taking|starting|start|"
    r"from sep\w*|next|hopefully|but|and|or|if|because|cos|then|tbh|lol|i think)\b|\s*[,;!.]|$)"
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
    "definitely just study studying apply applying applied got at with w wiv from on for says said thinks",
    "thought wants wanted told after before leaving finished to do and but so of",
)
_NO_COURSE = word_set(
    "it a the my well ok okay good that this something nothing stuff things work job fine great"
)
_OR = frozenset({"or", "maybe", "if", "unless", "then", "either", "otherwise"})


@dataclass(frozen=True, slots=True)
class _Found:
    kind: str  # of one kind, or a line of the list
    match: Match


def read_destination(text: str, offer: Offer, *, language: str = "en") -> Reading:
    """Read a text against the list of destinations and the words of every kind."""
    words = bare(text)
    if not words:
        return NotUnderstood()
    if key := key_in(words):
        return Understood(meaning(offer.lines[key - 1])) if key <= len(offer.lines) else NotUnderstood()
    if _SAME.match(words):
        return Understood(same=True)
    said = words.split()
    found = _kinds_in(said, offer, language)
    if not found:
        return _place_without_a_kind(text)
    certain, kind = _the_one(said, _narrowed(found, offer))
    told = _with_details(text, kind, said, found)
    return told if certain else Unsure(told)


def meaning(line: MenuLine) -> str:
    """What choosing a line means: its one kind, or the line, where it stands for several."""
    return line.kinds[0] if len(line.kinds) == 1 else LINE + line.id


def _kinds_in(said: Sequence[str], offer: Offer, language: str) -> list[_Found]:
    phrases = {phrase: kind for kind, names in offer.names.items() for phrase in names}
    for line in offer.lines:
        label = line.label.get(language) or line.label["en"]
        phrases |= {phrase: meaning(line) for phrase in (bare(label), *line.words)}
    return [
        _Found(phrases[match.phrase], match) for match in find(said, phrases) if not is_denied(said, match)
    ]


def _narrowed(found: Sequence[_Found], offer: Offer) -> list[_Found]:
    """A line of the list says nothing more where one of its kinds was named too: "stay on for 6th form"."""
    kinds = {one.kind for one in found}
    wider = {LINE + line.id for line in offer.lines if len(line.kinds) > 1 and kinds & set(line.kinds)}
    return [one for one in found if one.kind not in wider]


def _the_one(said: Sequence[str], found: Sequence[_Found]) -> tuple[bool, str]:
    """Whether one kind is plainly meant, and which it is."""
    kinds = list(dict.fromkeys(one.kind for one in found))
    if len(kinds) == 1:
        return True, kinds[0]
    if APPRENTICESHIP in kinds and _OR.isdisjoint(said) and not {LOOKING, NOT_SURE} & set(kinds):
        return True, APPRENTICESHIP  # "apprenticeship at bath college", "job: apprenticeship with bt"
    real = [kind for kind in kinds if kind not in (LOOKING, NOT_SURE)]
    return False, real[0] if real else kinds[0]


def _with_details(text: str, kind: str, said: Sequence[str], found: Sequence[_Found]) -> Understood:
    written = clean(text)
    course = _course(written)
    provider = _name(_WITH.search(written))
    if not provider and kind in LEARNING:
        provider = _name(_IN.search(written)) or _around(written, said, kind, found)
    if kind not in NAMED and not kind.startswith(LINE):
        provider = course = ""
    return Understood(value=kind, provider=provider, course=course)


LEARNING = frozenset(
    {
        *("further_education_college", "sixth_form_college", "school_sixth_form", "specialist_post_16"),
        *("supported_internship", "training", "university", f"{LINE}sixth_form"),
    }
)
NAMED = LEARNING | {APPRENTICESHIP, "job", "job_with_study"}


def _around(written: str, said: Sequence[str], kind: str, found: Sequence[_Found]) -> str:
    """ "abingdon college", "uni of leeds": the words right before, or after "of", belong to the name."""
    match = next(one.match for one in found if one.kind == kind)
    start, end = match.start, match.end
    while start > 0 and match.start - start < 5 and _belongs(said, start - 1):
        start -= 1
    if said[end : end + 1] == ["of"]:
        end += 1
        while end < len(said) and said[end] not in _NOT_A_NAME and end - match.end < 4:
            end += 1
    elif said[start : start + 1] in (["city"], ["new"]) and end < len(said) and start < match.start:
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


def _place_without_a_kind(text: str) -> Reading:
    """ "im at ccb doing plumbing l2" names no kind: likely a college, and worth asking.

    With nothing about studies the value stays empty: only a place that is known can say what it is.
    """
    written = clean(text)
    provider, course = _name(_WITH.search(written)), _course(written)
    studies = bool(course) or bool(_LEVEL.search(bare(text)))
    if not provider:
        return NotUnderstood()
    return Unsure(Understood(value=LIKELY_PLACE if studies else "", provider=provider, course=course))


def _name(found: re.Match[str] | None) -> str:
    """The name in a match, or nothing where it is only a word like "college" or "home"."""
    if found is None:
        return ""
    name = found["name"].strip(" .,;:!?'\"-")
    known = bare(name).split()
    if not known or len(name) > MOST_LETTERS or all(word in _NOT_A_NAME for word in known):
        return ""
    return name


def _course(written: str) -> str:
    found = _DOING.search(written)
    name = found["name"].strip(" .,;:!?'\"-") if found else ""
    plain = set(bare(name).split()) - _NO_COURSE
    return name if plain and len(name) <= MOST_LETTERS else ""


_LEAD_IN = re.compile(
    r"^(?:(?:erm|um|well|yeah|yes|ok|its|it's|it is|im|i'm|i am|i|going|goin|gonna|gunna|go|to|at|@|"
    r"with|w/|w|the name is|called|"
    r"name is|probably|prob|maybe|hopefully|think|want|attend|applied|got|a|place|offer|from|be|will|"
    r"would|like)\s+)+",
    re.IGNORECASE,
)
_NO_NAME = frozenset(
    {
        *(
            "0",
            "skip",
            "dunno",
            "idk",
            "dont know",
            "i dont know",
            "not sure",
            "not sure yet",
            "no idea",
            "none",
        ),
        *(
            "no",
            "nope",
            "dont know yet",
            "not yet",
            "unsure",
            "undecided",
            "nowhere",
            "nowhere yet",
            "no one",
        ),
        *(
            "noone",
            "no one yet",
            "nobody",
            "nobody yet",
            "pass",
            "n a",
            "na",
            "dk",
            "any",
            "anywhere",
            "unknown",
        ),
        *("not decided", "havent decided", "rather not say", "zero", "nothing", "nothing yet", "im not sure"),
    }
)


def read_name(text: str) -> Reading:
    """Read the name of a college, school or employer, as it is written; "0" and "not sure" skip it."""
    words = bare(text)
    if words in _NO_NAME:
        return Understood(skip=True)
    written = clean(text)
    course = _course(written)
    name = _name(_WITH.search(written)) if course else ""
    name = name or _LEAD_IN.sub("", _DOING.sub("", written)).strip(" .,;:!?-")
    name = re.sub(r"\s+(?:tbh|lol|x+|please|pls|i think|hopefully|haha)$", "", name, flags=re.IGNORECASE)
    if len(bare(name)) < 2 or bare(name).isdecimal() or len(name) > MOST_LETTERS:
        return NotUnderstood()
    return Understood(provider=name, course=course)
