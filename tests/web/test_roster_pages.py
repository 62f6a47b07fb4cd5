import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.records import database
from surveybot.records.roster.students import Student
from surveybot.rules.roster.people import StudentState
from tests.conftest import SmallSchool
from tests.web.holders import csrf_of

SignIn = Callable[..., FlaskClient]
HEADINGS = "Surname,Forename,DOB,Year,Adno,Reg Group"


@pytest.fixture
def leader(app: Flask, sign_in: SignIn) -> FlaskClient:
    return sign_in("careers_leader")


def the_roster(engine: Engine, school: SmallSchool, *, without: str = "", more: str = "") -> str:
    with database.reading(engine) as session:
        students = session.exec(
            select(Student).where(Student.school_id == school.id).order_by(Student.code)
        ).all()
    lines = [
        f"{one.surname},{one.forename},{one.date_of_birth:%d/%m/%Y},{one.year_group},{one.admission_number},"
        f"{one.tutor_group}"
        for one in students
        if one.forename != without
    ]
    return "\n".join([HEADINGS, *lines, *([more] if more else [])])


def post(client: FlaskClient, path: str, data: dict[str, Any]) -> Any:
    """Send a form as a browser would, with the token of the session."""
    token = csrf_of(client.get("/staff/students").text)
    return client.post(path, data={"csrf_token": token, **data})


