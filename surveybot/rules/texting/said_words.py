"""Find phrases among the words of a text, a slip of the finger forgiven, and whether they are denied there.

"Not going to college", "left college", "my job ended": a word before or after, in the same clause, turns a
phrase round. What was found with a slip is only likely.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from surveybot.rules.texting.bare_words import bare, word_set


@dataclass(frozen=True, slots=True)
class Said:
    """The bare words of a text, and where its clauses begin."""

    words: tuple[str, ...]
    begins: frozenset[int] = frozenset()
    after_stops: frozenset[int] = frozenset()  # those of them that follow a comma or a full stop

    def clause_before(self, place: int) -> tuple[str, ...]:
        """The words of the same clause that stand before that place."""
        start = max((at for at in self.begins if at <= place), default=0)
        return self.words[start:place]

    def clause_after(self, place: int) -> tuple[str, ...]:
        end = min((at for at in self.begins if at >= place), default=len(self.words))
        return self.words[place:end]


@dataclass(frozen=True, slots=True)
class Match:
    """Where a phrase stands among the words of a text: from `start` up to and not including `end`."""

    phrase: str
    start: int
    end: int
    exact: bool = True


_STOPS = re.compile(r"[.,;!?\n]+(?:\s+|$)|\s[-–—]\s")
_TURNS = word_set("but now so then because cos coz cause tho though however until till when while n")
_JOINS = word_set("and or")


def said_in(text: str) -> Said:
    """The words of a text; a clause begins after a stop, with "but", "so" and the like."""
    words: list[str] = []
    after_stops: set[int] = {0}
    for part in _STOPS.split(text):
        after_stops.add(len(words))
        words += bare(part).split()
    begins = after_stops | {place for place, word in enumerate(words) if word in _TURNS}
    begins |= {place + 1 for place, word in enumerate(words) if word in _JOINS and _is_new(words, place + 1)}
    return Said(tuple(words), frozenset(begins), frozenset(after_stops))


def _is_new(words: list[str], place: int) -> bool:
    """ "and" begins a clause where somebody acts after it; "college or sixth form" is one clause."""
    return not _ACTORS.isdisjoint(words[place : place + 1])


_ACTORS = word_set("i im ive ill id going gonna got started doing working want its my am at now then")


def find(said: Said, phrases: Iterable[str]) -> list[Match]:
    """Every phrase that stands in the text, longest first and none inside another, in the text's order.

    The exact ones are found before those with a slip.
    """
    by_letter: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for phrase in {tuple(phrase.split()) for phrase in phrases if phrase}:
        by_letter[phrase[0][0]].append(phrase)
    taken: set[int] = set()
    found: list[Match] = []
    for exact, alike in ((True, str.__eq__), (False, is_slip_of)):
        for phrase, start in sorted(_standing(said, by_letter, alike), key=_longest_first):
            place = range(start, start + len(phrase))
            if taken.isdisjoint(place):
                taken.update(place)
                found.append(Match(" ".join(phrase), start, start + len(phrase), exact))
    return sorted(found, key=lambda match: match.start)


_Place = tuple[tuple[str, ...], int]


def _longest_first(place: _Place) -> tuple[int, _Place]:
    return -len(place[0]), place


def _standing(
    said: Said, by_letter: Mapping[str, Sequence[tuple[str, ...]]], alike: Callable[[str, str], bool]
) -> Iterator[_Place]:
    """Every phrase and where it stands; a slip is never in the first letter of a word."""
    for start, first in enumerate(said.words):
        for phrase in by_letter.get(first[0], ()):
            here = said.words[start : start + len(phrase)]
            if (
                len(here) == len(phrase)
                and all(one == word or alike(one, word) for one, word in zip(here, phrase, strict=True))
                and said.after_stops.isdisjoint(range(start + 1, start + len(phrase)))
            ):
                yield phrase, start


def is_slip_of(said: str, word: str) -> bool:
    """One letter too many, too few or swapped; of eight letters and more, two slips.

    A short word with another letter is another word: "smith" is no "sixth".
    """
    shorter, longer = sorted((len(said), len(word)))
    if shorter < 4 or longer - shorter > 2 or said[0] != word[0] or said in REAL_WORDS:
        return False
    slips = OSA.distance(said, word)
    if shorter >= 8:
        return slips <= 2
    return slips == 1 and (shorter >= 6 or shorter != longer or sorted(said) == sorted(word))


REAL_WORDS = word_set(
    "jobs works worked walking raining gaining cooking locking learning earning trading tracing trailing",
    "collage collages over mother other others charity sixty fifth worth worry word form farm from tack",
    "trainer trainers draining straining living leaving lacking licking hooking booking navy nay arms art",
    "employer employee employees deployed levels lookout unlucky universal universe diversity adversity",
)
"""Words of their own that are a slip away from another."""


def matched(said: Said, phrases: Iterable[str]) -> list[Match]:
    """The phrases that stand in a text and are not denied there."""
    return [match for match in find(said, phrases) if not is_denied(said, match)]


_NEGATIONS = word_set(
    "not dont dnt didnt wont isnt wasnt cant cannot never havent hasnt hadnt aint arent doesnt werent",
    "wouldnt couldnt shouldnt without hate hated hating neither nor unable rather than hardly",
)
_CLOSE = word_set(
    "no left leaving quit quitting dropped kicked chucked lost lose losing finished failed rejected",
    "cancelled withdrew withdrawn sacked fired excluded expelled turned instead ended refused remove removed",
    "too stopped denied deferred missed gave laid declined",
)
"""These deny what comes right after: "left college", but not "left school to go to college"."""

_NOT_FURTHER_THAN = 5
_ONWARDS = word_set("to for into got started doing going im ive i am")
_AFTERWARDS = re.compile(
    r"^(?:\w+ ){0,3}?(?:ended|rejected|fell through|fell thru|cancelled|dropped me|sacked|closed|refused|"
    r"finished|turned me|kicked me|let me (?:go|down)|said no|didnt|wouldnt|wasnt|isnt|stopped|"
    r"wont (?:take|have|let)|(?:is|was|are) (?:over|off|not|full|cancelled)|not for me|not happening)\b"
)
_STILL_POSITIVE = (
    *(
        ("not", "sure"),
        ("dont", "know"),
        ("dnt", "know"),
        ("cant", "wait"),
        ("dont", "mind"),
        ("dont", "worry"),
    ),
    *(("cant", "stop"), ("cant", "complain"), ("not", "bad"), ("not", "only"), ("not", "gonna", "lie")),
    *(("no", "doubt"), ("no", "idea"), ("why", "not"), ("not", "decided"), ("havent", "decided")),
)


def is_denied(said: Said, match: Match) -> bool:
    """ "Not going to college", "left college", "college rejected me"."""
    before = _without_the_positive(" ".join(said.clause_before(match.start)))
    if not _NEGATIONS.isdisjoint(before):
        return True
    for steps, word in enumerate(reversed(before[-_NOT_FURTHER_THAN:])):
        if word in _CLOSE:
            between = [*before[len(before) - steps :], *match.phrase.split()[:1]]
            return word == "too" or _ONWARDS.isdisjoint(between)
    return bool(_AFTERWARDS.search(" ".join(said.clause_after(match.end))))


def _without_the_positive(before: str) -> list[str]:
    for pair in _STILL_POSITIVE:
        before = re.sub(rf"\b{' '.join(pair)}\b", " ", before)
    return before.split()


_YET = word_set("but although except")


def turns_after(said: Said, match: Match) -> bool:
    """ "apprenticeship but it fell through": what comes after "but" may take it back."""
    return not _YET.isdisjoint(said.words[match.end : -1])
