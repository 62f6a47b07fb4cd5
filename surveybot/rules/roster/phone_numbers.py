"""Phone numbers as people and spreadsheets write them, into E.164; only UK mobiles are a way to text.

A number of another kind is a notice (no text route); what is no number, or has lost its digits, is a fault.
Types and regions come from Google's libphonenumber; the drama range 07700 900000-900999 from Ofcom.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType

from surveybot.rules.plain_text import clean
from surveybot.rules.roster.cell_faults import CellFault

DRAMA = range(7700900000, 7700901000)
SCIENTIFIC = re.compile(r"[+]?\d+(?:[.,](\d+))?[eE][+]?\d+")
NO_NUMBER = frozenset(
    {"", "-", "--", "0", "n/a", "na", "none", "nil", "no", "unknown", "x", "not known", "null"}
)

KIND_IN_WORDS = {
    PhoneNumberType.FIXED_LINE: "a landline",
    PhoneNumberType.TOLL_FREE: "a freephone number",
    PhoneNumberType.PREMIUM_RATE: "a premium-rate number",
    PhoneNumberType.SHARED_COST: "a shared-cost number",
    PhoneNumberType.VOIP: "an internet phone number",
    PhoneNumberType.PERSONAL_NUMBER: "a personal number (070), which costs a lot to reach",
    PhoneNumberType.PAGER: "a pager",
    PhoneNumberType.UAN: "a company number",
    PhoneNumberType.VOICEMAIL: "a voicemail number",
}
NO_TEXT = "no_text"
"""Why a number that is kept is no way to write: it is no UK mobile."""
ISLANDS = {"JE": "Jersey", "GG": "Guernsey", "IM": "the Isle of Man"}


class PhoneFault(CellFault):
    """A cell holds no number that could be read."""


@dataclass(frozen=True, slots=True)
class PhoneReading:
    """A number in E.164; `no_route` says in words why no text goes there, and is empty for a UK mobile."""

    number: str
    no_route: str = ""


def read_phone(cell: str | int | float, *, drama_numbers: bool = False) -> PhoneReading | None:
    """Read a cell as a phone number; None where it holds none."""
    written = _as_written(cell)
    if written.casefold() in NO_NUMBER:
        return None
    number = _parse(written)
    no_route = _why_no_text(number, drama_numbers=drama_numbers)
    return PhoneReading(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), no_route)


def _as_written(cell: str | int | float) -> str:
    """The digits as a person would write them; a number cell has lost its leading zero."""
    if isinstance(cell, str):
        text = clean(unicodedata.normalize("NFKC", cell)).lstrip("'").strip()
    elif cell == int(cell):
        text = str(int(cell))
    else:
        raise PhoneFault("is not a phone number", "Format the column as text and enter the number again.")
    if SCIENTIFIC.fullmatch(text.replace(" ", "")):
        text = _from_scientific(text.replace(" ", "").replace(",", "."))
    if re.fullmatch(r"\d+\.0", text):
        text = text[:-2]
    if re.fullmatch(r"[127389]\d{9}", text):  # ten digits without the zero that a spreadsheet ate
        return "0" + text
    return text


def _from_scientific(text: str) -> str:
    """7.700900123E+09 has all its digits; 7.7009E+09 has lost some and cannot be read."""
    try:
        value = Decimal(text)
    except InvalidOperation as error:  # pragma: no cover - the shape was checked
        raise PhoneFault("is not a phone number", "Enter the number again.") from error
    exponent = value.as_tuple().exponent
    if (isinstance(exponent, int) and exponent > 0) or value != value.to_integral_value():
        raise PhoneFault(
            "was shortened by a spreadsheet and has lost digits",
            "Format the column as text and enter the full number again.",
        )
    return str(int(value))


def _parse(written: str) -> PhoneNumber:
    text = re.sub("[oO]", "0", written) if re.fullmatch(r"[\doO\s().+-]+", written) else written
    if re.fullmatch(r"44\d{10}", text):
        text = "+" + text
    if re.search(r"[^\d\s().+\-‐-―−/]", re.sub(r"^tel:\s*", "", text, flags=re.IGNORECASE)):
        raise PhoneFault("is not only a phone number", "Leave just the number in the cell.")
    digits = re.sub(r"\D", "", text)
    if len(digits) > 15 or "/" in text:
        raise PhoneFault("is more than one phone number", "Leave one number in the cell.")
    try:
        return phonenumbers.parse(text.removeprefix("tel:"), "GB")
    except phonenumbers.NumberParseException as error:
        raise _unreadable() from error


def _unreadable() -> PhoneFault:
    return PhoneFault(
        "is not a phone number that exists", "Check the digits (a UK mobile has 11), or empty the cell."
    )


def _is_drama(number: PhoneNumber) -> bool:
    return number.country_code == 44 and number.national_number in DRAMA


def _is_uk_mobile(number: PhoneNumber) -> bool:
    """Nearly every number of a roster: asking for the type, and then the region, tries some thirty patterns.

    No other kind, and no island, has a number that the pattern of the UK's mobiles takes.
    """
    digits = phonenumbers.national_significant_number(number)
    return number.country_code == 44 and _uk_mobiles().fullmatch(digits) is not None


@cache
def _uk_mobiles() -> re.Pattern[str]:
    uk = phonenumbers.PhoneMetadata.metadata_for_region("GB")
    assert uk is not None and uk.mobile is not None and uk.mobile.national_number_pattern is not None
    return re.compile(uk.mobile.national_number_pattern)


def _why_no_text(number: PhoneNumber, *, drama_numbers: bool) -> str:
    if _is_drama(number):
        return "" if drama_numbers else "a number reserved for films and examples"
    if _is_uk_mobile(number):
        return ""
    kind = phonenumbers.number_type(number)
    if kind == PhoneNumberType.UNKNOWN:
        raise _unreadable()
    if kind in KIND_IN_WORDS:
        return KIND_IN_WORDS[kind]
    region = phonenumbers.region_code_for_number(number)
    if region in ISLANDS:
        return f"a number of {ISLANDS[region]}"
    if region != "GB":
        return "a number from outside the UK"
    return "" if kind == PhoneNumberType.MOBILE else "not a mobile number"
