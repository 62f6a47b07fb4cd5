from datetime import date
from typing import Any

import pytest

from surveybot.rules.delivery.channels import RouteKind, RouteOwner
from surveybot.rules.roster.tables import TableRow
from surveybot.rules.roster_file.checks import repeated_people, shared_addresses
from surveybot.rules.roster_file.headings import settle_columns
from surveybot.rules.roster_file.reading import RowReading, read_row
from surveybot.rules.roster_file.rows import RosterRow, Standards

STANDARDS = Standards(on=date(2026, 11, 22), made_up=True, authorities=frozenset({"801", "931"}))
BASE = {"Surname": "Khan", "Forename": "Amira", "DOB": "03/04/2011", "Year": "11"}


def reading_of(number: int = 2, /, **cells: Any) -> RowReading:
    cells = {**BASE, **{heading.replace("_", " "): cell for heading, cell in cells.items()}}
    columns = settle_columns(list(cells), 1)
    assert not columns.errors
    return read_row(TableRow(number, cells), columns.used, STANDARDS)


def row_of(number: int = 2, /, **cells: Any) -> RosterRow:
    reading = reading_of(number, **cells)
    assert reading.row is not None, reading.errors
    return reading.row


def routes(row: RosterRow) -> dict[tuple[RouteOwner, RouteKind], str]:
    return {(route.owner, route.kind): route.address for route in row.routes}


def test_a_plain_row_is_read() -> None:
    row = row_of(UPN="b801200005001", ULN=9276308686, Adno="00123", Reg_Group="11B", Sex="Female")
    assert (row.surname, row.forename, row.date_of_birth, row.year_group) == (
        *("Khan", "Amira"),
        date(2011, 4, 3),
        11,
    )
    assert (row.upn, row.uln, row.admission_number) == ("B801200005001", "9276308686", "00123")
    assert (row.tutor_group, row.sex) == ("11B", "F")


@pytest.mark.parametrize(
    ("surname", "forename"),
    [
        ("Wiśniewska", "Zoë"),
        ("خان", "محمد"),
        ("O’Neill", "Sinéad"),
        ("Llŷr", "Dewi"),
        ("Na", "Yu"),
        ("Null", "A"),
    ],
)
def test_names_of_every_script_are_kept(surname: str, forename: str) -> None:
    row = row_of(Surname=surname, Forename=forename)
    assert (row.surname, row.forename) == (surname, forename)


@pytest.mark.parametrize(("surname", "forename"), [("", "Madonna"), ("Sukarno", ""), ("Sukarno", "-")])
def test_a_mononym_may_stand_in_either_column(surname: str, forename: str) -> None:
    row = row_of(Surname=surname, Forename=forename)
    assert row.full_name in ("Madonna", "Sukarno")


def test_a_row_without_any_name_is_an_error() -> None:
    (error,) = reading_of(Surname="", Forename=" ").errors
    assert (error.row, error.column) == (2, "Surname")


@pytest.mark.parametrize(
    "name", ["=HYPERLINK(1)", "@SUM(1)", "+447700900123", "123", "SinÃ©ad", "#REF!", "x" * 101]
)
def test_what_is_no_name_is_an_error(name: str) -> None:
    (error,) = reading_of(Surname=name).errors
    assert error.column == "Surname"
    assert len(error.value) <= 40


def test_signs_that_nobody_can_see_are_taken_out_with_a_notice() -> None:
    reading = reading_of(Surname="Kh\u202ean\x00")
    assert reading.row is not None
    assert reading.row.surname == "Khan"
    assert "hidden signs" in reading.notices[0].problem


def test_one_column_can_hold_both_names() -> None:
    def names(text: str) -> tuple[str, str]:
        cells = {"Surname Forename": text, "DOB": "03/04/2011", "Year": "11"}
        row = read_row(TableRow(2, cells), settle_columns(list(cells), 1).used, STANDARDS).row
        return (row.surname, row.forename) if row else ("error", "")

    assert names("Khan Amira") == ("Khan", "Amira")
    assert names("de Souza, Ana Maria") == ("de Souza", "Ana Maria")
    assert names("Madonna") == ("Madonna", "")
    assert names("de Souza Ana") == ("error", "")


def test_every_fault_of_a_row_is_named_at_once() -> None:
    errors = reading_of(DOB="03/04/11", Year="99", UPN="A801200005001", Student_Mobile="7.7E+09").errors
    assert [error.column for error in errors] == ["DOB", "Year", "UPN", "Student Mobile"]
    assert all(error.fix for error in errors)


def test_an_unknown_authority_in_a_upn_is_a_notice() -> None:
    reading = reading_of(UPN="R674123101121")
    assert reading.row is not None
    assert "674" in reading.notices[0].problem


def test_a_landline_is_a_notice_and_is_kept_as_no_way_to_text() -> None:
    reading = reading_of(Contact_1_Mobile="0113 243 0000", Student_Mobile="07700 900123")
    assert reading.row is not None
    assert {(route.owner, route.address, route.no_text) for route in reading.row.routes} == {
        (RouteOwner.STUDENT, "+447700900123", False),
        (RouteOwner.CONTACT_1, "+441132430000", True),
    }
    assert ["landline" in notice.problem for notice in reading.notices] == [True]


