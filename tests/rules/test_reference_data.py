"""The shipped lists are whole, agree with each other, and a broken one says everything that is wrong."""

from collections.abc import Mapping
from typing import Any

import pytest

from surveybot.catalogue import college_seed, load_catalogue
from surveybot.rules.destination.code_lists import check_kinds
from surveybot.rules.destination.destination_kinds import CodeGeneration, read_destination_kinds
from surveybot.rules.destination.destinations import PlaceStatus
from surveybot.rules.reference_faults import ReferenceFaults
from surveybot.rules.report.la_profile import COLUMNS, read_profile

RULING_27 = """own_sixth_form school_sixth_form sixth_form_college further_education_college
specialist_post_16
apprenticeship supported_internship job_with_study job self_employed volunteering gap_year university training
looking not_sure something_else rather_not_say traineeship"""

CONTRACT = (
    "SchoolURN,SchoolLAEstab,ULN,Surname,Forename,PreferredName,DOB,Sex,Address1,Address2,Address3,Town,"
    "Postcode,HomeLACode,ParentName,ParentAddress,YearGroup,IntendedDestinationCode,IntendedProviderName,"
    "IntendedProviderUKPRN,IntendedProviderURN,CourseTitle,CourseLevel,OfferStatusCode,SecondChoiceProvider,"
    "ActivityCode,ActivityProviderName,ActivityStartDate,DateAscertained,DateVerified,Source,"
    "InformationWithheld"
)


def profile(**changes: Any) -> Mapping[str, Any]:
    return {"title": "Ours", "columns": [{"column": "Surname"}, {"column": "DOB"}], **changes}


def test_every_destination_is_there_and_traineeships_are_never_offered() -> None:
    kinds = load_catalogue().destination_kinds
    assert set(kinds) == set(RULING_27.split())
    assert not kinds["traineeship"].offered(11) and not kinds["traineeship"].offered(13)


def test_the_own_sixth_form_does_not_come_first() -> None:
    assert next(iter(load_catalogue().destination_kinds)) != "own_sixth_form"


def test_a_gap_year_is_260_and_undecided_and_other_changed_places() -> None:
    kinds = load_catalogue().destination_kinds
    assert kinds["gap_year"].activity_code == "260"
    assert kinds["not_sure"].intended(CodeGeneration.CURRENT) == "511"
    assert kinds["not_sure"].intended(CodeGeneration.OLD) == "410"
    assert kinds["something_else"].intended(CodeGeneration.CURRENT) == "411"
    assert kinds["something_else"].intended(CodeGeneration.OLD) == "510"


def test_the_old_codes_tell_a_definite_place_from_none() -> None:
    kind = load_catalogue().destination_kinds["apprenticeship"]
    assert kind.intended(CodeGeneration.OLD, PlaceStatus.PLACE) == "220"
    assert kind.intended(CodeGeneration.OLD, PlaceStatus.APPLIED) == "230"


def test_a_job_without_study_does_not_meet_the_duty_to_take_part() -> None:
    kinds = load_catalogue().destination_kinds
    assert (kinds["job"].rpa, kinds["job_with_study"].rpa) == ("no", "yes")
    assert "study" in kinds["job"].hint_in("cy")  # English where Welsh is missing


def test_the_default_profile_is_the_contract_and_has_no_upn() -> None:
    assert ",".join(load_catalogue().profiles["default"].headers) == CONTRACT
    assert "UPN" in COLUMNS


def test_authorities_that_the_public_list_lacks_are_there() -> None:
    assert {"201", "420", "942", "943", "931"} <= set(load_catalogue().local_authorities)


def test_the_seed_has_the_english_colleges_by_kind() -> None:
    seed = college_seed()
    assert len(seed) == 266
    assert {entry.kind for entry in seed} == {"sixth_form_college", "further_education_college"}


def test_a_broken_list_of_destinations_says_every_fault() -> None:
    with pytest.raises(ReferenceFaults) as caught:
        read_destination_kinds({"job": {"label": {}, "activity_code": 330, "colour": "red"}, "gap": "year"})
    text = str(caught.value)
    for part in ("'colour' is not known", "label.en", "activity_code", "rpa", "provider", "gap must be"):
        assert part in text


def test_a_destination_may_not_map_to_a_code_that_is_read_only() -> None:
    catalogue = load_catalogue()
    with pytest.raises(ReferenceFaults, match=r"job: activity code 330 may not be written"):
        check_kinds({"job": catalogue.destination_kinds["job"]}, {}, catalogue.intended_codes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"columns": [{"column": "Shoe"}]}, "'Shoe' is not one of our columns"),
        ({"columns": [{"column": "DOB"}, {"column": "Surname", "header": "DOB"}]}, "stands there twice"),
        ({"columns": [{"column": "DOB", "header": "=1+1"}]}, "as a formula"),
        ({"columns": [{"column": "DOB", "header": " "}]}, "header is empty"),
        ({"columns": ["DOB"]}, "column 1 must be"),
        ({"columns": []}, "at least one"),
        ({"title": ""}, "title is missing"),
        ({"generation": "new"}, "current or old"),
        ({"dates": "american"}, "iso or day_first"),
        ({"codes": {"Sex": {"M": "1"}}}, "codes.Sex: no such column"),
        ({"codes": {"DOB": {"M": 1}}}, "table of texts"),
        ({"kolumns": []}, "'kolumns' is not known"),
    ],
)
def test_a_broken_profile_says_what_is_wrong(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ReferenceFaults, match=words):
        read_profile("ours", profile(**changes))


def test_a_broken_profile_says_all_of_it_at_once() -> None:
    with pytest.raises(ReferenceFaults) as caught:
        read_profile("ours", {"columns": [{"column": "Shoe"}], "dates": "x"})
    assert len(caught.value.faults) == 3


def test_a_profile_renames_reorders_and_maps() -> None:
    columns = [{"column": "DOB", "header": "Born"}, {"column": "Sex", "header": "Gender"}]
    made = read_profile(
        "ours", profile(columns=columns, dates="day_first", codes={"Sex": {"F": "2", "M": "1"}})
    )
    assert made.headers == ("Born", "Gender")
    assert made.arrange({"Sex": "F", "DOB": "03/10/2009", "Surname": "Khan"}) == ("03/10/2009", "2")
