"""The file holds what is known on the day, and the record knows the file."""

import csv
import io
import json
import time
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from sqlalchemy import insert
from sqlalchemy.engine import Engine
from sqlmodel import Session, select

from surveybot.catalogue import load_catalogue
from surveybot.cli import main
from surveybot.records import database
from surveybot.records.audit import AuditEntry
from surveybot.records.destination.destinations import DestinationFact
from surveybot.records.destination.providers import Provider
from surveybot.records.report.exchanges import Exchange, exchanges_of
from surveybot.records.roster.students import Contact, Leaving, Student
from surveybot.records.schools import School, find_school
from surveybot.rules.destination.destinations import FactKind, FactMethod, FactSource, PlaceStatus
from surveybot.rules.report.la_sheet import ExportSheet
from surveybot.steps.report.export import UnknownProfile, export_intended
from surveybot.steps.report.record_file import FileFormat, make_file, recipient_of, record_file
from tests.conftest import NOW, SmallSchool
from tests.statements import counted

CATALOGUE = load_catalogue()


def add_fact(
    session: Session,
    school: SmallSchool,
    forename: str,
    destination: str,
    *,
    source: FactSource = FactSource.STUDENT,
    status: PlaceStatus | None = None,
    provider_id: int | None = None,
    provider_name: str = "",
    ascertained_at: datetime = NOW,
) -> None:
    session.add(
        DestinationFact(
            school_id=school.id,
            student_id=school.ids[forename],
            kind=FactKind.INTENDED,
            destination=destination,
            provider_id=provider_id,
            provider_name=provider_name,
            status=status,
            source=source,
            method=FactMethod.LINK,
            ascertained_at=ascertained_at,
        )
    )
    session.flush()


def the_school(session: Session, school: SmallSchool) -> School:
    row = find_school(session, school.urn)
    assert row is not None
    return row


def sheet_of(session: Session, school: SmallSchool, at: datetime = NOW) -> ExportSheet:
    return export_intended(
        session,
        the_school(session, school),
        leaving=2026,
        profile="default",
        now=at,
        catalogue=CATALOGUE,
    )


def by_forename(sheet: ExportSheet) -> dict[str, dict[str, str]]:
    rows = [dict(zip(sheet.columns, row, strict=True)) for row in sheet.rows]
    return {row["Forename"]: row for row in rows}


@pytest.fixture
def answered(engine: Engine, school: SmallSchool) -> SmallSchool:
    """Amira goes to a college that is in the directory, Imran (an objector) to work, Jo has a formula."""
    with database.writing(engine) as session:
        college = Provider(name="Riverbank College", folded_name="riverbank college", urn="130001")
        session.add(college)
        session.flush()
        add_fact(
            session,
            school,
            "Amira",
            "further_education_college",
            provider_id=college.id,
            status=PlaceStatus.APPLIED,
        )
        add_fact(session, school, "Imran", "job")
        add_fact(session, school, "Jo", "apprenticeship", provider_name="=HYPERLINK(1)")
    return school


def test_everybody_of_the_cohort_has_a_row_from_the_facts(engine: Engine, answered: SmallSchool) -> None:
    with database.reading(engine) as session:
        sheet = sheet_of(session, answered)
    rows = by_forename(sheet)
    assert set(rows) == set(answered.ids) - {"Kit"}  # who died is not part of the return
    amira = rows["Amira"]
    assert (amira["IntendedDestinationCode"], amira["IntendedProviderName"]) == ("121", "Riverbank College")
    assert (amira["OfferStatusCode"], amira["SchoolLAEstab"]) == ("140", "9314000")
    assert rows["Chloe"]["IntendedDestinationCode"] == ""
    assert rows["Amira"]["ParentName"] == "Parent Khan"


def test_an_objection_is_applied_on_the_day(engine: Engine, answered: SmallSchool) -> None:
    with database.reading(engine) as session:
        sheet = sheet_of(session, answered)
    imran = by_forename(sheet)["Imran"]
    assert (imran["InformationWithheld"], imran["IntendedDestinationCode"]) == ("Y", "")
    assert (imran["Surname"], imran["Address1"]) == ("Shah", "9 Made-up Road")
    assert sheet.withheld == 1


