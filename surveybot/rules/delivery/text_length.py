"""How many parts a text message costs, counted exactly, and how to keep it in the cheap alphabet.

GSM-7 (3GPP TS 23.038) holds 160 septets in one part and 153 in each of several; one character outside it
turns the whole text into UCS-2, with 70 and 67 units. What belongs together (an extension pair, a surrogate
pair, a grapheme) never straddles two parts, which is why plain division counts wrong.
"""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

import regex  # type: ignore[import-untyped]

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")  # an escape and a septet: two units

_CLUSTER = regex.compile(r"\X")


class Encoding(StrEnum):
    GSM_7 = "GSM-7"
    UCS_2 = "UCS-2"


_ROOM = {Encoding.GSM_7: (160, 153), Encoding.UCS_2: (70, 67)}


@dataclass(frozen=True, slots=True)
class TextLength:
    encoding: Encoding
    units: int
    segments: int

    @property
    def fits_one(self) -> bool:
        """True for the text that every default wording must be: one part in the cheap alphabet."""
        return self.encoding is Encoding.GSM_7 and self.segments <= 1


def measure(text: str) -> TextLength:
    """The encoding a phone network will choose, the units it takes and the parts it is sent in."""
    if all(letter in BASIC or letter in EXTENDED for letter in text):
        return _packed(Encoding.GSM_7, [2 if letter in EXTENDED else 1 for letter in text])
    return _packed(Encoding.UCS_2, _cluster_sizes(text))


def _cluster_sizes(text: str) -> list[int]:
    sizes: list[int] = []
    for cluster in _CLUSTER.findall(text):
        sizes += [1, 1] if cluster == "\r\n" else [len(cluster.encode("utf-16-le")) // 2]
    return sizes


def _packed(encoding: Encoding, sizes: list[int]) -> TextLength:
    alone, together = _ROOM[encoding]
    units = sum(sizes)
    if units <= alone:
        return TextLength(encoding, units, 1 if sizes else 0)
    segments, used = 1, 0
    for size in sizes:
        if used + size > together:
            segments, used = segments + 1, 0
        used += size
    return TextLength(encoding, units, segments)


# What word processors and phones put in by themselves, and what it stands for.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u02bb\u02b9\u00b4`\uff07", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\uff02", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2022", "-"),
        **dict.fromkeys(
            "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\t", " "
        ),
        **dict.fromkeys("\u200b\u2060\ufeff\u00ad", ""),
        "\u2026": "...",
        "\r": "",
    }
)

# Letters that do not come apart into a base letter and an accent.
_BASE_LETTERS = str.maketrans(
    {"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ħ": "h", "Ħ": "H", "ı": "i", "ð": "d", "Ð": "D"}
    | {"þ": "th", "Þ": "Th", "œ": "oe", "Œ": "OE", "ŋ": "n", "Ŋ": "N", "ẞ": "SS"}
)


def plain(text: str) -> str:
    """The same text with plain quotes, dashes and spaces; letters stay as they are."""
    return text.translate(_PLAIN)


def plain_letters(name: str) -> str:
    """A name in letters that a cheap text can hold, where that is possible: "Zoë" becomes "Zoe".

    Letters that GSM-7 has (é, ä, ñ) stay; names in other scripts come back unchanged.
    """
    return "".join(_plain_letter(letter) for letter in unicodedata.normalize("NFC", plain(name)))


def _plain_letter(letter: str) -> str:
    if letter in BASIC:
        return letter
    bare = "".join(part for part in unicodedata.normalize("NFD", letter) if not unicodedata.combining(part))
    bare = bare.translate(_BASE_LETTERS)
    return bare if bare and all(part in BASIC for part in bare) else letter
