"""The directory: found by prefix, near the school, stocked in bulk, and never loses a provider."""

import csv
import time
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session

from surveybot.catalogue import college_seed, load_catalogue
from surveybot.files.establishments import NotAnExtract, read_establishments
from surveybot.records import database
from surveybot.records.destination.providers import all_providers, find_by_name, near, search, suggest
from surveybot.rules.destination.provider_list import NEEDED, ProviderEntry, read_establishment
from surveybot.steps.stock_providers import stock_providers

ALIASES = load_catalogue().provider_aliases
ENTRIES = [
    ProviderEntry("Hillview School", "school_sixth_form", "123456", None, "931"),
    ProviderEntry("Riverbank College", "further_education_college", "130001", "10000002", "931"),
    ProviderEntry("St Mary’s Academy", "school_sixth_form", "130002", None, "202"),
    ProviderEntry("St Mary's Academy", "school_sixth_form", "130003", None, "931"),
    ProviderEntry("Aardvark Sixth Form", "sixth_form_college", "130004", None, "931"),
]
GIAS_ROW = {
    **dict.fromkeys(NEEDED, ""),
    "URN": "130001",
    "LA (code)": "931",
    "EstablishmentName": "Café Riverbank College",
    "TypeOfEstablishment (code)": "18",
    "EstablishmentStatus (code)": "1",
    "FurtherEducationType (name)": "Sixth Form College (General)",
    "UKPRN": "10000002",
    "Town": "Hillview",
    "Postcode": "ZZ1 1ZZ",
}


@pytest.fixture
def stocked(engine: Engine) -> Engine:
    with database.writing(engine) as session:
        stock_providers(session, ENTRIES)
    return engine


def names(engine: Engine, text: str, la: str = "") -> list[str]:
    with database.reading(engine) as session:
        return [provider.name for provider in search(session, text, la=la)]


def test_a_search_finds_the_beginnings_of_words_in_any_order(stocked: Engine) -> None:
    assert names(stocked, "coll river") == ["Riverbank College"]
    assert names(stocked, "bank") == []
    assert names(stocked, "100%_") == []


def test_the_own_authority_comes_first_in_a_search(stocked: Engine) -> None:
    with database.reading(stocked) as session:
        assert [row.urn for row in search(session, "st marys", la="931")] == ["130003", "130002"]


def test_near_are_those_of_the_authority_and_the_own_school_is_not_first(stocked: Engine) -> None:
    with database.reading(stocked) as session:
        found = [row.urn for row in near(session, la="931", own_urn="123456")]
        assert set(found) == {"123456", "130001", "130003", "130004"}
        first_own = [row.urn for row in near(session, la="931", own_urn="130004")]
        assert first_own[-1] == "130004"


def test_a_list_without_authorities_gives_those_named_after_the_place(engine: Engine) -> None:
    with database.writing(engine) as session:
        stock_providers(session, college_seed())
        assert {row.name for row in near(session, la="383", la_name="Leeds")} == {
            "Leeds City College",
            "Leeds College of Building",
        }
        assert len(near(session, la="420", la_name="Isles of Scilly")) == 30


def test_a_misspelt_name_is_suggested_and_an_unlikely_one_is_not(engine: Engine) -> None:
    with database.writing(engine) as session:
        stock_providers(session, college_seed())
        assert [row.name for row in suggest(session, "exter collage", aliases=ALIASES)] == ["Exeter College"]
        assert suggest(session, "tesco", aliases=ALIASES) == []


def test_two_of_one_name_are_told_apart_by_their_urn(stocked: Engine) -> None:
    with database.reading(stocked) as session:
        found = find_by_name(session, "ST MARYS  ACADEMY")
        assert found is not None and found.urn == "130002"
        assert "st marys academy 130003" in {row.folded_name for row in all_providers(session)}


def test_the_same_list_twice_changes_nothing(stocked: Engine) -> None:
    with database.writing(stocked) as session:
        again = stock_providers(session, ENTRIES)
    assert (again.added, again.changed, again.unchanged) == (0, 0, len(ENTRIES))


def test_a_renamed_college_keeps_its_row(stocked: Engine) -> None:
    with database.writing(stocked) as session:
        before = find_by_name(session, "Riverbank College")
        counts = stock_providers(session, [replace(ENTRIES[1], name="Riverbank and Lake College")])
        session.expire_all()
        after = find_by_name(session, "Riverbank and Lake College")
        assert before is not None and after is not None and before.id == after.id
    assert (counts.added, counts.changed) == (0, 1)


