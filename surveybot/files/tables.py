"""One way in for every table that people upload: CSV, XLSX or CTF XML, told apart by their first bytes."""

import re
from collections.abc import Callable, Sequence

from surveybot.files.csv_file import read_csv
from surveybot.files.ctf_file import read_ctf
from surveybot.files.faults import TableFault
from surveybot.files.xlsx_file import read_xlsx
from surveybot.rules.roster.tables import Table

MAX_BYTES = 5 * 1024 * 1024
OLD_OFFICE = bytes.fromhex("D0CF11E0A1B11AE1")

__all__ = ["MAX_BYTES", "HeadingScore", "TableFault", "read_table"]

HeadingScore = Callable[[Sequence[str]], int]
"""How many of a row's cells look like headings; the row with the most is the heading row."""


def read_table(data: bytes, *, heading_score: HeadingScore) -> Table:
    """Read a file as a table, or raise a TableFault that says where it cannot be read and what to do."""
    if len(data) > MAX_BYTES:
        raise TableFault(
            f"The file is larger than {MAX_BYTES // 1024 // 1024} MB",
            "Export only the columns that are needed, or one year group at a time.",
        )
    if not data.strip():
        raise TableFault("The file is empty", "Export it again.")
    if data.startswith(b"PK\x03\x04"):
        return read_xlsx(data, heading_score)
    if data.startswith(OLD_OFFICE):
        raise TableFault(
            "The file is an old workbook (.xls), or one with a password",
            "Save it as an Excel workbook (.xlsx) without a password, or as CSV UTF-8.",
        )
    if data.startswith(b"%PDF"):
        raise TableFault("The file is a PDF", "Export the roster as CSV or as a workbook (.xlsx).")
    if re.match(rb"\s*<(?:!doctype\s+)?(?:html|table|head)", data[:200], re.IGNORECASE):
        raise TableFault("The file is a web page", "Save it as an Excel workbook (.xlsx), or as CSV UTF-8.")
    if _is_xml(data):
        return read_ctf(data)
    return read_csv(data, heading_score)


def _is_xml(data: bytes) -> bool:
    start = data[:200].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return start.startswith((b"<?xml", b"<CTfile", b"<ctfile", b"<!"))
