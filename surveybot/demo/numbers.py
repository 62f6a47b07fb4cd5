"""Identifiers with right check characters, and letters that fit into an email address."""

import unicodedata

UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
NOT_TAKEN_APART = str.maketrans({"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ø": "o"})


def upn(digits: str) -> str:
    """A check letter before twelve digits: each times its place (2 to 13), modulo 23."""
    total = sum(place * int(digit) for place, digit in enumerate(digits, start=2))
    return UPN_LETTERS[total % 23] + digits


def uln(digits: str) -> str:
    """Nine digits and a check digit; the ninth is raised where no check digit exists."""
    rest = sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
    if rest == 0:
        return uln(f"{int(digits) + 1:09d}")
    return f"{digits}{10 - rest}"


def plain_letters(name: str) -> str:
    """A name in lower-case ASCII letters only."""
    decomposed = unicodedata.normalize("NFD", name.translate(NOT_TAKEN_APART))
    return "".join(letter for letter in decomposed.lower() if "a" <= letter <= "z")
