"""CSV as it is found in schools: four encodings, four delimiters, and quotes that are never closed."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence

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
from surveybot.rules.roster.tables import Table

DELIMITERS = ",;\t|"
MAX_LINES_IN_A_CELL = 12
"""An address has a few lines; a cell with more has swallowed the rows after a quote that was left open."""

SAVE_AGAIN = "Save the file again as CSV UTF-8, or as a workbook (.xlsx)."
AS_TEXT = re.compile(r'="([^"]*)"')


def read_csv(data: bytes, heading_score: Callable[[Sequence[str]], int]) -> Table:
    text = decode(data)
    _refuse_nul(text)
    text, named = _take_separator_line(text)
    delimiter = named or _delimiter(text, heading_score)
    return build_table(list(_rows(text, delimiter)), heading_score)


def decode(data: bytes) -> str:
    """UTF-16 by its mark or its NULs, then UTF-8 with or without a mark, then Windows-1252."""
    try:
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return data.decode("utf-16")
        if quarter := data[:4000]:
            if quarter[1::2].count(0) > 0.4 * len(quarter):
                return data.decode("utf-16-le")
            if quarter[::2].count(0) > 0.4 * len(quarter):
                return data.decode("utf-16-be")
        return _decode_bytes(data)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise TableFault("has letters in an encoding that is not known", SAVE_AGAIN, row=line) from error


def _decode_bytes(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252")


def _refuse_nul(text: str) -> None:
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        raise TableFault("has a NUL in it, which no text has", SAVE_AGAIN, row=line)


def _take_separator_line(text: str) -> tuple[str, str]:
    """Excel's "sep=;" names the delimiter; the line stays as an empty one, so that row numbers hold."""
    found = re.match(r'"?sep=(.)"?[ \t]*(?=\r|\n)', text, re.IGNORECASE)
    return (text[found.end() :], found[1]) if found else (text, "")


def _delimiter(text: str, heading_score: Callable[[Sequence[str]], int]) -> str:
    """The delimiter that shows the most headings, then the one that makes the most cells."""

    def score(delimiter: str) -> tuple[int, int]:
        first = list(_first_rows(text, delimiter))
        return (
            max((heading_score(row) for row in first), default=0),
            max((len(row) for row in first), default=0),
        )

    return max(DELIMITERS, key=score)


def _first_rows(text: str, delimiter: str) -> Iterator[list[str]]:
    start = text[:20_000].splitlines(keepends=True)[:HEADINGS_WITHIN]
    try:
        yield from csv.reader(start, delimiter=delimiter)
    except csv.Error:
        return


def _rows(text: str, delimiter: str) -> Iterator[NumberedRow]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise _broken(error, line, reader.line_num) from error
        if cells is None:
            return
        number += 1
        if number > MAX_ROWS + HEADINGS_WITHIN:
            raise too_many_rows()
        if len(cells) > MAX_COLUMNS and any(cell.strip() for cell in cells[MAX_COLUMNS:]):
            raise too_many_columns(number)
        if reader.line_num - line >= MAX_LINES_IN_A_CELL:
            raise _open_quote(line)
        if len(cells) == 1 and not cells[0].strip():
            cells = []
        yield number, [AS_TEXT.sub(r"\1", cell) if cell.startswith('="') else cell for cell in cells]


def _broken(error: csv.Error, line: int, last_line: int) -> TableFault:
    words = str(error)
    if "field larger" in words:
        return TableFault("has a cell that is far too long", "Shorten or empty the cell.", row=line)
    if "unexpected end" in words or last_line - line >= 1:
        return _open_quote(line)
    return TableFault(
        'has a quote (") inside a quoted cell',
        "Double the quote, or take it out, and import the file again.",
        row=line,
    )


def _open_quote(line: int) -> TableFault:
    return TableFault('has a quote (") that is never closed', "Close the quote, or take it out.", row=line)
