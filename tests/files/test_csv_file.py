import pytest

from surveybot.files.faults import TableFault
from surveybot.files.tables import MAX_BYTES, read_table
from surveybot.rules.roster.tables import Table
from surveybot.rules.roster_file.headings import recognised

PLAIN = "Surname,Forename,DOB\r\nO’Neill,Sinéad,03/04/2010\r\n"


def read(data: str | bytes) -> Table:
    return read_table(data.encode() if isinstance(data, str) else data, heading_score=recognised)


def fault_of(data: str | bytes) -> TableFault:
    with pytest.raises(TableFault) as caught:
        read(data)
    assert caught.value.fix
    return caught.value


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        PLAIN.encode("utf-16-le"),
        PLAIN.encode("utf-16-be"),
        b"\xfe\xff" + PLAIN.encode("utf-16-be"),
        PLAIN.encode("cp1252"),
        PLAIN.replace("\r\n", "\n").encode(),
        PLAIN.replace("\r\n", "\r").encode(),
        PLAIN.rstrip().encode(),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode(),
        PLAIN.replace(",", "|").encode(),
        PLAIN.replace("\r\n", ",,,\r\n").encode(),
        b'"Surname","Forename","DOB"\n"O\xe2\x80\x99Neill","Sin\xc3\xa9ad","03/04/2010"\n',
    ],
)
def test_every_usual_spelling_of_the_same_table_reads_alike(data: bytes) -> None:
    table = read(data)
    assert table.headings == ("Surname", "Forename", "DOB")
    assert [(row.number, dict(row.cells)) for row in table.rows] == [
        (2, {"Surname": "O’Neill", "Forename": "Sinéad", "DOB": "03/04/2010"})
    ]


def test_a_separator_line_names_the_delimiter_and_keeps_the_row_numbers() -> None:
    table = read("sep=;\r\nSurname;Address\r\nKhan;1 High St, Leeds\r\n")
    assert table.heading_row == 2
    assert [(row.number, row.cells["Address"]) for row in table.rows] == [(3, "1 High St, Leeds")]


def test_a_title_above_the_headings_is_passed_over() -> None:
    table = read("Year 11 list,,\n,,\nSurname,Forename,DOB\nKhan,Amira,03/04/2010\n")
    assert (table.heading_row, table.rows[0].number) == (3, 4)


def test_empty_lines_count_as_rows() -> None:
    assert [
        row.number for row in read("Surname,DOB\n\nKhan,x\n\nShah,y\n").rows if any(row.cells.values())
    ] == [3, 5]


def test_a_quoted_cell_may_hold_commas_quotes_and_lines() -> None:
    table = read('Surname,Address\n"Kh""an","1 High St,\nLeeds"\nShah,x\n')
    assert table.rows[0].cells == {"Surname": 'Kh"an', "Address": "1 High St,\nLeeds"}
    assert table.rows[1].number == 3


def test_excels_way_to_force_text_is_undone() -> None:
    assert read('Surname,Mobile\nKhan,="07700900123"\n').rows[0].cells["Mobile"] == "07700900123"


def test_a_short_row_has_empty_cells_at_its_end() -> None:
    assert read("Surname,Forename,DOB\nKhan\n").rows[0].cells.get("DOB") is None


def test_a_row_that_is_wider_than_its_headings_is_refused_with_its_number() -> None:
    fault = fault_of("Surname,Address\nKhan,x\nShah,1 High St,Leeds\n")
    assert (fault.row, fault.value) == (3, "Leeds")


def test_a_quote_that_is_never_closed_is_refused_with_the_line_where_it_opens() -> None:
    rows = "".join(f"Khan{place},A,03/04/2010\n" for place in range(100))
    assert fault_of(f'Surname,Forename,DOB\nShah,B,x\n"Moss,C,y\n{rows}').row == 3
    assert fault_of(f'Surname,Forename,DOB\nShah,B,x\nMoss,"C,y\n{rows}Novak,"D",z\n').row == 3


def test_a_quote_inside_a_quoted_cell_is_refused_with_its_line() -> None:
    fault = fault_of('Surname,Forename,DOB\n"Kh"an,B,x\n')
    assert fault.row == 2
    assert "quote" in fault.problem


def test_a_nul_is_refused_with_its_line() -> None:
    assert fault_of("Surname,Forename\nKhan,Amira\nSh\x00ah,B\n").row == 3


def test_letters_of_no_known_encoding_are_refused() -> None:
    assert fault_of(b"Surname,Forename\nKhan,Amira\nSh\x81\xffh,B\n").row == 3


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "empty"),
        (b"  \n\n", "empty"),
        (b"Surname," + b"x" * MAX_BYTES, "larger than 5 MB"),
        (b"Surname,Forename\n" + b"x" * 200_000 + b",y\n", "far too long"),
        (b"," * 100_000 + b"Surname", "columns"),
        (("Surname,DOB\n" + "a,b\n" * 26_000).encode(), "25,000 rows"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + b"x" * 100, "old workbook"),
        (b"%PDF-1.7", "PDF"),
        (b"<html><table><tr><td>Surname", "web page"),
    ],
)
def test_what_is_no_roster_is_refused_with_what_to_do(data: bytes, problem: str) -> None:
    assert problem in fault_of(data).problem


def test_twenty_thousand_rows_fit() -> None:
    assert len(read("Surname,DOB\n" + "a,b\n" * 20_000).rows) == 20_000


def test_a_column_without_a_heading_is_called_by_its_letter() -> None:
    assert read("Surname,,DOB\nKhan,x,y\n").headings == ("Surname", "Column B", "DOB")