def upload(client: FlaskClient, text: str | bytes, name: str = "roster.csv") -> str:
    """Upload a file and give back the address of its preview."""
    data = text.encode() if isinstance(text, str) else text
    answer = post(client, "/staff/roster", {"file": (io.BytesIO(data), name)})
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def seen(page: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def confirm(client: FlaskClient, page: str, **more: Any) -> Any:
    return post(client, page, {"seen": seen(client.get(page).text), **more})


def names(engine: Engine) -> set[str]:
    with database.reading(engine) as session:
        return set(session.exec(select(Student.forename)).all())


def test_a_file_is_uploaded_looked_at_confirmed_and_then_gone(
    leader: FlaskClient, engine: Engine, school: SmallSchool
) -> None:
    roster = the_roster(engine, school, more="Sow,Awa,01/02/2010,11,900,11B").replace(
        "Khan,Amira", "Shah,Amira"
    )
    page = upload(leader, roster)
    shown = leader.get(page).text
    assert "Khan" in shown
    assert "Shah" in shown
    assert "Awa" not in names(engine)
    answer = confirm(leader, page)
    assert answer.status_code == 303
    assert "Awa" in names(engine)
    done = leader.get(answer.headers["Location"]).text
    assert "The roster is imported" in done
    assert leader.get(page).status_code == 404
    assert "Lee Leader" in leader.get("/staff/roster").text


def test_looking_writes_nothing(leader: FlaskClient, engine: Engine, school: SmallSchool) -> None:
    page = upload(leader, HEADINGS + "\nSow,Awa,01/02/2012,9,900,9B")
    leader.get(page)
    assert "Awa" not in names(engine)


def test_a_post_without_a_file_says_so(leader: FlaskClient) -> None:
    answer = post(leader, "/staff/roster", {})
    assert answer.status_code == 422
    assert "Choose a file" in answer.text
    assert 'href="#file"' in answer.text


def test_a_file_that_is_too_large_is_refused_with_words(leader: FlaskClient) -> None:
    token = csrf_of(leader.get("/staff/students").text)
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n',
        '--x\r\nContent-Disposition: form-data; name="file"; filename="big.csv"\r\n\r\n',
        "y" * (5 * 1024 * 1024 + 1),
        "\r\n--x--\r\n",
    ]
    body = "".join(parts).encode()
    answer = leader.post("/staff/roster", data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 422
    assert "larger than 5 MB" in answer.text


def test_errors_stand_on_the_page_and_in_a_file_and_stop_the_import(
    leader: FlaskClient, engine: Engine, school: SmallSchool
) -> None:
    page = upload(leader, HEADINGS + "\nSow,Awa,01/02/12,9,900,9B\n=cmd|x,Bad,01/02/2012,9,901,9B")
    shown = leader.get(page).text
    assert "The file has 2 errors" in shown
    assert "has a year of two digits" in shown.lower()
    assert 'name="seen"' not in shown
    assert post(leader, page, {"seen": "x"}).status_code == 422
    assert "Awa" not in names(engine)
    listed = leader.get(page + "/errors.csv")
    assert listed.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in listed.headers["Content-Disposition"]
    assert "'=cmd|x" in listed.text  # no spreadsheet takes it for a formula


def test_what_was_confirmed_is_what_was_shown(
    leader: FlaskClient, engine: Engine, school: SmallSchool
) -> None:
    page = upload(leader, the_roster(engine, school).replace("Khan,Amira", "Shah,Amira"))
    before = seen(leader.get(page).text)
    with database.writing(engine) as session:
        session.get_one(Student, school.ids["Amira"]).tutor_group = "11C"
    answer = post(leader, page, {"seen": before})
    assert answer.headers["Location"] == page
    assert "The roster has changed since you looked" in leader.get(page).text
    with database.reading(engine) as session:
        assert session.get_one(Student, school.ids["Amira"]).surname == "Khan"


def test_an_import_sent_without_its_preview_changes_nothing(
    leader: FlaskClient, engine: Engine, school: SmallSchool
) -> None:
    page = upload(leader, HEADINGS + "\nSow,Awa,01/02/2012,9,900,9B")
    assert post(leader, page, {}).status_code == 303
    assert "Awa" not in names(engine)


def test_many_who_have_left_need_a_tick_that_is_not_set(
    leader: FlaskClient, engine: Engine, school: SmallSchool
) -> None:
    page = upload(leader, the_roster(engine, school, without="Finn"))
    shown = leader.get(page).text
    assert "more than one in twenty" in shown
    assert "checked" not in shown
    answer = confirm(leader, page)
    assert answer.status_code == 422
    assert "Confirm that these students have left" in answer.text
    with database.reading(engine) as session:
        assert session.get_one(Student, school.ids["Finn"]).state is StudentState.ON_ROLL
    assert confirm(leader, page, left="y").status_code == 303
    with database.reading(engine) as session:
        assert session.get_one(Student, school.ids["Finn"]).state is StudentState.LEFT


def test_a_column_can_be_named_and_the_name_is_remembered(
    leader: FlaskClient, engine: Engine, school: SmallSchool
) -> None:
    text = "Nachname,Forename,DOB,Year,Adno,Secret\nSow,Awa,01/02/2012,9,900,CANARY"
    page = upload(leader, text)
    assert "Nachname" in leader.get(page).text
    form = leader.get(page + "/columns").text
    assert "For example: Sow" in form
    chosen = dict(
        zip(
            (f"column-{place}" for place in range(6)),
            ("surname", "forename", "date_of_birth", "year_group", "admission_number", ""),
            strict=True,
        )
    )
    clash = post(leader, page + "/columns", {**chosen, "column-5": "surname"})
    assert clash.status_code == 422
    assert "cannot both be the same" in clash.text
    assert post(leader, page + "/columns", chosen).headers["Location"] == page
    assert confirm(leader, page).status_code == 303
    assert "Awa" in names(engine)
    again = leader.get(upload(leader, text.replace("Awa", "Ada").replace("900", "901"))).text
    assert "Not recognised" not in again
    assert 'name="seen"' in again


def test_the_same_file_again_has_nothing_to_import(
    leader: FlaskClient, engine: Engine, school: SmallSchool
) -> None:
    shown = leader.get(upload(leader, the_roster(engine, school))).text
    assert "There is nothing to import" in shown
    assert 'name="seen"' not in shown


def test_another_school_does_not_see_an_upload(
    app: Flask, leader: FlaskClient, sign_in: SignIn, other_school: SmallSchool
) -> None:
    page = upload(leader, HEADINGS + "\nSow,Awa,01/02/2012,9,900,9B")
    stranger = sign_in("careers_leader", at=other_school)
    for path in ("", "/columns", "/errors.csv", "/changes.csv"):
        assert stranger.get(page + path).status_code == 404
    assert post(stranger, page, {"seen": "x"}).status_code == 404
    assert confirm(leader, page).status_code == 303
    assert stranger.get("/staff/roster/imports/1").status_code == 404


def test_only_those_who_lead_import(app: Flask, sign_in: SignIn) -> None:
    for role in ("tutor", "adviser"):
        assert sign_in(role).get("/staff/roster").status_code == 403
        assert post(sign_in(role), "/staff/roster", {}).status_code == 403


@pytest.mark.parametrize("token", ["x" * 32, "0" * 32, "..%2f..%2fetc", "0" * 31 + "/"])
def test_an_address_that_names_no_upload_is_not_found(leader: FlaskClient, token: str) -> None:
    assert leader.get(f"/staff/roster/files/{token}").status_code == 404


def test_hostile_text_is_shown_as_text(leader: FlaskClient, engine: Engine, school: SmallSchool) -> None:
    attack = "<script>alert(1)</script>"
    roster = the_roster(engine, school, more=f'"O""{attack}",New,01/02/2010,11,901,11A')
    page = upload(
        leader,
        roster.replace("Khan,Amira", f"{attack},Amira").replace(
            HEADINGS, HEADINGS.replace("Reg Group", attack)
        ),
        f"{attack}.csv",
    )
    for address in (page, page + "/columns"):
        shown = leader.get(address).text
        assert "&lt;script&gt;" in shown
        assert attack not in shown
    broken = leader.get(upload(leader, f"Surname,DOB,Year\n{attack},{attack},{attack}")).text
    assert attack not in broken


def test_a_file_of_another_kind_is_explained(leader: FlaskClient) -> None:
    shown = leader.get(upload(leader, b"%PDF-1.7 x", "roster.pdf")).text
    assert "The file is a PDF" in shown


def test_an_upload_is_removed_after_a_day(leader: FlaskClient, clock: Any) -> None:
    page = upload(leader, HEADINGS + "\nSow,Awa,01/02/2012,9,900,9B")
    first = clock.time
    clock.time = first.replace(day=first.day + 2)
    with leader.session_transaction(path="/staff/") as cookie:
        cookie["staff"] = {**cookie["staff"], "at": clock.time.timestamp()}
    upload(leader, HEADINGS + "\nSow,Awa,01/02/2012,9,900,9B")
    assert leader.get(page).status_code == 404
