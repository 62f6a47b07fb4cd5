import pytest

from surveybot.rules.roster_file.fields import RosterField, certain_field
from surveybot.rules.roster_file.headings import fingerprint, recognised, settle_columns

NEEDED = ("Surname", "DOB", "Year")

SIMS = ["Adno", "Legal Surname", "Legal Forename", "Reg Group", "Year", "DOB", "Gender", "UPN", "LAC"]
ARBOR = [
    "First Name",
    "Last Name",
    "Preferred Name",
    "Registration Form",
    "Year Group",
    "Date of Birth",
    "Sex",
]
BROMCOM = ["pupil_admission_number", "current_nc_year", "CurrentRegistrationGroupName", "learner_number"]
CENSUS = [
    *("UPN", "Surname", "Forename", "Gender", "DoB", "NCyearActual", "SENprovision", "UniqueLearnerNumber"),
    *(
        "Postcode",
        "SAON",
        "PAON",
        "Street",
        "Locality",
        "Town",
        "AddressLine1",
        "FSME on Census Day",
        "NativeID",
    ),
]


@pytest.mark.parametrize("heading", [*SIMS, *ARBOR, *BROMCOM, *CENSUS])
def test_the_headings_of_school_systems_are_known(heading: str) -> None:
    assert certain_field(heading) is not None


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("date_of_birth", RosterField.DATE_OF_BIRTH),
        ("Pupil Surname", RosterField.SURNAME),
        ("Surname Forename", RosterField.SURNAME_FORENAME),
        ("M/F", RosterField.SEX),
        ("Contact 1 Forename", RosterField.CONTACT_1_FORENAME),
        ("Contact 2 Mobile", RosterField.CONTACT_2_MOBILE),
        ("Parent/Carer 1 Email", RosterField.CONTACT_1_EMAIL),
        ("Parent Email", RosterField.CONTACT_1_EMAIL),
        ("Student Email", RosterField.STUDENT_EMAIL),
    ],
)
def test_case_spaces_and_punctuation_make_no_difference(heading: str, field: RosterField) -> None:
    assert certain_field(heading) is field
    assert certain_field(heading.upper().replace(" ", "_")) is field


def test_a_contacts_column_is_never_the_students_own() -> None:
    columns = settle_columns([*NEEDED, "Contact 1 Mobile", "Contact 1 Email"], 1)
    assert RosterField.STUDENT_MOBILE not in columns.used
    assert columns.used[RosterField.CONTACT_1_MOBILE] == "Contact 1 Mobile"


def test_mobile_alone_is_taken_as_the_students_with_a_notice() -> None:
    columns = settle_columns([*NEEDED, "Mobile"], 1)
    assert columns.used[RosterField.STUDENT_MOBILE] == "Mobile"
    assert "was read as Student mobile" in columns.notices[0].problem


def test_mobile_alone_gives_way_to_a_certain_heading() -> None:
    columns = settle_columns([*NEEDED, "Mobile", "Student Mobile"], 1)
    assert columns.used[RosterField.STUDENT_MOBILE] == "Student Mobile"
    assert columns.unknown == ("Mobile",)


def test_a_missing_column_is_an_error_that_names_what_was_not_recognised() -> None:
    columns = settle_columns(["Surname", "Year", "Geburtstag"], 3)
    assert [(fault.row, fault.column) for fault in columns.errors] == [(3, "Date of birth")]
    assert "Geburtstag" in columns.errors[0].fix


def test_a_heading_that_stands_twice_is_an_error() -> None:
    columns = settle_columns([*NEEDED, "Notes", "notes "], 1)
    assert ["two columns" in fault.problem for fault in columns.errors] == [True]


def test_two_columns_for_one_thing_are_an_error_until_a_person_chooses() -> None:
    headings = [*NEEDED, "Form", "Tutor Group"]
    assert "Tutor group" in settle_columns(headings, 1).errors[0].problem
    chosen = settle_columns(headings, 1, {"Form": "", "Tutor Group": "tutor_group"})
    assert not chosen.errors
    assert chosen.used[RosterField.TUTOR_GROUP] == "Tutor Group"


def test_the_legal_name_is_preferred() -> None:
    columns = settle_columns(["Legal Surname", "Surname", "DOB", "Year"], 1)
    assert columns.used[RosterField.SURNAME] == "Legal Surname"
    assert not columns.errors


def test_a_person_can_say_what_a_column_is() -> None:
    columns = settle_columns(["Nachname", "DOB", "Year"], 1, {"Nachname": "surname"})
    assert not columns.errors
    assert columns.used[RosterField.SURNAME] == "Nachname"


def test_what_is_not_needed_is_passed_over_without_a_word() -> None:
    columns = settle_columns([*NEEDED, "Ethnicity", "Middlenames", "Contact 3 Email"], 1)
    assert columns.unknown == ()
    assert columns.notices == ()


def test_a_mapping_is_found_again_by_the_headings_alone() -> None:
    assert fingerprint(["Surname", "Date of Birth"]) == fingerprint(["surname", "DATE_OF_BIRTH"])
    assert fingerprint(["Surname", "Forename"]) != fingerprint(["Forename", "Surname"])


def test_the_heading_row_is_the_one_with_most_headings() -> None:
    assert recognised(["Year 11 list", "", ""]) == 0
    assert recognised(["Surname", "Forename", "DOB"]) == 3
