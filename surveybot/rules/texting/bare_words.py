"""A text message as bare words: no case, accents, punctuation or hidden signs, for reading what it means."""

import re
import unicodedata

_APOSTROPHES = re.compile("[’'‘ʼ`´′]")
_LETTERS = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "æ": "ae", "œ": "oe", "ı": "i"})
_SIGNS_IN_WORDS = {"🛑": " stop ", "&": " and ", "@": " at ", "+": " and "}

_ASCII = {
    code: "" if sign in "'`" else _SIGNS_IN_WORDS.get(sign, sign.lower() if sign.isalnum() else " ")
    for code, sign in enumerate(map(chr, range(128)))
}


def bare(text: str) -> str:
    """Lower-case words with single spaces: "STOP!!" is "stop", "I’m at CCB" is "im at ccb"."""
    if text.isascii():  # nearly every text, in a quarter of the time
        return " ".join(text.translate(_ASCII).split())
    spread = unicodedata.normalize("NFKD", text).casefold()
    for sign, word in _SIGNS_IN_WORDS.items():
        spread = spread.replace(sign, word)
    seen = (sign for sign in _APOSTROPHES.sub("", spread) if unicodedata.category(sign) not in ("Cf", "Mn"))
    letters = "".join(sign if sign.isalnum() else " " for sign in seen).translate(_LETTERS)
    return " ".join(letters.split())


def word_set(*lines: str) -> frozenset[str]:
    """The words of some lines, as a set."""
    return frozenset(word for line in lines for word in line.split())
