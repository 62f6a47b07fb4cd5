"""Files that a spreadsheet reads as text, whatever somebody wrote."""

import csv
import hashlib
import io
from datetime import UTC, datetime

import openpyxl
import pytest

from surveybot.files.sheets import harmless, write_csv, write_xlsx

NOW = datetime(2026, 1, 20, 10, 0, tzinfo=UTC)
FORMULAS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://example.org","click")',
    '=IMPORTXML(CONCAT("http://example.org/?",A1:A9),"//a")',
    "=2+5+cmd|' /C notepad'!'A1'",
    '=DDE("cmd";"/C calc";"x")',
    "+1+1",
    "+SUM(A1:A9)",
    "-2+3",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "@import",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "\u00a0=1+1",
    "\ufeff=1+1",
    "\u200b=1+1",
    "\x00=1+1",
    "\x0b=1+1",
    "＝1+1",
    "＋1+1",
    "－1+1",
    "＠SUM(1)",
    "=",
    "-",
    "+",
    "@",
    "--",
    "-1-1",
    "+44 7700 900123",
]
HARMLESS = [
    "",
    "O’Neill",
    "Wiśniewska",
    "Llŷr",
    "李小龍",
    "مريم",
    "Zoë 👩‍🎓",
    "0012345678",
    "1E5",
    "TRUE",
    "#REF!",
    "1/2",
    "a=1+1",
    'She said "hi", then left; ok',
    "one\ntwo",
    "<script>alert(1)</script>",
    "_x0041_",
    "{=1+1}",
    "' OR 1=1 --",
    "%s%n",
    "http://example.org",
    "NULL",
    "x" * 400,
]
EVERY = [*FORMULAS, *HARMLESS]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_csv_cell_that_could_run_begins_with_an_apostrophe(text: str) -> None:
    cell = harmless(text)
    assert cell.startswith("'")
    assert cell[1:] == text.translate(dict.fromkeys((0, 11)))


@pytest.mark.parametrize("text", [*HARMLESS, "-5", "+3.5", "1,5", "+447700900123", "07700900123", "-0"])
def test_plain_text_numbers_and_phones_pass_a_csv_unchanged(text: str) -> None:
    assert harmless(text) == text


def test_a_csv_file_gives_every_cell_back_and_hides_no_second_one() -> None:
    data = write_csv(("Name", "=Header"), [(text, "next;=1+1") for text in EVERY])
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["Name", "'=Header"]
    assert [row[0] for row in rows[1:]] == [harmless(text) for text in EVERY]
    assert {row[1] for row in rows[1:]} == {"next;=1+1"}
    assert data.count(b'"next;=1+1"\r\n') == len(EVERY)  # in quotes, for those who split at semicolons


def test_an_xlsx_file_holds_no_formula_and_no_link() -> None:
    columns, rows = ("=A", "+B"), [(text, text) for text in EVERY]
    data = write_xlsx([("Students", columns, rows), ("Left out", ("=Why",), [("@x",)])], made_at=NOW)
    book = openpyxl.load_workbook(io.BytesIO(data))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert not any(cell.hyperlink for cell in cells)


def test_an_xlsx_file_gives_every_text_back() -> None:
    data = write_xlsx([("Students", ("Text",), [(text,) for text in EVERY])], made_at=NOW)
    sheet = openpyxl.load_workbook(io.BytesIO(data))["Students"]
    read = [str(row[0].value or "") for row in sheet.iter_rows(min_row=2)]
    expected = [text.translate(dict.fromkeys((0, 11))).replace("\r", "\n") for text in EVERY]
    assert [text.replace("_x005F_x0041_", "_x0041_").replace("_x000D_", "\n") for text in read] == expected


def test_numbers_keep_their_leading_zeros_as_text() -> None:
    data = write_xlsx([("Students", ("ULN",), [("0012345678",)])], made_at=NOW)
    cell = openpyxl.load_workbook(io.BytesIO(data))["Students"]["A2"]
    assert (cell.value, cell.data_type) == ("0012345678", "s")


def test_the_header_of_an_xlsx_file_stays_in_sight_and_columns_are_wide_enough() -> None:
    data = write_xlsx([("Students", ("A", "B"), [("x", "y" * 30)])], made_at=NOW)
    sheet = openpyxl.load_workbook(io.BytesIO(data))["Students"]
    assert sheet.freeze_panes == "A2"
    assert sheet.column_dimensions["B"].width > 30


def test_the_same_rows_at_the_same_time_give_the_same_bytes() -> None:
    made = {hashlib.sha256(write_xlsx([("S", ("A",), [("x",)])], made_at=NOW)).hexdigest() for _ in range(3)}
    assert len(made) == 1


def test_a_lone_surrogate_does_not_stop_a_file() -> None:
    assert write_csv(("A",), [("x\ud800y",)]).decode("utf-8-sig").splitlines()[1] == '"xy"'