def test_a_number_cell_that_lost_its_zero_is_read_right() -> None:
    assert routes(row_of(Student_Mobile=7700900123)) == {
        (RouteOwner.STUDENT, RouteKind.MOBILE): "+447700900123"
    }


def test_an_email_at_a_well_known_provider_is_personal() -> None:
    row = row_of(Student_Email="amira@gmail.com", Contact_1_Email="p@example.org")
    assert routes(row) == {
        (RouteOwner.STUDENT, RouteKind.PERSONAL_EMAIL): "amira@gmail.com",
        (RouteOwner.CONTACT_1, RouteKind.PERSONAL_EMAIL): "p@example.org",
    }


def test_contacts_are_kept_apart_from_the_student() -> None:
    row = row_of(
        Contact_1_Forename="Pat",
        Contact_1_Surname="Khan",
        Contact_1_Relationship="Mother",
        Contact_2_Name="Lou",
    )
    assert [(contact.position, contact.name, contact.relationship) for contact in row.contacts] == [
        (1, "Pat Khan", "Mother"),
        (2, "Lou", ""),
    ]


@pytest.mark.parametrize(
    ("cells", "lines"),
    [
        ({"Address_1": "1 High St", "Town": "Leeds"}, ("1 High St", "", "", "Leeds", "")),
        ({"PAON": "1", "Street": "High St", "Locality": "Moor"}, ("1 High St", "Moor", "", "", "")),
        ({"Address": "1 High St, Moor, Leeds, LS1 1AA"}, ("1 High St", "Moor", "", "Leeds", "LS1 1AA")),
        ({"Address": "1 High St\nLeeds\nLS1 1AA"}, ("1 High St", "", "", "Leeds", "LS1 1AA")),
        ({"Postcode": "ls11aa"}, ("", "", "", "", "LS1 1AA")),
    ],
)
def test_an_address_is_read_however_it_is_split(cells: dict[str, Any], lines: tuple[str, ...]) -> None:
    row = row_of(**cells)
    assert (row.address1, row.address2, row.address3, row.town, row.postcode) == lines


@pytest.mark.parametrize(
    ("cells", "name", "value"),
    [
        ({"PP": "Y"}, "pupil_premium", True),
        ({"FSM": "T", "PP": "N"}, "pupil_premium", True),
        ({"PP": ""}, "pupil_premium", None),
        ({"SEN_Status": "E - EHC plan"}, "ehcp", True),
        ({"SEN_Status": "K"}, "sen_provision", "K"),
        ({"LAC": "False"}, "looked_after", False),
        ({"EAL": True}, "eal", True),
        ({"Attendance": "93.4%"}, "attendance", 93.4),
        ({"Attendance": 0.934}, "attendance", 93.4),
        ({"Year": "Year 11"}, "year_group", 11),
        ({"Year": 11.0}, "year_group", 11),
        ({"Home_LA": 931.0}, "home_la", "931"),
        ({"Adno": 123.0}, "admission_number", "123"),
    ],
)
def test_traits_are_read_however_they_are_ticked(cells: dict[str, Any], name: str, value: object) -> None:
    assert getattr(row_of(**cells), name) == value


@pytest.mark.parametrize(
    "cells",
    [
        {"Sex": "blue"},
        {"PP": "maybe"},
        {"Postcode": "nowhere"},
        {"Attendance": "often"},
        {"Home LA": "Leeds"},
    ],
)
def test_a_trait_that_makes_no_sense_is_left_out_with_a_notice(cells: dict[str, Any]) -> None:
    reading = reading_of(**cells)
    assert reading.row is not None
    assert ["left out" in notice.problem for notice in reading.notices] == [True]


def test_a_group_that_became_a_date_is_an_error() -> None:
    (error,) = reading_of(Reg_Group=date(2026, 11, 4)).errors
    assert "turned into a date" in error.problem


def test_the_same_person_twice_is_an_error_that_names_both_rows() -> None:
    rows = [row_of(2, UPN="B801200005001"), row_of(5, UPN="B801200005001", Forename="Amy"), row_of(7)]
    faults = repeated_people(rows, {})
    assert [(fault.row, fault.problem) for fault in faults] == [
        (5, "is the same person as row 2"),
        (7, "is the same person as row 2"),
    ]


def test_namesakes_with_numbers_of_their_own_are_two_people() -> None:
    rows = [row_of(2, UPN="B801200005001"), row_of(3, UPN="R674123101121")]
    assert repeated_people(rows, {}) == []


def test_a_shared_number_and_a_parents_email_are_notices() -> None:
    rows = [
        row_of(2, Forename="Grace", Student_Mobile="07700900150"),
        row_of(3, Forename="Harri", Student_Mobile="+447700900150"),
        row_of(4, Forename="Jo", Student_Email="P@example.org", Contact_1_Email="p@example.org"),
    ]
    notices = shared_addresses(rows)
    assert [(notice.row, notice.problem) for notice in notices] == [
        (3, "is also another student's (row 2)"),
        (4, "is also a parent's (the same row)"),
    ]
