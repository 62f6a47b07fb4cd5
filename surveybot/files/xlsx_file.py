"""Workbooks, read as a stream: cells keep their types, and a bomb is seen before it is opened."""

import io
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time
from typing import Any

import openpyxl

from surveybot.files.faults import TableFault
from surveybot.files.table_building import (
    HEADINGS_WITHIN,
    MAX_COLUMNS,
    MAX_ROWS,
    NumberedRow,
    build_table,
    too_many_columns,
    too_many_rows,
)
from surveybot.rules.roster.tables import Cell, Table

MAX_UNPACKED = 80 * 1024 * 1024
MAX_PARTS = 2000
EMPTY_ROWS_TO_STOP = 1000
SAVE_AGAIN = (
    "Open it in a spreadsheet program and save it again as an Excel workbook (.xlsx), or as CSV UTF-8."
)


def read_xlsx(data: bytes, heading_score: Callable[[Sequence[str]], int]) -> Table:
    """The sheet with the most headings; a formula that was never calculated is kept as its own text."""
    has_formulas = _inspect(data)
    try:
        sheets = _sheets(data, has_formulas=has_formulas)
    except TableFault:
        raise
    except Exception as error:  # whatever a broken workbook makes the library raise
        raise TableFault("The workbook cannot be read", SAVE_AGAIN) from error
    if not sheets:
        raise TableFault("The workbook has no sheet with rows in it", "Export it again.")
    return build_table(max(sheets, key=lambda rows: _score(rows, heading_score)), heading_score)


def _inspect(data: bytes) -> bool:
    """Refuse a workbook that would unpack to far more than any roster; say whether it has formulas."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise TableFault(
                    "The workbook unpacks to far more than a roster needs",
                    "Copy the students alone into a new workbook, as values.",
                )
            sheets = [part for part in parts if re.match(r"xl/worksheets/[^/]+\.xml$", part.filename)]
            return any(re.search(rb"<(?:\w+:)?f[\s>/]", archive.read(part)) for part in sheets)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, OSError) as error:
        raise TableFault("The workbook is damaged, or has a password", SAVE_AGAIN) from error


def _sheets(data: bytes, *, has_formulas: bool) -> list[list[NumberedRow]]:
    """The rows of every visible sheet that has any."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and extensions that the data does not need
        values = _visible(_open(data, values=True))
        found = [list(_numbered(sheet)) for sheet in values]
        if has_formulas:
            texts = [list(_numbered(sheet)) for sheet in _visible(_open(data, values=False))]
            found = [_with_formulas(*pair) for pair in zip(found, texts, strict=True)]
    return [rows for rows in found if rows]


def _open(data: bytes, *, values: bool) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=values, keep_links=False)


def _visible(book: Any) -> list[Any]:
    return [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]


def _numbered(sheet: Any) -> Iterator[NumberedRow]:
    """Rows that hold something, with the number that the sheet shows; a long empty tail is not walked."""
    sheet.reset_dimensions()
    last = 0
    rows = sheet.iter_rows(values_only=True)
    for number, cells in enumerate(rows, start=1):
        if all(cell is None for cell in cells):
            if number - last > EMPTY_ROWS_TO_STOP:
                return
            continue
        last = number
        if number > MAX_ROWS + HEADINGS_WITHIN:
            raise too_many_rows()
        if any(cell is not None for cell in cells[MAX_COLUMNS:]):
            raise too_many_columns(number)
        yield number, [_cell(cell) for cell in cells[:MAX_COLUMNS]]


def _cell(value: Any) -> Cell:
    if isinstance(value, datetime):
        return value.date() if value.time() == time() else value
    if value is None or isinstance(value, str | int | float | date):
        return value
    return str(value)


def _with_formulas(values: list[NumberedRow], texts: list[NumberedRow]) -> list[NumberedRow]:
    """Put a formula's own text where it has no value, so that it is an error and not an empty cell."""
    value_of = dict(values)
    return [
        (
            number,
            [
                text if _is_formula(text) and value is None else (value if _is_formula(text) else text)
                for text, value in zip(cells, _padded(value_of.get(number, ()), len(cells)), strict=True)
            ],
        )
        for number, cells in texts
    ]


def _padded(cells: Sequence[Cell], width: int) -> list[Cell]:
    return [*cells, *[None] * (width - len(cells))][:width]


def _is_formula(cell: Cell) -> bool:
    return isinstance(cell, str) and cell.startswith("=")


def _score(rows: Sequence[NumberedRow], heading_score: Callable[[Sequence[str]], int]) -> int:
    first = rows[:HEADINGS_WITHIN]
    return max(heading_score([cell for cell in cells if isinstance(cell, str)]) for _, cells in first)
