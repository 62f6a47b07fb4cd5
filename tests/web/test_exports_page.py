"""The careers leader's way to the authority's file; nobody else's."""

import io
import zipfile
from collections.abc import Callable
from hashlib import sha256

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.records import database
from surveybot.records.destination.destinations import DestinationFact
from surveybot.records.report.exchanges import Exchange
from surveybot.rules.destination.destinations import FactKind, FactMethod, FactSource
from tests.conftest import NOW, SmallSchool

SignIn = Callable[..., FlaskClient]
PREVIEW = "/staff/export/preview?what=intended&cohort=11-2026&profile=default&file_format="


@pytest.fixture
def token(app: Flask) -> dict[str, str]:
    return {
        "csrf_token": URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps("for-tests")
    }


def made(engine: Engine) -> list[Exchange]:
    with database.reading(engine) as session:
        return list(session.exec(select(Exchange)))


def test_the_page_offers_what_can_be_made_now(sign_in: SignIn) -> None:
    page = sign_in("careers_leader").get("/staff/export").text
    assert "Intended destinations" in page
    assert "Year 11 finishing in summer 2026 (11 students)" in page
    assert "None yet." in page
    assert "offers" not in page.lower()


def test_a_school_without_students_is_told_to_import_the_roster(
    engine: Engine, sign_in: SignIn, school: SmallSchool
) -> None:
    from sqlmodel import delete

    from surveybot.records.roster.students import Leaving

    with database.writing(engine) as session:
        session.execute(delete(Leaving))
    assert "Start with the roster" in sign_in("careers_leader").get("/staff/export").text


def test_the_preview_says_who_and_what_is_left_out(sign_in: SignIn, school: SmallSchool) -> None:
    page = sign_in("careers_leader", totp=True).get(PREVIEW + "xlsx").text
    assert "no file has been made" in page
    assert "Not part of this return." in page  # Kit, who died: no more is said
    assert "deceased" not in page.lower()
    assert "section 72" in page
    assert f"/staff/students/{school.codes['Imran']}" in page
    assert "For Oxfordshire." in page


def test_a_preview_makes_nothing(engine: Engine, sign_in: SignIn) -> None:
    sign_in("careers_leader", totp=True).get(PREVIEW + "xlsx")
    assert made(engine) == []


def test_the_file_that_comes_down_is_the_one_on_record(
    engine: Engine, sign_in: SignIn, school: SmallSchool, token: dict[str, str]
) -> None:
    answer = sign_in("careers_leader", totp=True).post(PREVIEW + "xlsx", data=token)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="intended-year-11-2026-123456.xlsx"'
    )
    (row,) = made(engine)
    assert row.file_sha256 == sha256(answer.data).hexdigest()
    assert (row.rows, row.left_out, row.staff_id) == (11, 1, school.staff["careers_leader"])
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    assert book["Students"].max_row == 12
    listed = sign_in("careers_leader").get("/staff/export").text
    assert row.file_sha256 in listed
    assert "Lee Leader" in listed
    assert "Tue 20 Jan 2026, 10:00" in listed


def test_csv_comes_as_two_files_in_a_zip(engine: Engine, sign_in: SignIn, token: dict[str, str]) -> None:
    answer = sign_in("careers_leader", totp=True).post(PREVIEW + "csv", data=token)
    bundle = zipfile.ZipFile(io.BytesIO(answer.data))
    name = "intended-year-11-2026-123456"
    assert bundle.namelist() == [f"{name}.csv", f"{name}.left-out.csv"]
    (row,) = made(engine)
    assert row.file_sha256 == sha256(bundle.read(f"{name}.csv")).hexdigest()


def test_without_the_second_step_it_is_asked_for_and_comes_back_to_the_preview(
    engine: Engine, sign_in: SignIn, token: dict[str, str]
) -> None:
    for answer in (
        sign_in("careers_leader").get(PREVIEW + "xlsx"),
        sign_in("careers_leader").post(PREVIEW + "xlsx", data=token),
    ):
        assert answer.status_code == 302
        assert answer.location.startswith("/staff/two-step?next=%2Fstaff%2Fexport%2Fpreview")
    assert made(engine) == []


@pytest.mark.parametrize("role", ["tutor", "adviser"])
def test_nobody_but_a_leader_gets_in(
    engine: Engine, sign_in: SignIn, token: dict[str, str], role: str
) -> None:
    client = sign_in(role, totp=True)
    assert client.get("/staff/export").status_code == 403
    assert client.get(PREVIEW + "xlsx").status_code == 403
    assert client.post(PREVIEW + "xlsx", data=token).status_code == 403
    assert made(engine) == []


def test_another_schools_leader_sees_nothing_of_this_one(
    sign_in: SignIn, school: SmallSchool, other_school: SmallSchool, token: dict[str, str]
) -> None:
    sign_in("careers_leader", totp=True).post(PREVIEW + "xlsx", data=token)
    theirs = sign_in("careers_leader", at=other_school, totp=True)
    assert "None yet." in theirs.get("/staff/export").text
    book = openpyxl.load_workbook(io.BytesIO(theirs.post(PREVIEW + "xlsx", data=token).data))
    assert [cell.value for cell in book["Students"]["D"]] == ["Surname", "Canary"]
    student = f"/staff/students/{school.codes['Imran']}"
    assert theirs.get(student).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "what=offers&cohort=11-2026&profile=default&file_format=xlsx",
        "what=intended&cohort=11-2031&profile=default&file_format=xlsx",
        "what=intended&cohort=11-2026&profile=x&file_format=xlsx",
        "what=intended&cohort=11-2026&profile=default&file_format=ods",
        "",
    ],
)
def test_what_cannot_be_chosen_is_said_beside_the_choice(
    engine: Engine, sign_in: SignIn, token: dict[str, str], query: str
) -> None:
    client = sign_in("careers_leader", totp=True)
    for answer in (
        client.get(f"/staff/export/preview?{query}"),
        client.post(f"/staff/export/preview?{query}", data=token),
    ):
        assert answer.status_code == 422
        assert "There is a problem" in answer.text
    assert made(engine) == []


def test_answers_reach_the_preview_and_markup_in_them_stays_text(
    engine: Engine, sign_in: SignIn, school: SmallSchool, token: dict[str, str]
) -> None:
    with database.writing(engine) as session:
        session.add(
            DestinationFact(
                school_id=school.id,
                student_id=school.ids["Amira"],
                kind=FactKind.INTENDED,
                destination="job",
                provider_name="=1+1",
                source=FactSource.STUDENT,
                method=FactMethod.LINK,
                ascertained_at=NOW,
            )
        )
    client = sign_in("careers_leader", totp=True)
    assert ">9<" in client.get(PREVIEW + "xlsx").text.replace("</span>", "<")  # of 11, one answered
    book = openpyxl.load_workbook(io.BytesIO(client.post(PREVIEW + "xlsx", data=token).data))
    assert not any(cell.data_type == "f" for row in book["Students"].iter_rows() for cell in row)
