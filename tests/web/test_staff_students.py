"""One student, as staff see and change them."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.records import database
from surveybot.records.answer.answers import Answer
from surveybot.records.answer.consents import consents_of, objections_of
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.destination.destinations import DestinationFact
from surveybot.records.roster.students import Route, Student
from surveybot.records.round.invitations import Link, LinkMedium
from surveybot.rules.answer.consent import Actor, Decision, ObjectionDecision, Purpose
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.rules.destination.destinations import FactMethod, FactSource
from surveybot.rules.roster.people import StudentState
from tests.conftest import NOW, Clock, SmallSchool
from tests.web.staff_room import a_round, invitation, post

SignIn = Callable[..., FlaskClient]
ANSWER = {"options-1-kind": "apprenticeship", "options-1-course": "Joinery"}


@pytest.fixture
def code(engine: Engine, school: SmallSchool) -> str:
    return a_round(engine, school)


def page_number(page: str) -> str:
    found = re.search(r'name="page" value="(\w+)"', page)
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("query", "there", "not_there"),
    [
        ("?q=chl", "Brown, Chloe", "Khan"),
        ("?q=llyr", "Llŷr, Dewi", "Khan"),
        ("?group=11B", "Walsh, Grace", "Khan"),
        ("?state=deceased", "Moss, Kit", "Khan"),
        ("?q=xyz", "Nobody found", "Khan"),
    ],
)
def test_the_list_is_searched(
    sign_in: SignIn, school: SmallSchool, query: str, there: str, not_there: str
) -> None:
    page = sign_in("careers_leader").get(f"/staff/students{query}").text
    assert there in page
    assert not_there not in page


def test_a_student_is_found_by_the_code(sign_in: SignIn, school: SmallSchool) -> None:
    page = sign_in("careers_leader").get(f"/staff/students?q={school.codes['Jo'].lower()}").text
    assert ">Jo</a>" in page


def test_a_tutor_sees_the_own_group_alone(sign_in: SignIn, school: SmallSchool, code: str) -> None:
    tutor = sign_in("tutor")
    page = tutor.get("/staff/students").text
    assert "Khan, Amira" in page
    assert "Grace" not in page
    assert "Grace" not in tutor.get("/staff/students?group=11B&q=grace").text
    grace = school.codes["Grace"]
    for address in (
        f"/staff/students/{grace}",
        f"/staff/rounds/{code}/answer/{grace}",
        f"/staff/rounds/{code}/screen/{grace}",
    ):
        assert tutor.get(address).status_code == 404


def test_another_schools_student_does_not_exist(
    app: Flask, sign_in: SignIn, school: SmallSchool, other_school: SmallSchool, code: str
) -> None:
    other = sign_in("careers_leader", at=other_school)
    amira = school.codes["Amira"]
    for page in ("", "/mark", "/paper"):
        assert other.get(f"/staff/students/{amira}{page}").status_code == 404
    for deed in ("mark", "paper", "new-link"):
        assert post(app, other, f"/staff/students/{amira}/{deed}", state="left", sure="y").status_code == 404
    assert "Amira" not in other.get("/staff/students?q=amira").text
    zara = other_school.codes["Zara"]
    own = sign_in("careers_leader")
    assert own.get(f"/staff/rounds/{code}/answer/{zara}").status_code == 404
    assert post(app, own, f"/staff/rounds/{code}/answer/{zara}", **ANSWER).status_code == 404


def test_the_page_says_in_words_what_is_known(
    engine: Engine, sign_in: SignIn, school: SmallSchool, code: str
) -> None:
    with database.writing(engine) as session:
        route = session.exec(select(Route).where(Route.student_id == school.ids["Amira"])).first()
        assert route is not None
        route.bad_at, route.bad_reason = NOW, "wrong_number"
    page = sign_in("careers_leader").get(f"/staff/students/{school.codes['Amira']}").text
    assert "belongs to somebody else" in page
    assert "Sat 3 Oct 2009 (16)" in page
    assert "Never asked" in page
    assert "Waiting to go" in page
    assert "After mocks" in page


def test_who_refused_and_who_objects_is_told_apart_from_who_was_never_asked(
    sign_in: SignIn, school: SmallSchool
) -> None:
    client = sign_in("careers_leader")
    assert (
        '<strong class="tag tag-off">No</strong>' in client.get(f"/staff/students/{school.codes['Ben']}").text
    )
    imran = client.get(f"/staff/students/{school.codes['Imran']}").text
    assert "Objects" in imran
    assert "Until the 16th birthday a parent or carer decides" in imran


def test_marking_asks_what_happened_with_nothing_chosen(
    app: Flask, engine: Engine, sign_in: SignIn, school: SmallSchool
) -> None:
    client, page = sign_in("careers_leader"), f"/staff/students/{school.codes['Amira']}/mark"
    assert not re.search(r"<input[^>]*\schecked", client.get(page).text)
    assert post(app, client, page).status_code == 422
    assert post(app, client, page, state="deceased").status_code == 422  # the name was not checked
    with database.reading(engine) as session:
        assert session.get_one(Student, school.ids["Amira"]).state is StudentState.ON_ROLL


def test_a_death_ends_everything_at_once_and_takes_the_student_out_of_every_list(
    app: Flask, engine: Engine, sign_in: SignIn, school: SmallSchool, code: str
) -> None:
    client, amira = sign_in("careers_leader"), school.codes["Amira"]
    answer = post(app, client, f"/staff/students/{amira}/mark", state="deceased", sure="y")
    page = client.get(answer.location).text
    assert "1 waiting messages were stopped" in page
    assert "Nothing is ever sent to or about this student" in page
    assert "Answer for" not in page
    with database.reading(engine) as session:
        sent = session.exec(select(Delivery).where(Delivery.student_id == school.ids["Amira"])).one()
    assert sent.state is DeliveryState.SUPPRESSED
    assert "Amira" not in client.get(f"/staff/rounds/{code}").text
    assert client.get(f"/staff/rounds/{code}/answer/{amira}").status_code == 404


def test_an_answer_given_in_person_is_stored_with_its_source_once(
    app: Flask, engine: Engine, sign_in: SignIn, school: SmallSchool, code: str
) -> None:
    tutor, amira = sign_in("tutor"), school.codes["Amira"]
    where = f"/staff/rounds/{code}/answer/{amira}"
    page = tutor.get(where).text
    assert "You write down what Amira Khan (11A) told you" in page
    assert 'name="P1"' not in page  # consent is never given by staff
    assert post(app, tutor, where, page=page_number(page)).status_code == 422
    for _ in range(2):
        answer = post(app, tutor, where, page=page_number(page), **ANSWER)
        assert answer.location == f"/staff/rounds/{code}/mine"
    assert "The answer of Amira Khan is written down" in tutor.get(answer.location).text
    with database.reading(engine) as session:
        stored = session.exec(select(Answer)).one()
        fact = session.exec(select(DestinationFact)).one()
        assert invitation(session, code, school.ids["Amira"]).answered_at == NOW
    assert (stored.staff_id, stored.medium) == (school.staff["tutor"], LinkMedium.STAFF)
    assert (fact.source, fact.method, fact.course_title) == (
        FactSource.STAFF,
        FactMethod.IN_PERSON,
        "Joinery",
    )
    shown = tutor.get(f"/staff/students/{amira}").text
    assert "Apprenticeship, Joinery" in shown
    assert "written down by staff" in shown


def test_who_has_no_route_can_be_answered_for_and_shown_a_code(
    app: Flask, engine: Engine, sign_in: SignIn, school: SmallSchool, code: str
) -> None:
    client, finn = sign_in("careers_leader"), school.codes["Finn"]
    where = f"/staff/rounds/{code}/screen/{finn}"
    page = client.get(where).text
    assert "<svg" not in page.split("<main", 1)[1]
    for _ in range(2):
        assert post(app, client, where).location == where
    page = client.get(where).text
    assert "<svg" in page
    assert "Walsh" not in page  # a shared screen shows the first name alone
    with database.reading(engine) as session:
        link = session.exec(select(Link)).one()
    found = re.search(r"https://school\.example\.org(/r/\w+)", page)
    assert found
    assert app.test_client().get(found[1]).status_code == 200
    assert link.medium is LinkMedium.STAFF


def test_a_closed_round_takes_what_a_student_says_for_sixty_days(
    app: Flask, sign_in: SignIn, school: SmallSchool, code: str, clock: Clock
) -> None:
    post(app, sign_in("careers_leader"), f"/staff/rounds/{code}/close", sure="yes")
    where = f"/staff/rounds/{code}/answer/{school.codes['Amira']}"
    clock.time = NOW + timedelta(days=59)
    assert sign_in("careers_leader").get(where).status_code == 200
    clock.time = NOW + timedelta(days=61)
    assert sign_in("careers_leader").get(where).status_code == 404


def test_what_stands_on_a_signed_paper_is_recorded_and_the_rest_stays_open(
    app: Flask, engine: Engine, sign_in: SignIn, school: SmallSchool
) -> None:
    client, page = sign_in("adviser"), f"/staff/students/{school.codes['Chloe']}/paper"
    assert "checked" not in client.get(page).text
    assert post(app, client, page, signed_by="self").status_code == 422
    assert post(app, client, page, P1="yes").status_code == 422  # signed by whom?
    assert post(app, client, page, signed_by="self", P1="yes", P2="no").status_code == 302
    with database.reading(engine) as session:
        events = consents_of(session, school.ids["Chloe"])
    said = [(event.purpose, event.decision, event.actor, event.channel) for event in events]
    paper = (Actor.STAFF_ON_PAPER, LinkMedium.PAPER)
    assert said == [
        (Purpose.CONTACT_AFTER_LEAVING, Decision.GRANTED, *paper),
        (Purpose.LA_SHARE_BACK, Decision.REFUSED, *paper),
    ]


@pytest.mark.parametrize("junk", [{"P1": "maybe"}, {"P1": "yes", "P2": "YES"}, {"objection": "perhaps"}])
def test_a_word_that_stands_on_no_paper_is_refused_and_records_nothing(
    app: Flask, engine: Engine, sign_in: SignIn, school: SmallSchool, junk: dict[str, str]
) -> None:
    page = f"/staff/students/{school.codes['Chloe']}/paper"
    refused = post(app, sign_in("adviser"), page, signed_by="self", **junk)
    assert refused.status_code == 422
    assert "Choose one of the two" in refused.text
    with database.reading(engine) as session:
        assert consents_of(session, school.ids["Chloe"]) == []
        assert objections_of(session, school.ids["Chloe"]) == []


def test_who_may_object_follows_the_sixteenth_birthday(
    app: Flask, engine: Engine, sign_in: SignIn, school: SmallSchool
) -> None:
    client = sign_in("careers_leader")
    chloe, amira = (f"/staff/students/{school.codes[name]}/paper" for name in ("Chloe", "Amira"))
    objects = {"objection": ObjectionDecision.OBJECTED.value}
    refused = post(app, client, chloe, signed_by="self", **objects)
    assert refused.status_code == 422
    assert "under 16" in refused.text
    assert post(app, client, amira, signed_by="parent", **objects).status_code == 422
    assert post(app, client, chloe, signed_by="parent", name="Pat Brown", **objects).status_code == 302
    assert post(app, client, amira, signed_by="self", **objects).status_code == 302
    with database.reading(engine) as session:
        assert objections_of(session, school.ids["Chloe"])[0].actor_name == "Pat Brown"
        assert len(objections_of(session, school.ids["Amira"])) == 1
    assert "Pat Brown" in client.get(f"/staff/students/{school.codes['Chloe']}").text


def test_a_locked_passport_is_renewed_to_the_route_on_record(
    app: Flask, engine: Engine, sign_in: SignIn, school: SmallSchool
) -> None:
    with database.writing(engine) as session:
        session.add(
            Link(
                school_id=school.id,
                student_id=school.ids["Amira"],
                medium=LinkMedium.EMAIL,
                birthday_tries=5,
                created_at=NOW,
            )
        )
    tutor, page = sign_in("tutor"), f"/staff/students/{school.codes['Amira']}"
    assert "Send the student a new link" in tutor.get(page).text
    post(app, tutor, f"{page}/new-link")
    shown = tutor.get(page).text
    assert "A new link is on its way, by email" in shown
    assert "Send the student a new link" not in shown
    with database.reading(engine) as session:
        assert session.exec(select(Delivery)).one().template == "new-link"


@pytest.mark.parametrize("role", ["tutor", "adviser"])
def test_only_leaders_mark_a_student(app: Flask, sign_in: SignIn, school: SmallSchool, role: str) -> None:
    where = f"/staff/students/{school.codes['Amira']}/mark"
    assert post(app, sign_in(role), where, state="left", sure="y").status_code == 403


def test_a_tutor_records_no_paper(app: Flask, sign_in: SignIn, school: SmallSchool) -> None:
    where = f"/staff/students/{school.codes['Amira']}/paper"
    assert post(app, sign_in("tutor"), where, signed_by="self", P1="yes").status_code == 403


def test_a_name_is_never_markup(engine: Engine, sign_in: SignIn, school: SmallSchool, code: str) -> None:
    with database.writing(engine) as session:
        session.get_one(Student, school.ids["Amira"]).forename = "<script>alert(1)</script>"
    client = sign_in("careers_leader")
    for page in ("/staff/students", f"/staff/rounds/{code}", f"/staff/students/{school.codes['Amira']}"):
        text = client.get(page).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;" in text
