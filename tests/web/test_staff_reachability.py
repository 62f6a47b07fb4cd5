"""Who can be reached after leaving, as staff see it, and what they do about who is missing."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.config import Settings
from surveybot.records import database
from surveybot.records.answer.contact_proofs import ContactProof, proofs_of
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.roster.students import Leaving, Route, Student
from surveybot.records.round.invitations import Audience
from surveybot.rules.delivery.channels import RouteKind
from surveybot.rules.roster.contact_proof import ProofMethod
from surveybot.steps.roster.change_contact import change_contact
from surveybot.steps.roster.prove_contact import prove, refuse
from tests.conftest import NOW, Clock, SmallSchool, open_house
from tests.statements import counted
from tests.web.staff_room import post

SignIn = Callable[..., FlaskClient]
PAGE = "/staff/reachability"


@pytest.fixture
def app(settings: Settings, engine: Engine, clock: Clock) -> Iterator[Flask]:
    with open_house(replace(settings, demo=True), clock) as app:  # the drama numbers are valid here
        yield app


@pytest.fixture
def proven(engine: Engine, school: SmallSchool) -> None:
    """Chloe has proven her mobile, Dewi an email; somebody says that Jo's new number is not Jo's."""
    given = (
        ("Chloe", RouteKind.MOBILE, "+447700900103"),
        ("Dewi", RouteKind.PERSONAL_EMAIL, "dewi@home.example.org"),
        ("Jo", RouteKind.MOBILE, "+447700900771"),
    )
    with database.writing(engine) as session:
        for name, kind, address in given:
            student = session.get_one(Student, school.ids[name])
            change_contact(session, student=student, kind=kind, address=address, now=NOW)
            asked = proofs_of(session, school.ids[name])[0]
            if name == "Jo":
                refuse(session, asked, now=NOW)
            else:
                prove(session, asked, method=ProofMethod.LINK, now=NOW)


def names(page: str) -> set[str]:
    return set(re.findall(r'<th scope="row"><a href="/staff/students/[^"]+">([^<]+)</a>', page))


def row_of(page: str, group: str) -> list[int]:
    row = re.search(rf"<tr><th scope=\"row\">(?:<a[^>]*>)?{group}.*?</tr>", page, re.DOTALL)
    assert row
    return [int(number) for number in re.findall(r'<td class="number">(\d+)</td>', row[0])]


@pytest.mark.usefixtures("proven")
def test_the_cohort_and_each_group_are_counted_and_who_is_missing_is_named(sign_in: SignIn) -> None:
    page = sign_in("careers_leader").get(PAGE).text
    # mobile proven, email proven, mobile not, email not, nothing, said no, not asked yet, students
    assert row_of(page, "11A") == [1, 1, 1, 0, 1, 1, 3, 5]
    assert row_of(page, "All") == [1, 1, 5, 0, 3, 1, 9, 11]
    assert names(page) == {
        *("Khan, Amira", "Wiśniewska, Ewa", "Walsh, Finn", "Walsh, Grace", "Walsh, Harri"),
        *("Shah, Imran", "Jo", "Novak, Lena"),
    }
    assert "Moss" not in page  # has died


@pytest.mark.usefixtures("proven")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?reach=said_no", {"O’Neill, Ben"}),
        ("?reach=email_proven", {"Llŷr, Dewi"}),
        ("?reach=all&group=11A&q=ami", {"Khan, Amira"}),
        ("?reach=nothing", {"Wiśniewska, Ewa", "Walsh, Finn", "Novak, Lena"}),
        ("?reach=nonsense&sort=nonsense", set()),
    ],
)
def test_the_list_is_narrowed_by_its_address(sign_in: SignIn, query: str, found: set[str]) -> None:
    page = sign_in("careers_leader").get(PAGE + query)
    assert (page.status_code, names(page.text)) == (200, found)


def test_sorting_and_cohorts_keep_each_other(sign_in: SignIn, school: SmallSchool) -> None:
    page = sign_in("careers_leader").get(f"{PAGE}?cohort=11-2026&sort=-group&reach=all").text
    assert page.index("Walsh, Harri") < page.index("Brown, Chloe")
    assert "cohort=11-2026" in page


def test_a_tutor_sees_and_asks_the_own_group_alone(
    app: Flask, sign_in: SignIn, school: SmallSchool, other_school: SmallSchool
) -> None:
    tutor = sign_in("tutor")
    page = tutor.get(f"{PAGE}?reach=all").text
    assert "Khan, Amira" in page and "Walsh" not in page and "11B" not in page
    for student in (school.codes["Grace"], other_school.codes["Zara"]):
        assert tutor.get(f"/staff/students/{student}/contact").status_code == 404
        assert post(app, tutor, f"/staff/students/{student}/prove", kind="mobile").status_code == 404
        assert post(app, tutor, f"/staff/students/{student}/contact", mobile="07700900771").status_code == 404
    assert "Canary" not in sign_in("careers_leader").get(f"{PAGE}?reach=all").text


def test_who_goes_on_in_the_own_sixth_form_is_not_missing(
    engine: Engine, sign_in: SignIn, school: SmallSchool, clock: Clock
) -> None:
    with database.writing(engine) as session:
        amira = school.ids["Amira"]
        session.add(Leaving(school_id=school.id, student_id=amira, year_group=13, summer=2028))
    clock.time = NOW + timedelta(days=300)
    page = sign_in("careers_leader").get(f"{PAGE}?cohort=11-2026&reach=stays").text
    assert names(page) == {"Khan, Amira"}


def test_ask_again_sends_a_message_and_comes_back_to_the_list(
    app: Flask, engine: Engine, sign_in: SignIn, school: SmallSchool
) -> None:
    tutor, amira = sign_in("tutor"), f"/staff/students/{school.codes['Amira']}"
    back = f"{PAGE}?cohort=11-2026"
    done = post(app, tutor, f"{amira}/prove", kind="mobile", back=back)
    assert done.location == back
    assert "Mobile: a message is on its way there." in tutor.get(back).text
    with database.reading(engine) as session:
        (sent,) = session.exec(select(Delivery)).all()
        assert (sent.template, sent.channel, sent.message_class) == ("prove", "sms", "reply")
    again = post(app, tutor, f"{amira}/prove", kind="mobile", back="https://elsewhere.example.org")
    assert again.location == amira
    assert "Ask again in an hour" in tutor.get(amira).text
    for wrong in ("school_email", "pigeon", ""):
        post(app, tutor, f"{amira}/prove", kind=wrong)
        assert "There is no address to ask about." in tutor.get(amira).text


def test_staff_type_in_what_a_student_tells_them(
    app: Flask, engine: Engine, sign_in: SignIn, school: SmallSchool
) -> None:
    tutor, ewa = sign_in("tutor"), f"/staff/students/{school.codes['Ewa']}"
    assert tutor.get(f"{ewa}/contact").status_code == 200
    saved = post(app, tutor, f"{ewa}/contact", personal_email="ewa@home.example.org", mobile="07700 900 772")
    assert saved.location == ewa
    page = tutor.get(ewa).text
    assert "Personal email: a message is on its way there." in page
    assert "given by staff" in page and "Waits for an answer" in page
    with database.reading(engine) as session:
        found = session.exec(select(ContactProof)).all()
        assert {(row.address, row.given_by) for row in found} == {
            ("ewa@home.example.org", Audience.STAFF),
            ("+447700900772", Audience.STAFF),
        }


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({}, "Type an email or a mobile number"),
        ({"mobile": "12"}, "Enter a UK mobile number with 11 digits"),
        ({"personal_email": "ewa2@pupils.example.org"}, "school addresses stop working"),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field(
    app: Flask, sign_in: SignIn, school: SmallSchool, fields: dict[str, str], problem: str
) -> None:
    page = post(app, sign_in("tutor"), f"/staff/students/{school.codes['Ewa']}/contact", **fields)
    assert (page.status_code, problem in page.text) == (422, True)
    assert all(f'value="{typed}"' in page.text for typed in fields.values())


@pytest.mark.usefixtures("proven")
def test_the_students_page_says_how_and_when_each_was_proven(sign_in: SignIn, school: SmallSchool) -> None:
    client = sign_in("careers_leader")
    chloe = client.get(f"/staff/students/{school.codes['Chloe']}").text
    assert "by the link we sent there, Tue 20 Jan 2026, 10:00" in chloe
    assert "Works until they leave" in chloe
    jo = client.get(f"/staff/students/{school.codes['Jo']}").text
    assert "Not theirs, said somebody there" in jo
    assert "Not proven" in jo and "Ask by text whether the mobile is theirs" in jo
    kit = school.codes["Kit"]
    assert client.get(f"/staff/students/{kit}/contact").status_code == 404
    assert "Type in an email" not in client.get(f"/staff/students/{kit}").text


def test_a_page_costs_the_same_however_many_there_are(
    engine: Engine, sign_in: SignIn, school: SmallSchool
) -> None:
    client = sign_in("careers_leader")
    with counted() as few:
        client.get(f"{PAGE}?reach=all")
    with database.writing(engine) as session:
        for number in range(60):
            row = Student(
                code=f"S-9{number:05}",
                school_id=school.id,
                surname=f"More{number}",
                date_of_birth=date(2010, 1, 1),
                year_group=11,
                tutor_group="11C",
                created_at=NOW,
                changed_at=NOW,
            )
            session.add(row)
            session.flush()
            session.add(Leaving(school_id=school.id, student_id=row.id or 0, year_group=11, summer=2026))
    with counted() as many:
        page = client.get(f"{PAGE}?reach=all").text
    assert len(many) == len(few)
    assert "Showing 1 to 50 of 71" in page


def test_a_school_without_students_says_what_to_do_first(
    engine: Engine, sign_in: SignIn, school: SmallSchool
) -> None:
    with database.writing(engine) as session:
        for row in session.exec(select(Leaving)):
            session.delete(row)
        for route in session.exec(select(Route)):
            session.delete(route)
    assert "No students yet" in sign_in("careers_leader").get(PAGE).text
