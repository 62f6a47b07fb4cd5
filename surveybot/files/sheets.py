"""Rows to the bytes of a CSV or XLSX file that no spreadsheet takes for formulas.

A cell of a CSV file that a spreadsheet could run begins with an apostrophe instead (OWASP ASVS 5, 1.2.10);
plain numbers and phone numbers in E.164 pass. An XLSX file holds typed text cells and changes nothing.
CSV is UTF-8 with a byte order mark, since Excel garbles every accent without one.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import xlsxwriter

from surveybot.rules.calendar.dates_in_words import LONDON

Row = Sequence[str]

_RUNS = frozenset("=+-@\t\r\n＝＋－＠")
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")
_HARMLESS_START = "\ufeff\u200b\u00a0 \u3000\x0b\x0c"
"""Signs that a spreadsheet may drop before it looks at a cell."""

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""What XML cannot hold, and what shows as nothing."""

WIDEST = 40


def write_csv(columns: Row, rows: Iterable[Row]) -> bytes:
    """The whole file, every cell in quotes, so that a semicolon hides no second cell either."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([harmless(cell) for cell in columns])
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def write_xlsx(sheets: Sequence[tuple[str, Row, Sequence[Row]]], *, made_at: datetime) -> bytes:
    """One file with a sheet per (name, columns, rows); the same input gives the same bytes."""
    memory = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(memory, options) as book:
        book.set_properties({"created": made_at.astimezone(LONDON).replace(tzinfo=None)})
        bold = book.add_format({"bold": True})
        for name, columns, rows in sheets:
            _write_sheet(book.add_worksheet(name), columns, rows, bold)
    return memory.getvalue()


def harmless(cell: str) -> str:
    """The cell as a CSV file may hold it: an apostrophe before what a spreadsheet could run."""
    text = _UNWRITABLE.sub("", cell)
    if _NUMBER.fullmatch(text):
        return text
    begins = text.lstrip(_HARMLESS_START)[:1]
    return f"'{text}" if begins in _RUNS else text


def _write_sheet(sheet: Any, columns: Row, rows: Sequence[Row], bold: Any) -> None:
    for place, cell in enumerate(columns):
        sheet.write_string(0, place, _UNWRITABLE.sub("", cell), bold)
    for number, row in enumerate(rows, start=1):
        for place, cell in enumerate(row):
            sheet.write_string(number, place, _UNWRITABLE.sub("", cell))
    for place, width in enumerate(_widths(columns, rows)):
        sheet.set_column(place, place, width)
    sheet.freeze_panes(1, 0)


def _widths(columns: Row, rows: Sequence[Row]) -> list[int]:
    """Wide enough for the header and the longest of the first rows, within reason."""
    shown = [columns, *rows[:200]]
    return [min(WIDEST, 2 + max(len(row[place]) for row in shown)) for place in range(len(columns))]
