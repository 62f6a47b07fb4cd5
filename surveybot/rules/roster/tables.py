"""A table as it came out of a file: headings, and rows that keep the number they had there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

Cell = str | int | float | bool | date | None
"""What a cell can hold; a CSV file has text only, a workbook keeps its types."""


@dataclass(frozen=True, slots=True)
class TableRow:
    number: int  # as the reader of the file counts: the heading is usually 1
    cells: Mapping[str, Cell]  # by heading


@dataclass(frozen=True, slots=True)
class Table:
    headings: tuple[str, ...]
    heading_row: int
    rows: tuple[TableRow, ...]
