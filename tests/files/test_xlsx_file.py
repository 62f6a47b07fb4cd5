import io
import zipfile
from datetime import datetime
from typing import Any

import openpyxl
import pytest

from surveybot.files.faults import TableFault
from surveybot.files.tables import read_table
from surveybot.rules.roster.tables import Table
from surveybot.rules.roster_file.headings import recognised


def workbook(*rows: list[Any], more: dict[str, list[list[Any]]] | None = None) -> bytes:
    book = openpyxl.Workbook()
    sheets: dict[str, list[list[Any]]] = {**(more or {}), "Students": list(rows)}
    book.remove(book.worksheets[0])
    for title, lines in sheets.items():
        sheet = book.create_sheet(title)
        for line in lines:
            sheet.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(data: bytes) -> Table:
    return read_table(data, heading_score=recognised)


HEADINGS = ["Surname", "DOB", "Mobile", "UPN"]


def test_cells_keep_their_types() -> None:
    born = datetime(2010, 4, 3)  # noqa: DTZ001 - as a workbook has it
    table = read(workbook(HEADINGS, ["Khan", born, 7700900123, "0123"]))
    assert table.rows[0].number == 2
    assert dict(table.rows[0].cells) == {
        "Surname": "Khan",
        "DOB": born.date(),
        "Mobile": 7700900123,
        "UPN": "0123",
    }


def test_rows_keep_the_number_that_the_sheet_shows() -> None:
    table = read(workbook(["Year 11"], [], HEADINGS, ["Khan", "x"], [], ["Shah", "y"]))
    assert (table.heading_row, [row.number for row in table.rows]) == (3, [4, 6])


def test_the_sheet_with_the_headings_is_read() -> None:
    table = read(workbook(HEADINGS, ["Khan", "x", "y", "z"], more={"Notes": [["Read me first"], ["a"]]}))
    assert table.headings == tuple(HEADINGS)


def test_a_formula_that_was_never_calculated_is_no_empty_cell() -> None:
    table = read(workbook(HEADINGS, ["Khan", '="03/04/2010"', None, "x"]))
    assert table.rows[0].cells["DOB"] == '="03/04/2010"'
    assert table.rows[0].cells["Surname"] == "Khan"


def test_a_calculated_formula_counts_by_its_value() -> None:
    data = workbook(HEADINGS, ["Khan", "=1+1", None, "x"])
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(
                name,
                part.replace(b"<f>1+1</f><v></v>", b"<f>1+1</f><v>2</v>").replace(
                    b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>"
                ),
            )
    assert read(out.getvalue()).rows[0].cells["DOB"] == 2


def test_a_zip_bomb_is_seen_before_it_is_opened() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (100 * 1024 * 1024))
    with pytest.raises(TableFault, match="unpacks to far more"):
        read(out.getvalue())


def test_a_workbook_that_defines_entities_is_refused() -> None:
    bomb = (
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;">]><worksheet>&c;</worksheet>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(HEADINGS, ["Khan"]))) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, bomb if name.startswith("xl/worksheets/") else old.read(name))
    with pytest.raises(TableFault):
        read(out.getvalue())


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"PK\x03\x04" + b"x" * 500])
def test_a_damaged_workbook_is_refused(data: bytes) -> None:
    with pytest.raises(TableFault, match="damaged"):
        read(data)


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(TableFault, match="cannot be read"):
        read(out.getvalue())


def test_an_empty_workbook_is_refused() -> None:
    with pytest.raises(TableFault, match="no sheet"):
        read(workbook())
