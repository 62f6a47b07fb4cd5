"""Where somebody is going, from one text: "im at ccb doing plumbing l2", "aprentiship w bt", "same as b4".

The kind of destination comes from words that are data; who it is with and what is studied are taken as they
were written, and only where the sentence plainly says so. Two kinds in one text, a slip of the finger, what
is said of others, a place without a kind: all of that is a suggestion, to be said back before it is kept.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from surveybot.rules.plain_text import clean
from surveybot.rules.texting.bare_words import bare
from surveybot.rules.texting.plain_speaking import Speaking, how_it_speaks
from surveybot.rules.texting.replies import NotUnderstood, Reading, Understood, Unsure, key_in
from surveybot.rules.texting.reply_names import course_in, name_around, name_in, name_with, studies
from surveybot.rules.texting.reply_words import MenuLine, Offer
from surveybot.rules.texting.said_words import Match, Said, find, is_denied, said_in, turns_after

LOOKING, NOT_SURE, APPRENTICESHIP = "looking", "not_sure", "apprenticeship"
LIKELY_PLACE = "further_education_college"
LINE = "line:"
"""A reading that names a line of the list, not a kind: which of its kinds, the next question asks."""

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
_OR = frozenset({"or", "maybe", "if", "unless", "then", "either", "otherwise"})


@dataclass(frozen=True, slots=True)
class _Found:
    kind: str  # of one kind, or a line of the list
    match: Match
    hint: bool = False  # the words only suggest it


def read_destination(text: str, offer: Offer, *, language: str = "en") -> Reading:
    """Read a text against the list of destinations and the words of every kind."""
    words = bare(text)
    if not words:
        return NotUnderstood()
    if key := key_in(words):
        return Understood(meaning(offer.lines[key - 1])) if key <= len(offer.lines) else NotUnderstood()
    if _SAME.match(words):
        return Understood(same=True)
    speaking = how_it_speaks(text)
    if speaking is Speaking.OF_OTHER_THINGS:
        return NotUnderstood()
    said = said_in(text)
    found = list(_kinds_in(said, offer, language))
    if not found:
        return _place_without_a_kind(text)
    plain, one = _the_one(said, _narrowed(found, offer))
    told = _with_details(text, said, one)
    certain = plain and one.match.exact and not one.hint and not turns_after(said, one.match)
    return told if certain and speaking is Speaking.PLAINLY else Unsure(told)


def meaning(line: MenuLine) -> str:
    """What choosing a line means: its one kind, or the line, where it stands for several."""
    return line.kinds[0] if len(line.kinds) == 1 else LINE + line.id


def _kinds_in(said: Said, offer: Offer, language: str) -> Iterator[_Found]:
    """Every kind that is named and not denied; what only suggests one, where none is named."""
    phrases = {phrase: kind for kind, names in offer.names.items() for phrase in names}
    for line in offer.lines:
        label = line.label.get(language) or line.label["en"]
        phrases |= {phrase: meaning(line) for phrase in (bare(label), *line.words)}
    hints = {phrase: kind for kind, names in offer.hints.items() for phrase in names}
    matches = find(said, [*phrases, *hints])
    named = [m for m in matches if m.phrase in phrases and not is_denied(said, m)]
    if named:
        yield from (_Found(phrases[match.phrase], match) for match in named)
    else:
        yield from (_Found(hints[m.phrase], m, hint=True) for m in matches if m.phrase in hints)


def _narrowed(found: Sequence[_Found], offer: Offer) -> list[_Found]:
    """A line of the list says nothing more where one of its kinds was named too: "stay on for 6th form"."""
    kinds = {one.kind for one in found}
    wider = {LINE + line.id for line in offer.lines if len(line.kinds) > 1 and kinds & set(line.kinds)}
    return [one for one in found if one.kind not in wider]


def _the_one(said: Said, found: Sequence[_Found]) -> tuple[bool, _Found]:
    """Whether one kind is plainly meant, and which it is; of several places, the one that was spelt right."""
    by_kind: dict[str, _Found] = {}
    for one in sorted(found, key=lambda one: not one.match.exact):
        by_kind.setdefault(one.kind, one)
    if len(by_kind) == 1:
        return True, next(iter(by_kind.values()))
    undecided = {LOOKING, NOT_SURE} & by_kind.keys()
    if APPRENTICESHIP in by_kind and not undecided and _in_one_breath(said, found):
        return True, by_kind[
            APPRENTICESHIP
        ]  # "apprenticeship at bath college", "job: apprenticeship with bt"
    in_order = sorted(by_kind.values(), key=lambda one: one.match.start)
    real = [one for one in in_order if one.kind not in (LOOKING, NOT_SURE)]
    return False, real[0] if real else in_order[0]


def _in_one_breath(said: Said, found: Sequence[_Found]) -> bool:
    """Whether all of it is said in one clause, with no "or" in it."""
    first, last = min(one.match.start for one in found), max(one.match.start for one in found)
    return _OR.isdisjoint(said.words) and not any(first < place <= last for place in said.begins)


def _with_details(text: str, said: Said, one: _Found) -> Understood:
    written = clean(text)
    course = course_in(written)
    provider = name_with(written)
    if not provider and one.kind in LEARNING:
        provider = name_in(written) or name_around(written, said.words, one.match)
    if (one.kind not in NAMED and not one.kind.startswith(LINE)) or one.hint:
        provider = course = ""
    return Understood(value=one.kind, provider=provider, course=course)


LEARNING = frozenset(
    {
        *("further_education_college", "sixth_form_college", "school_sixth_form", "specialist_post_16"),
        *("supported_internship", "training", "university", f"{LINE}sixth_form"),
    }
)
NAMED = LEARNING | {APPRENTICESHIP, "job", "job_with_study"}


def _place_without_a_kind(text: str) -> Reading:
    """ "im at ccb doing plumbing l2" names no kind: likely a college, and worth asking.

    With nothing about studies the value stays empty: only a place that is known can say what it is.
    """
    written = clean(text)
    provider = name_with(written)
    said = said_in(text)
    if not provider or any(is_denied(said, place) for place in find(said, [bare(provider)])):
        return NotUnderstood()
    value = LIKELY_PLACE if studies(text) else ""
    return Unsure(Understood(value=value, provider=provider, course=course_in(written)))
