"""One reader per kind of cell: a value that may be stored, None for an empty cell, or a CellFault.

A `Doubt` is the milder case: the value is left out, and the rest of the row may stand.
"""

import re
from datetime import date

from surveybot.rules.plain_text import clean, is_garbled
from surveybot.rules.roster.cell_faults import CellFault
from surveybot.rules.roster.tables import Cell

NOTHING = frozenset({"", "-", "--", "n/a", "#n/a"})
YES = frozenset({"y", "yes", "t", "true", "1", "x", "✓", "✔", "eligible", "in care", "tick"})
NO = frozenset({"n", "no", "f", "false", "0", "not eligible", "✗", "✘"})
SHEET_ERRORS = frozenset({"#ref!", "#value!", "#name?", "#div/0!", "#num!", "#null!", "#spill!", "#calc!"})
SEX = {
    "m": "M",
    "male": "M",
    "f": "F",
    "female": "F",
    "u": "U",
    "x": "U",
    "w": "U",
    "unknown": "U",
    "other": "U",
}
SEN = {
    **dict.fromkeys(("n", "no", "no sen", "none", "no special educational need", "0"), "N"),
    **dict.fromkeys(("k", "sen support", "sen", "support", "s", "a", "p", "yes", "y"), "K"),
    **dict.fromkeys(
        ("e", "ehcp", "ehc plan", "ehc", "education, health and care plan", "education health and care plan"),
        "E",
    ),
}
POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][0-9A-Z]?)\s*([0-9][A-Z]{2})")


class Doubt(CellFault):
    """The value makes no sense here and is left out; that harms nothing."""


def read_text(cell: Cell, limit: int) -> str:
    """The text of a cell as it may be stored; a whole number loses its ".0"."""
    if cell is None or isinstance(cell, bool):
        return "" if cell is None else str(cell)
    if isinstance(cell, date):
        raise CellFault(
            "was turned into a date by a spreadsheet", "Format the column as text and enter the value again."
        )
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = clean(str(cell))
    _refuse_formula(text)
    if is_garbled(text):
        raise CellFault("has garbled letters", "Save the file again as CSV UTF-8, or as a workbook (.xlsx).")
    if len(text) > limit:
        raise CellFault(f"is longer than {limit} characters", "Shorten it.")
    return "" if text.casefold() in NOTHING else text


def _refuse_formula(text: str) -> None:
    if text.casefold() in SHEET_ERRORS:
        raise CellFault("is an error of the spreadsheet", "Repair the formula, or enter the value itself.")
    if text.startswith("="):
        raise CellFault(
            "is a formula, not a value", "Copy the column and paste it as values, then import the file again."
        )


def read_name(cell: Cell, limit: int = 100) -> str:
    """A name, or part of one, in any script."""
    text = read_text(cell, limit)
    if text and (not any(sign.isalpha() for sign in text) or text[0] in "+-@"):
        raise CellFault("is not a name", "Enter the name, or leave the cell empty.")
    return text


def split_name(text: str) -> tuple[str, str]:
    """Surname and forename from one SIMS column: "Khan, Amira" or "Khan Amira"; a mononym is a surname."""
    surname, comma, forename = (part.strip() for part in text.partition(","))
    if comma:
        return surname, forename
    words = text.split()
    if len(words) > 2:
        raise CellFault(
            "could be split in more than one way", "Put a comma after the surname: “de Souza, Ana Maria”."
        )
    return words[0], " ".join(words[1:])


def read_year_group(cell: Cell) -> int:
    """Years 7 to 14, written as 11, "Year 11", "Yr 11" or "Y11"."""
    text = read_text(cell, 40)
    found = re.fullmatch(r"(?:nc)?\s*(?:years?|yr|y)?\.?\s*(?:group)?\s*0?([0-9]{1,2})", text.casefold())
    if not found:
        raise CellFault("is not a year group", "Write a number from 7 to 14.")
    if not 7 <= int(found[1]) <= 14:
        raise CellFault(
            "is not a year group of a secondary school",
            "Write a number from 7 to 14, or leave the pupil out.",
        )
    return int(found[1])


def read_sex(cell: Cell) -> str:
    text = read_text(cell, 20).casefold()
    if text and text not in SEX:
        raise Doubt("is not a sex that the returns know, so it was left out", "Write M, F or U.")
    return SEX.get(text, "")


def read_flag(cell: Cell) -> bool | None:
    """Yes or no, however it is ticked; None where the cell says nothing."""
    if isinstance(cell, bool) or cell is None:
        return cell
    text = read_text(cell, 60).casefold()
    if text in YES or text in NO or not text:
        return text in YES if text else None
    raise Doubt("is neither yes nor no, so it was left out", "Write Y or N.")


def read_sen(cell: Cell) -> str:
    """N (none), K (support) or E (plan), as in the School Census."""
    text = read_text(cell, 80).casefold()
    code = SEN.get(text) or SEN.get(text.partition(" ")[0].strip(" -:"))
    if text and not code:
        raise Doubt("is not an SEN provision that is known here, so it was left out", "Write N, K or E.")
    return code or ""


def read_attendance(cell: Cell) -> float | None:
    """Per cent; a workbook keeps 93.4 % as 0.934."""
    if isinstance(cell, bool | date):
        raise Doubt("is not a percentage, so it was left out", "Write a number from 0 to 100.")
    text = str(cell) if isinstance(cell, int | float) else read_text(cell, 20).rstrip("% ").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if 0 < value <= 1 and isinstance(cell, float):
        value *= 100
    if not 0 <= value <= 100:
        raise Doubt("is not a percentage, so it was left out", "Write a number from 0 to 100.")
    return round(value, 2)


def read_postcode(cell: Cell) -> str:
    text = read_text(cell, 40).upper()
    found = POSTCODE.fullmatch(text)
    if text and not found:
        raise Doubt("is not a UK postcode, so it was left out", "Write it like AB1 2CD.")
    return f"{found[1]} {found[2]}" if found else ""


def read_home_la(cell: Cell) -> str:
    text = read_text(cell, 60)
    if text and not re.fullmatch(r"[2-9][0-9]{2}", text):
        raise Doubt("is not an LA code, so it was left out", "Write the three digits of the local authority.")
    return text


def split_address(text: str) -> tuple[list[str], str]:
    """The lines of an address in one cell, and the postcode that stands at its end."""
    lines = [line.strip() for line in text.split(",") if line.strip()]
    found = POSTCODE.search(lines[-1].upper()) if lines else None
    if found is None or found.end() != len(lines[-1]):
        return lines, ""
    rest = lines[-1][: found.start()].strip()
    return lines[:-1] + ([rest] if rest else []), f"{found[1]} {found[2]}"