def test_another_schools_students_are_not_in_the_file(
    engine: Engine, answered: SmallSchool, other_school: SmallSchool
) -> None:
    with database.reading(engine) as session:
        assert "Zara" not in by_forename(sheet_of(session, answered))


def test_a_correction_is_what_goes_out(engine: Engine, answered: SmallSchool) -> None:
    with database.writing(engine) as session:
        later = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
        add_fact(session, answered, "Amira", "apprenticeship", source=FactSource.STAFF, ascertained_at=later)
        row = by_forename(sheet_of(session, answered))["Amira"]
    assert (row["IntendedDestinationCode"], row["Source"]) == ("211", "staff")


def test_an_unknown_profile_names_those_that_there_are(engine: Engine, school: SmallSchool) -> None:
    with database.reading(engine) as session, pytest.raises(UnknownProfile, match="default"):
        export_intended(
            session,
            the_school(session, school),
            leaving=2026,
            profile="oxford",
            now=NOW,
            catalogue=CATALOGUE,
        )


@pytest.mark.parametrize("file_format", list(FileFormat))
def test_the_record_holds_the_hash_of_the_exact_bytes(
    engine: Engine, answered: SmallSchool, file_format: FileFormat
) -> None:
    with database.writing(engine) as session:
        school = the_school(session, answered)
        sheet = sheet_of(session, answered)
        file = make_file(sheet, name=f"la.{file_format}", file_format=file_format, now=NOW)
        record_file(
            session,
            school,
            file,
            kind="intended",
            leaving=2026,
            recipient=recipient_of(school, CATALOGUE),
            staff_id=answered.staff["careers_leader"],
            now=NOW,
        )
    with database.reading(engine) as session:
        ((exchange, name),) = exchanges_of(session, answered.id)
        deed = session.exec(select(AuditEntry).where(AuditEntry.deed == "file_exported")).one()
    digest = sha256(file.data).hexdigest()
    assert (exchange.file_sha256, deed.details["sha256"]) == (digest, digest)
    assert (exchange.rows, exchange.left_out, name) == (11, 1, "Lee Leader")
    assert exchange.recipient == "Oxfordshire"
    assert deed.school_id == answered.id
    assert not {"Khan", "Amira", "Shah"} & set(json.dumps(deed.details).split('"'))


def test_the_same_facts_at_the_same_time_make_the_same_file(engine: Engine, answered: SmallSchool) -> None:
    with database.reading(engine) as session:
        files = [
            make_file(sheet_of(session, answered), name="la.xlsx", file_format=FileFormat.XLSX, now=NOW)
            for _ in range(2)
        ]
    assert files[0].sha256 == files[1].sha256


