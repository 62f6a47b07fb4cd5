"""Names of colleges and schools as people write them: folded, found by prefix, and guessed with care.

A guess is only ever a question ("Did you mean ...?"); what was written is kept. A score alone is unsafe:
"leeds" fits several and "college" fits all, so a guess must be good, and stand clear of what comes after it.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz, process

GOOD = 85.0
CLEAR = 5.0
AT_MOST = 3
_LETTERS = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "æ": "ae", "œ": "oe", "ı": "i", "&": " and "})
_APOSTROPHES = frozenset("'’‘ʼ`´")
_STOP_WORDS = frozenset({"the", "of", "and", "in", "at", "for", "college"})


@dataclass(frozen=True, slots=True)
class KnownName:
    """One provider, as far as guessing needs it."""

    id: int
    folded: str
    la: str = ""


def fold(name: str) -> str:
    """Lower case, no accents or punctuation, single spaces: "St Mary's (Bath)" is "st marys bath"."""
    spread = unicodedata.normalize("NFKD", name).casefold().translate(_LETTERS)
    letters = (
        sign if sign.isalnum() else " "
        for sign in spread
        if not unicodedata.combining(sign) and sign not in _APOSTROPHES
    )
    return " ".join("".join(letters).split())


def words(text: str) -> list[str]:
    """The folded words that a search must find; little words only where there is nothing else."""
    every = fold(text).split()
    return [word for word in every if word not in _STOP_WORDS] or every


@lru_cache(maxsize=20_000)
def _core(folded: str) -> str:
    """Without "and", "the", "college": two names that share only those are not alike."""
    return " ".join(word for word in folded.split() if not _is_little(word)) or folded


@lru_cache(maxsize=20_000)
def _is_little(word: str) -> bool:
    """A college is misspelt more often than it is missed: "collage", "colege"."""
    return word in _STOP_WORDS or fuzz.ratio(word, "college") >= 80


def guesses(
    text: str, known: Sequence[KnownName], *, aliases: Mapping[str, str], la: str = ""
) -> tuple[int, ...]:
    """The ids of at most three providers that were perhaps meant, best first; none where it is unclear.

    An exact name or an alias is the only answer. Else every guess scores at least 85, and the guesses as a
    group stand 5 points clear of the next one. Providers of the school's own authority come first.
    """
    folded = fold(text)
    if len(folded) < 3 and folded not in aliases:
        return ()
    exact = _exact(aliases.get(folded, folded), known, la)
    return exact or _clear_group(_scored(folded, known, la))


def _exact(folded: str, known: Iterable[KnownName], la: str) -> tuple[int, ...]:
    same = [name for name in known if name.folded == folded]
    near = [name for name in same if name.la == la] or same
    return (near[0].id,) if near else ()


def _scored(folded: str, known: Sequence[KnownName], la: str) -> list[tuple[float, int]]:
    found = process.extract(
        _core(folded),
        [_core(name.folded) for name in known],
        scorer=fuzz.WRatio,
        processor=None,
        score_cutoff=GOOD - CLEAR,
        limit=50,
    )
    scored = [
        (score + (CLEAR if la and known[place].la == la else 0.0), known[place].id)
        for _name, score, place in found
    ]
    return sorted(scored, key=lambda pair: (-pair[0], pair[1]))


def _clear_group(scored: list[tuple[float, int]]) -> tuple[int, ...]:
    """The shortest group at the top, of three at most, that is good and stands clear of the rest."""
    for size in range(1, AT_MOST + 1):
        if size > len(scored) or scored[size - 1][0] < GOOD:
            return ()
        following = scored[size][0] if size < len(scored) else 0.0
        if scored[size - 1][0] - following >= CLEAR:
            return tuple(found for _score, found in scored[:size])
    return ()


_POINTS = frozenset({"city", "county", "north", "south", "east", "west", "upon", "isles", "isle"})


def place_words(la_name: str) -> list[str]:
    """The words of an authority's name that a college near it may bear: "Oxfordshire" gives "oxford"."""
    found = []
    for word in words(la_name):
        stem = word.removesuffix("shire")
        if word not in _POINTS:
            found.append(stem if len(stem) >= 5 else word)
    return [word for word in found if len(word) >= 4]
