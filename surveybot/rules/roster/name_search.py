"""Find a person by a few typed letters: any case, no accents needed, words in any order."""

import unicodedata
from collections.abc import Iterable

_OWN_LETTERS = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "æ": "ae", "œ": "oe", "ı": "i", "’": "'"})


def fold(text: str) -> str:
    """Lower case without accents: ``Zoë Łucja`` becomes ``zoe lucja``."""
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in spread if not unicodedata.combining(letter)).translate(_OWN_LETTERS)


def matches(search: str, names: Iterable[str]) -> bool:
    """Say whether every typed word begins some word of the names; O'N finds O'Neill, and Neill too."""
    parts = fold(" ".join(names)).replace("-", " ").split()
    parts += [part.rpartition("'")[2] for part in parts if "'" in part]
    words = fold(search).replace("-", " ").split()
    return all(any(part.startswith(word) for part in parts) for word in words)
