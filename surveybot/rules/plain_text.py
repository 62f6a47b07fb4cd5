"""Text as it may be stored: one normal form, no controls, nothing that hides or turns letters round.

A name with a line break, a NUL or a bidi override would otherwise travel into mail headers and pages.
"""

import re
import unicodedata

HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""C0 and C1 controls, zero-width and bidi signs, surrogates, private use, line and paragraph separators."""

BREAKS = re.compile("[\t\n\r\v\f\u0085\u2028\u2029]")
GARBLED = re.compile("\ufffd|Ã[\u0080-\u00bf‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€")
"""What UTF-8 looks like after it was read as Windows-1252, or could not be read at all."""


def clean(text: str) -> str:
    """Normalised (NFC), without hidden signs, with single spaces and none at the ends."""
    if not text.isprintable():
        text = "".join(sign for sign in BREAKS.sub(" ", text) if not _is_hidden(sign))
    return " ".join(unicodedata.normalize("NFC", text).split())


def hides_something(text: str) -> bool:
    """Say whether cleaning takes signs away that nobody can see (a tab or line break is no news)."""
    return not text.isprintable() and any(_is_hidden(sign) for sign in BREAKS.sub(" ", text))


def is_garbled(text: str) -> bool:
    return not text.isascii() and bool(GARBLED.search(text))


def fold(text: str) -> str:
    """For comparing names: no case, accents, spaces or punctuation; letters of every script stay."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(sign for sign in plain if sign.isalnum())


def short(text: str, limit: int = 40) -> str:
    """At most that many characters, for quoting in an error."""
    shown = clean(text[: 4 * limit])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def scripts(text: str) -> set[str]:
    """The scripts that the letters of a text belong to: LATIN, CYRILLIC, GREEK ..."""
    return {unicodedata.name(sign, "UNKNOWN").split()[0] for sign in text if sign.isalpha()}


def _is_hidden(sign: str) -> bool:
    return unicodedata.category(sign) in HIDDEN_CATEGORIES