def test_a_name_of_the_seed_is_adopted_by_the_establishment_of_that_name(engine: Engine) -> None:
    with database.writing(engine) as session:
        stock_providers(session, [ProviderEntry("Riverbank College", "further_education_college")])
        counts = stock_providers(session, ENTRIES)
        session.expire_all()
        (row,) = [row for row in all_providers(session) if row.name == "Riverbank College"]
    assert (row.urn, row.la) == ("130001", "931")
    assert (counts.added, counts.changed) == (len(ENTRIES) - 1, 1)


def test_a_closed_college_stays_but_is_no_longer_offered(stocked: Engine) -> None:
    with database.writing(stocked) as session:
        counts = stock_providers(session, [replace(ENTRIES[1], is_open=False)])
        session.expire_all()
        row = find_by_name(session, "Riverbank College")
        assert row is not None and not row.is_open
    assert (counts.closed, counts.changed) == (1, 0)
    assert names(stocked, "riverbank") == []


def test_an_academy_with_its_closed_schools_name_stays_open(stocked: Engine) -> None:
    closed = ProviderEntry("Riverbank College", "further_education_college", "100001", is_open=False)
    with database.writing(stocked) as session:
        assert stock_providers(session, [closed]).passed_over == 1
    assert names(stocked, "riverbank") == ["Riverbank College"]


@pytest.mark.parametrize(
    ("changes", "is_open"),
    [
        ({}, True),
        ({"EstablishmentStatus (code)": "3"}, True),
        ({"EstablishmentStatus (code)": "2"}, False),
        ({"TypeOfEstablishment (code)": "1"}, False),
        ({"TypeOfEstablishment (code)": "1", "OfficialSixthForm (name)": "Has a sixth form"}, True),
        (
            {
                "TypeOfEstablishment (code)": "34",
                "StatutoryHighAge": "18",
                "PhaseOfEducation (name)": "Secondary",
            },
            True,
        ),
        (
            {
                "TypeOfEstablishment (code)": "34",
                "StatutoryHighAge": "16",
                "PhaseOfEducation (name)": "Secondary",
            },
            False,
        ),
        ({"TypeOfEstablishment (code)": "40"}, True),
        ({"TypeOfEstablishment (code)": "29"}, True),
    ],
)
def test_an_establishment_counts_where_it_is_open_and_takes_people_after_16(
    changes: dict[str, str], is_open: bool
) -> None:
    entry = read_establishment({**GIAS_ROW, **changes})
    assert entry is not None and entry.is_open is is_open


def write_extract(file: Path, rows: list[dict[str, str]]) -> Path:
    with file.open("w", encoding="cp1252", newline="") as lines:
        writer = csv.DictWriter(lines, ["Other", *NEEDED])
        writer.writeheader()
        writer.writerows(rows)
    return file


def test_an_extract_in_the_old_windows_letters_is_read_right(tmp_path: Path) -> None:
    file = write_extract(tmp_path / "gias.csv", [GIAS_ROW])
    (row,) = read_establishments(file)
    entry = read_establishment(row)
    assert entry == ProviderEntry(
        "Café Riverbank College",
        "sixth_form_college",
        "130001",
        "10000002",
        "931",
        "Hillview",
        "ZZ1 1ZZ",
    )


def test_a_file_that_is_no_extract_names_what_it_lacks(tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_text("URN,Name\n1,x\n")
    with pytest.raises(NotAnExtract, match="LA \\(code\\)"):
        list(read_establishments(file))


def test_ten_thousand_providers_are_stocked_in_seconds(engine: Engine) -> None:
    many = [
        ProviderEntry(f"College {number}", "sixth_form_college", f"{200000 + number}", None, "931")
        for number in range(10_000)
    ]
    began = time.process_time()  # a busy machine makes it wait, not work
    with database.writing(engine) as session:
        assert stock_providers(session, many).added == 10_000
    with Session(engine) as session:
        assert len(search(session, "coll")) == 30
    assert time.process_time() - began < 10


def test_a_renamed_provider_is_guessed_by_its_new_name_at_once(stocked: Engine) -> None:
    def guessed(text: str) -> list[str]:
        with database.reading(stocked) as session:
            return [provider.name for provider in suggest(session, text, aliases={})]

    assert guessed("aardvark sixth form") == ["Aardvark Sixth Form"]
    with database.writing(stocked) as session:
        renamed = ProviderEntry("Zebra Sixth Form", "sixth_form_college", "130004", None, "931")
        assert stock_providers(session, [renamed]).changed == 1
    assert guessed("zebra sixth form") == ["Zebra Sixth Form"]
    assert guessed("aardvark sixth form") == []
