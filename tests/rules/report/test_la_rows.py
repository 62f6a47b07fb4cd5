"""What goes to the authority about one person, what an objection stops, and what is said of the rest."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from surveybot.catalogue import load_catalogue
from surveybot.rules.answer.consent import Actor, ObjectionDecision, ObjectionFact
from surveybot.rules.answer.offer_status import offer_status
from surveybot.rules.destination.destinations import (
    Fact,
    FactKind,
    FactMethod,
    FactSource,
    NamedProvider,
    PlaceStatus,
)
from surveybot.rules.report.la_profile import KEPT_AT_OBJECTION, LaProfile, read_profile
from surveybot.rules.report.la_rows import Person, SchoolIdentity
from surveybot.rules.report.la_sheet import (
    LEFT_EARLY,
    NO_ANSWER,
    NOT_ON_ROSTER,
    NOT_PART,
    WHOLE_ROW,
    WITHHELD,
    ExportSheet,
    make_sheet,
)
from surveybot.rules.roster.people import LeavingKind, StudentState

AT = datetime(2026, 1, 20, 10, 0, tzinfo=UTC)
ON = date(2026, 1, 20)
KINDS = load_catalogue().destination_kinds
DEFAULT = load_catalogue().profiles["default"]
SCHOOL = SchoolIdentity(urn="123456", name="Hillview School", laestab="9314000", ukprn="10000001")
COLLEGE = NamedProvider(1, "Riverbank College", "130001", "10000002")
AMIRA = Person(
    code="S-000001",
    surname="Khan",
    forename="Amira",
    preferred_name="Mira",
    date_of_birth=date(2009, 10, 3),
    year_group=11,
    summer=2026,
    upn="A123456789012",
    uln="9276308686",
    sex="F",
    address=("1 Made-up Road", "", ""),
    town="Hillview",
    postcode="ZZ1 1ZZ",
    home_la="931",
    parent_name="Parent Khan",
)


def fact(destination: str, preference: int = 1, **changes: Any) -> Fact:
    values = {
        "id": preference,
        "kind": FactKind.INTENDED,
        "source": FactSource.STUDENT,
        "method": FactMethod.LINK,
        "ascertained_at": AT,
        **changes,
    }
    return Fact(destination=destination, preference=preference, **values)


def objection(by: Actor, at: datetime = AT, lifted: bool = False) -> ObjectionFact:
    decision = ObjectionDecision.LIFTED if lifted else ObjectionDecision.OBJECTED
    return ObjectionFact(decision, by, at)


def sheet_of(*people: Person, on: date = ON, profile: LaProfile = DEFAULT) -> ExportSheet:
    return make_sheet(people, school=SCHOOL, profile=profile, kinds=KINDS, on=on)


def row_of(person: Person, on: date = ON) -> dict[str, str]:
    sheet = sheet_of(person, on=on)
    return dict(zip(sheet.columns, sheet.rows[0], strict=True))


def test_a_row_holds_who_where_and_what_next_in_the_codes_of_today() -> None:
    college = fact(
        "further_education_college",
        provider=COLLEGE,
        provider_written="riverbank",
        course_title="T Level in Construction",
        status=PlaceStatus.CONDITIONAL,
        verified_at=datetime(2026, 5, 5, 23, 30, tzinfo=UTC),
    )
    row = row_of(replace(AMIRA, facts=(college, fact("own_sixth_form", 2))))
    assert row == {
        "SchoolURN": "123456",
        "SchoolLAEstab": "9314000",
        "ULN": "9276308686",
        "Surname": "Khan",
        "Forename": "Amira",
        "PreferredName": "Mira",
        "DOB": "2009-10-03",
        "Sex": "F",
        "Address1": "1 Made-up Road",
        "Address2": "",
        "Address3": "",
        "Town": "Hillview",
        "Postcode": "ZZ1 1ZZ",
        "HomeLACode": "931",
        "ParentName": "Parent Khan",
        "ParentAddress": "1 Made-up Road, Hillview, ZZ1 1ZZ",
        "YearGroup": "11",
        "IntendedDestinationCode": "121",
        "IntendedProviderName": "Riverbank College",
        "IntendedProviderUKPRN": "10000002",
        "IntendedProviderURN": "130001",
        "CourseTitle": "T Level in Construction",
        "CourseLevel": "",
        "OfferStatusCode": "110",
        "SecondChoiceProvider": "Hillview School",
        "ActivityCode": "",
        "ActivityProviderName": "",
        "ActivityStartDate": "",
        "DateAscertained": "2026-01-20",
        "DateVerified": "2026-05-06",  # by the clock in England
        "Source": "student",
        "InformationWithheld": "N",
    }


def test_the_own_sixth_form_is_the_school_itself() -> None:
    row = row_of(replace(AMIRA, facts=(fact("own_sixth_form"),)))
    assert (row["IntendedDestinationCode"], row["IntendedProviderName"]) == ("111", "Hillview School")
    assert (row["IntendedProviderURN"], row["IntendedProviderUKPRN"]) == ("123456", "10000001")


def test_a_name_that_no_list_knows_goes_as_it_was_written() -> None:
    row = row_of(replace(AMIRA, facts=(fact("apprenticeship", provider_written="Uncle’s garage"),)))
    assert (row["IntendedDestinationCode"], row["IntendedProviderName"]) == ("211", "Uncle’s garage")


def test_a_parent_who_lives_elsewhere_keeps_that_address() -> None:
    assert row_of(replace(AMIRA, parent_address="2 Other Road"))["ParentAddress"] == "2 Other Road"
    assert row_of(replace(AMIRA, parent_name=""))["ParentAddress"] == ""


def test_what_somebody_does_now_goes_with_its_own_code_and_start() -> None:
    actual = fact("gap_year", id=9, kind=FactKind.ACTUAL, started_on=date(2025, 9, 1))
    row = row_of(replace(AMIRA, facts=(actual,)))
    assert (row["ActivityCode"], row["ActivityStartDate"]) == ("260", "2025-09-01")


@pytest.mark.parametrize("column", [header for header in DEFAULT.headers if header != "InformationWithheld"])
def test_an_objection_empties_every_column_but_those_it_cannot_stop(column: str) -> None:
    full = replace(
        AMIRA,
        address=("1 Made-up Road", "Upper End", "Far Side"),
        facts=(
            fact(
                "further_education_college",
                provider=COLLEGE,
                course_title="T Level",
                course_level="3",
                status=PlaceStatus.PLACE,
                verified_at=AT,
            ),
            fact("sixth_form_college", 2, provider=COLLEGE),
            fact("job", id=9, kind=FactKind.ACTUAL, provider_written="Shop", started_on=ON),
        ),
    )
    assert row_of(full)[column], "the row without an objection fills every column"
    withheld = row_of(replace(full, objections=(objection(Actor.SELF),)))
    assert withheld[column] == (row_of(full)[column] if column in KEPT_AT_OBJECTION else "")
    assert withheld["InformationWithheld"] == "Y"


BORN = date(2010, 1, 21)
AT_16 = datetime(2026, 1, 21, 10, 0, tzinfo=UTC)
BY_PARENT = objection(Actor.PARENT)
LAST_DAY, BIRTHDAY = date(2026, 1, 20), date(2026, 1, 21)


@pytest.mark.parametrize(
    ("events", "on", "withheld"),
    [
        ([], BIRTHDAY, "N"),
        ([BY_PARENT], LAST_DAY, "Y"),
        ([BY_PARENT], BIRTHDAY, "Y"),  # stays until the student decides
        ([BY_PARENT, objection(Actor.PARENT, lifted=True)], LAST_DAY, "N"),
        ([objection(Actor.SELF)], LAST_DAY, "N"),  # 15: a parent decides
        ([objection(Actor.SELF, AT_16)], BIRTHDAY, "Y"),
        ([BY_PARENT, objection(Actor.SELF, AT_16, lifted=True)], BIRTHDAY, "N"),
        ([objection(Actor.SELF, AT_16), objection(Actor.PARENT, AT_16, lifted=True)], BIRTHDAY, "Y"),
    ],
)
def test_who_decides_changes_on_the_sixteenth_birthday(
    events: list[ObjectionFact], on: date, withheld: str
) -> None:
    person = replace(AMIRA, date_of_birth=BORN, objections=tuple(events))
    assert row_of(person, on=on)["InformationWithheld"] == withheld


def test_what_an_objection_stopped_is_named_with_its_reason() -> None:
    sheet = sheet_of(replace(AMIRA, objections=(objection(Actor.SELF),)))
    (entry,) = sheet.left_out
    assert entry.why == WITHHELD
    assert {"ULN", "PreferredName", "IntendedDestinationCode"} <= set(entry.what.split(", "))
    assert not KEPT_AT_OBJECTION & set(entry.what.split(", "))
    assert entry.cells[:3] == ("Khan", "Amira", "2009-10-03")
    assert (sheet.withheld, sheet.people_left_out) == (1, 0)


def test_nobody_learns_from_the_file_whether_an_objector_has_answered() -> None:
    answered = replace(AMIRA, objections=(objection(Actor.SELF),), facts=(fact("job"),))
    silent = replace(answered, facts=())
    assert sheet_of(answered) == sheet_of(silent)


def test_somebody_who_has_not_answered_has_a_row_with_empty_codes() -> None:
    sheet = sheet_of(AMIRA)
    assert row_of(AMIRA)["IntendedDestinationCode"] == ""
    assert [(entry.what, entry.why) for entry in sheet.left_out] == [("IntendedDestinationCode", NO_ANSWER)]
    assert sheet.unanswered == 1


def test_rather_not_say_is_an_answer_not_obtained() -> None:
    sheet = sheet_of(replace(AMIRA, facts=(fact("rather_not_say"),)))
    assert (row_of(replace(AMIRA, facts=(fact("rather_not_say"),)))["IntendedDestinationCode"]) == "611"
    assert sheet.left_out == () and sheet.unanswered == 0


def test_somebody_who_died_has_no_row_and_nothing_is_said_about_it() -> None:
    sheet = sheet_of(replace(AMIRA, state=StudentState.DECEASED, facts=(fact("job"),)))
    assert sheet.rows == ()
    assert [(entry.what, entry.why) for entry in sheet.left_out] == [(WHOLE_ROW, NOT_PART)]
    assert sheet.people_left_out == 1


@pytest.mark.parametrize(
    ("changes", "in_return"),
    [
        ({"state": StudentState.LEFT, "left_on": date(2026, 1, 9), "leaving_kind": LeavingKind.EARLY}, False),
        ({"state": StudentState.LEFT, "left_on": date(2026, 1, 9)}, False),
        ({"state": StudentState.LEFT}, False),
        ({"state": StudentState.LEFT, "left_on": date(2026, 6, 26)}, True),  # with everybody else
        ({"leaving_kind": LeavingKind.MOVED_SCHOOL}, False),
        ({}, True),
    ],
)
def test_who_left_before_the_end_is_not_in_the_return(changes: dict[str, Any], in_return: bool) -> None:
    sheet = sheet_of(replace(AMIRA, **changes))
    assert bool(sheet.rows) is in_return
    assert (LEFT_EARLY in [entry.why for entry in sheet.left_out]) is not in_return


def test_a_missing_uln_or_address_is_named() -> None:
    sheet = sheet_of(replace(AMIRA, uln="", address=("", "", ""), facts=(fact("job"),)))
    assert [(entry.what, entry.why) for entry in sheet.left_out] == [("ULN, Address1", NOT_ON_ROSTER)]


def test_a_verified_answer_keeps_the_day_on_which_it_was_learnt() -> None:
    later = datetime(2026, 5, 5, 9, 0, tzinfo=UTC)
    again = fact("job", id=7, answer_id=2, verifies_id=1, ascertained_at=later, verified_at=later)
    row = row_of(replace(AMIRA, facts=(fact("job", answer_id=1), again)))
    assert (row["DateAscertained"], row["DateVerified"]) == ("2026-01-20", "2026-05-05")


def test_a_profile_of_the_old_generation_tells_a_place_from_none() -> None:
    columns = [{"column": "IntendedDestinationCode", "header": "Dest"}, {"column": "DOB"}, {"column": "UPN"}]
    old = read_profile("old", {"title": "Old", "generation": "old", "dates": "day_first", "columns": columns})
    person = replace(AMIRA, facts=(fact("apprenticeship", status=PlaceStatus.PLACE),))
    assert sheet_of(person, profile=old).rows == (("220", "03/10/2009", "A123456789012"),)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ([fact("sixth_form_college", status=PlaceStatus.OFFER)], "110"),
        ([fact("sixth_form_college", status=PlaceStatus.APPLIED)], "140"),
        ([fact("sixth_form_college", status=PlaceStatus.THINKING)], "151"),
        ([fact("sixth_form_college", status=PlaceStatus.NO_PLACE)], ""),
        ([fact("sixth_form_college")], ""),
        ([fact("job", status=PlaceStatus.PLACE)], ""),  # a job offer is no offer of learning
        (
            [
                fact("sixth_form_college", status=PlaceStatus.APPLIED),
                fact("training", 2, status=PlaceStatus.OFFER),
            ],
            "110",
        ),
        (
            [
                fact("sixth_form_college", status=PlaceStatus.CONDITIONAL),
                fact(
                    "sixth_form_college",
                    id=5,
                    kind=FactKind.OFFER,
                    status=PlaceStatus.NO_PLACE,
                    ascertained_at=datetime(2026, 8, 20, 8, 0, tzinfo=UTC),
                ),
            ],
            "",
        ),
        ([], ""),
    ],
)
def test_the_offer_status_follows_from_what_was_said(facts: list[Fact], code: str) -> None:
    assert offer_status(facts, KINDS) == code
