"""What every reader does with its rows: find the headings, name the columns, count the limits."""

from collections.abc import Callable, Sequence

from surveybot.files.faults import TableFault
from surveybot.rules.roster.tables import Cell, Table, TableRow

MAX_ROWS = 25_000
MAX_COLUMNS = 120
HEADINGS_WITHIN = 20  # a title or two may stand above the headings

NumberedRow = tuple[int, Sequence[Cell]]


def too_many_rows() -> TableFault:
    return TableFault(f"The file has more than {MAX_ROWS:,} rows", "Import one year group at a time.")


def too_many_columns(row: int) -> TableFault:
    return TableFault(
        f"The file has more than {MAX_COLUMNS} columns", "Export only the columns that are needed.", row=row
    )


def build_table(rows: Sequence[NumberedRow], heading_score: Callable[[Sequence[str]], int]) -> Table:
    """A table from numbered rows; a row that is wider than the headings is refused."""
    place = _heading_place(rows, heading_score)
    if place is None:
        raise TableFault("The file has no headings", "Put the names of the columns in the first row.")
    number, heading_cells = rows[place]
    headings = _headings(heading_cells)
    if len(headings) > MAX_COLUMNS:
        raise too_many_columns(number)
    body = rows[place + 1 :]
    if len(body) > MAX_ROWS:
        raise too_many_rows()
    return Table(headings, number, tuple(_row(each, headings) for each in body))


def _heading_place(rows: Sequence[NumberedRow], heading_score: Callable[[Sequence[str]], int]) -> int | None:
    """The row with the most headings among the first ones, else the first row that has anything in it."""
    first = rows[:HEADINGS_WITHIN]
    scores = [heading_score([str(cell) for cell in cells if _is_text(cell)]) for _, cells in first]
    if any(score > 1 for score in scores):
        return scores.index(max(scores))
    return next((place for place, (_, cells) in enumerate(first) if any(map(_is_filled, cells))), None)


def _headings(cells: Sequence[Cell]) -> tuple[str, ...]:
    """The heading of every column up to the last one that has any; a gap is called by its letter."""
    texts = [str(cell).strip() if _is_filled(cell) else "" for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    return tuple(" ".join(text.split()) or f"Column {letters(place)}" for place, text in enumerate(texts))


def letters(place: int) -> str:
    """The name that a spreadsheet gives to a column: 0 is A, 26 is AA."""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(65 + rest) + name
    return name


def _row(numbered: NumberedRow, headings: tuple[str, ...]) -> TableRow:
    number, cells = numbered
    if any(map(_is_filled, cells[len(headings) :])):
        extra = next(cell for cell in cells[len(headings) :] if _is_filled(cell))
        raise TableFault(
            "has more cells than there are headings",
            "Look for a comma inside a cell: such a cell needs quotes round it.",
            row=number,
            value=str(extra)[:40],
        )
    return TableRow(number, dict(zip(headings, cells, strict=False)))


def _is_text(cell: Cell) -> bool:
    return isinstance(cell, str) and bool(cell.strip())


def _is_filled(cell: Cell) -> bool:
    return cell is not None and cell != "" and (not isinstance(cell, str) or bool(cell.strip()))