def run(engine: Engine, monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str]:
    monkeypatch.setenv("DATABASE_URL", engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("SECRET_KEYS", "1:a-key-for-tests-only-0123456789abcdef")
    result = CliRunner().invoke(main, list(words))
    return result.exit_code, result.output


def test_the_command_writes_two_csv_files_and_says_what_is_in_them(
    engine: Engine, answered: SmallSchool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "la.csv"
    code, text = run(
        engine, monkeypatch, "export", "intended", "--school", "123456", "--leaving", "2026",
        "--out", str(out), "--json",
    )  # fmt: skip
    assert code == 0, text
    said = json.loads(text)
    assert said["rows"] == 11 and said["withheld"] >= 1
    assert said["sha256"] == sha256(out.read_bytes()).hexdigest()
    rows = list(csv.DictReader(io.StringIO(out.read_text("utf-8-sig"))))
    assert next(row for row in rows if row["Forename"] == "Jo")["IntendedProviderName"] == "'=HYPERLINK(1)"
    left_out = list(csv.DictReader(io.StringIO((tmp_path / "la.left-out.csv").read_text("utf-8-sig"))))
    assert {"The whole row"} == {row["LeftOut"] for row in left_out if row["Forename"] == "Kit"}
    assert out.stat().st_mode & 0o077 == 0  # for the eyes of this user alone
    assert sorted(path.name for path in tmp_path.glob("*la*")) == ["la.csv", "la.left-out.csv"]
    with database.reading(engine) as session:
        assert session.exec(select(Exchange)).one().file_sha256 == said["sha256"]


def test_the_command_writes_an_xlsx_file_with_a_sheet_of_reasons(
    engine: Engine, answered: SmallSchool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "la.xlsx"
    code, text = run(
        engine, monkeypatch, "export", "intended", "--school", "123456", "--leaving", "2026",
        "--out", str(out),
    )  # fmt: skip
    assert code == 0, text
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["Students", "Left out"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert "=HYPERLINK(1)" in {cell.value for cell in cells}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["--leaving", "2031", "--out", "la.csv"],
            "finishes Year 11 in summer 2031",
        ),
        (["--leaving", "2026", "--out", "la.ods"], "must end in .csv or .xlsx"),
        (["--leaving", "2026", "--out", "la.csv", "--profile", "x"], "There are: default."),
        (["--leaving", "2026", "--out", "nowhere/la.csv"], "cannot be written"),
    ],
)
def test_the_command_refuses_with_a_sentence_and_records_nothing(
    engine: Engine,
    school: SmallSchool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    code, text = run(engine, monkeypatch, "export", "intended", "--school", "123456", *words)
    assert (code, sentence in text) == (1, True), text
    assert list(tmp_path.glob("**/*la*")) == []
    with database.reading(engine) as session:
        assert session.exec(select(Exchange)).all() == []


def test_destinations_show_says_what_is_current_and_where_sources_differ(
    engine: Engine, answered: SmallSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.writing(engine) as session:
        add_fact(session, answered, "Amira", "job", source=FactSource.LOCAL_AUTHORITY)
    code, text = run(engine, monkeypatch, "destinations", "show", answered.codes["Amira"].lower(), "--json")
    assert code == 0, text
    said = json.loads(text)
    assert said["current"]["intended"]["activity_code"] == "330"
    assert said["current"]["actual"] is None
    assert [fact["provider"] for fact in said["facts"]] == ["Riverbank College", None]
    assert said["facts"][0]["ascertained_at"] == "2026-01-20T10:00:00Z"
    assert len(said["conflicts"]) == 1


def test_two_thousand_students_are_a_handful_of_queries_and_seconds(
    engine: Engine, school: SmallSchool
) -> None:
    with database.writing(engine) as session:
        add_cohort(session, school.id, 2000)
    began = time.process_time()  # a busy machine makes it wait, not work
    with counted() as asked, database.reading(engine) as session:
        sheet = sheet_of(session, school)
        make_file(sheet, name="la.xlsx", file_format=FileFormat.XLSX, now=NOW)
    assert len(sheet.rows) == 2011
    assert time.process_time() - began < 8
    assert len(asked) <= 6


def add_cohort(session: Session, school_id: int, count: int) -> None:
    start = 1_000_000
    session.execute(
        insert(Student),
        [
            {
                "id": start + number,
                "code": f"S-{number:06}",
                "school_id": school_id,
                "surname": f"Surname{number}",
                "forename": "Many",
                "date_of_birth": date(2010, 1, 1),
                "year_group": 11,
                "created_at": NOW,
                "changed_at": NOW,
            }
            for number in range(count)
        ],
    )
    ids = range(start, start + count)
    session.execute(
        insert(Leaving),
        [{"school_id": school_id, "student_id": id_, "year_group": 11, "summer": 2026} for id_ in ids],
    )
    session.execute(
        insert(Contact),
        [{"school_id": school_id, "student_id": id_, "position": 1, "name": "Parent"} for id_ in ids],
    )
    session.execute(
        insert(DestinationFact),
        [
            {
                "school_id": school_id,
                "student_id": id_,
                "kind": FactKind.INTENDED,
                "destination": "job",
                "preference": preference,
                "source": FactSource.STUDENT,
                "method": FactMethod.LINK,
                "ascertained_at": NOW,
            }
            for id_ in ids
            for preference in (1, 2, 3)
        ],
    )
