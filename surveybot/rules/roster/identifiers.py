"""The numbers of English education: UPN, ULN, UKPRN, URN and LAESTAB, with their check characters.

UPN: govtalk "UPN 2.0", as in python-stdnum's documentation. ULN: HESA's definition of the field. A UPN is for
the time at school alone: it never goes into a link, a message or a log.
"""

import re
from collections.abc import Container

from surveybot.rules.roster.cell_faults import CellFault

UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
"""23 letters, without I, O and S; each is worth its place, from 0."""

UPN_SHAPE = re.compile(r"[A-Z][0-9]{11}[0-9A-Z]")
UPN_PLACEHOLDERS = frozenset({"UN1", "UN2", "UN3", "UN4", "UN5"})
"""Reasons for having no UPN, in the looked-after children's return: they mean "missing"."""

ULN_UNKNOWN = "9999999999"


class IdentifierFault(CellFault):
    """A number is not what its column says."""


def upn_letter(upn: str) -> str:
    """The check letter that the last twelve characters of a UPN call for."""
    worth = [int(sign) if sign.isdecimal() else UPN_LETTERS.index(sign) for sign in upn[1:]]
    return UPN_LETTERS[sum(place * value for place, value in enumerate(worth, start=2)) % 23]


def read_upn(text: str) -> str | None:
    """The UPN in capitals, or None for an empty cell and the placeholders UN1-UN5."""
    upn = re.sub(r"\s", "", text).upper()
    if not upn or upn in UPN_PLACEHOLDERS:
        return None
    if not UPN_SHAPE.fullmatch(upn) or not set(upn[0] + upn[-1]) <= set(UPN_LETTERS + "0123456789"):
        raise IdentifierFault(
            "is not the shape of a UPN", "Write a letter and 12 digits (a temporary UPN ends in a letter)."
        )
    if upn_letter(upn) != upn[0]:
        raise IdentifierFault(
            "has the wrong check letter for a UPN", "Copy the UPN again from your school's records."
        )
    return upn


def upn_authority(upn: str) -> str:
    """The three digits of the local authority that gave the UPN out."""
    return upn[1:4]


def knows_upn_authority(upn: str, authorities: Container[str]) -> bool:
    return upn_authority(upn) in authorities


def read_uln(text: str) -> str | None:
    """The ULN, or None for an empty cell and for 9999999999, which means "not known"."""
    uln = re.sub(r"[\s-]", "", text)
    if not uln or uln == ULN_UNKNOWN:
        return None
    if not re.fullmatch(r"[1-9][0-9]{9}", uln):
        raise IdentifierFault(
            "is not the shape of a ULN", "Write 10 digits that do not begin with 0, or leave the cell empty."
        )
    if sum(int(digit) * weight for digit, weight in zip(uln, range(10, 0, -1), strict=True)) % 11 != 10:
        raise IdentifierFault(
            "has a wrong digit for a ULN: its check digit does not fit",
            "Copy the ULN again from your school's records, or leave the cell empty.",
        )
    return uln


def is_ukprn(text: str) -> bool:
    return bool(re.fullmatch(r"1[0-9]{7}", text))


def is_urn(text: str) -> bool:
    return bool(re.fullmatch(r"[1-9][0-9]{5}", text))


def is_laestab(text: str) -> bool:
    """Seven digits: local authority, then establishment; a slash or space between them may stand."""
    return bool(re.fullmatch(r"[2-9][0-9]{2}[/ ]?[0-9]{4}", text))
