"""The charts: full, empty, not for tutors, and as many statements for many people as for few."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask.testing import FlaskClient
from sqlalchemy.engine import Engine

from surveybot.catalogue import load_catalogue
from surveybot.records import database
from surveybot.records.round.invitations import Audience, LinkMedium
from surveybot.steps.answer.take import take_answer
from tests.conftest import NOW, Clock, SmallSchool
from tests.statements import counted
from tests.web.staff_room import a_round, a_school_of, invitation

SignIn = Callable[..., FlaskClient]


def answered(engine: Engine, school: SmallSchool, *forenames: str) -> None:
    code = a_round(engine, school)
    with database.writing(engine) as session:
        for forename in forenames:
            take_answer(
                session,
                invitation_id=invitation(session, code, school.ids[forename]).id or 0,
                link=None,
                survey=load_catalogue().survey("after-mocks"),
                content={"options": [{"kind": "apprenticeship", "status": "applied"}]},
                consents={},
                page_number=forename,
                given_by=Audience.STUDENT,
                medium=LinkMedium.EMAIL,
                now=NOW,
            )


def test_the_charts_say_what_is_known_and_hide_small_numbers(
    engine: Engine, school: SmallSchool, sign_in: SignIn
) -> None:
    answered(engine, school, "Amira", "Ben", "Chloe", "Dewi", "Ewa")
    page = sign_in("careers_leader").get("/staff/charts?leaving=2026").text
    assert "What became of them" in page and "Apprenticeship" in page and "After mocks" in page
    assert "5 of 12" in page and "Has not agreed to be contacted after leaving" in page
    assert "<svg" in page and "hidden" in page and "Amira" not in page


def test_an_adviser_may_look_and_a_tutor_may_not(sign_in: SignIn) -> None:
    assert sign_in("adviser").get("/staff/charts").status_code == 200
    assert sign_in("tutor").get("/staff/charts").status_code == 403
    assert "/staff/charts" not in sign_in("tutor").get("/staff/").text


def test_before_anything_is_known_the_page_says_what_to_do(sign_in: SignIn) -> None:
    client = sign_in("careers_leader")
    assert "Nothing is known yet" in client.get("/staff/charts?leaving=2026").text
    assert "Nobody finishes" in client.get("/staff/charts?leaving=2040&year=13").text
    assert client.get("/staff/charts?leaving=x&year=99").status_code == 200


def test_another_school_sees_its_own_people_alone(
    engine: Engine, school: SmallSchool, other_school: SmallSchool, sign_in: SignIn
) -> None:
    answered(engine, school, "Amira")
    page = sign_in("careers_leader", at=other_school).get("/staff/charts?leaving=2026").text
    assert "Apprenticeship" not in page and "of these 1 people" in page


def test_after_leaving_the_own_year_has_a_column(
    engine: Engine, school: SmallSchool, clock: Clock, sign_in: SignIn
) -> None:
    answered(engine, school, "Amira", "Ben")
    clock.time = datetime(2027, 11, 20, 12, 0, tzinfo=UTC)
    page = sign_in("careers_leader").get("/staff/charts?leaving=2026").text
    assert "Year 2" in page and "Year 3" not in page


def test_a_page_costs_the_same_however_many_there_are(engine: Engine, sign_in: SignIn) -> None:
    seen = []
    for urn, count in (("210020", 20), ("220120", 120)):
        made = a_school_of(engine, count, urn=urn)
        answered(engine, made, *(f"Pupil{number}" for number in range(0, count, 4)))
        client = sign_in("careers_leader", at=made)
        with counted() as statements:
            assert "Apprenticeship" in client.get("/staff/charts?leaving=2026").text
        seen.append(len(statements))
    assert seen[0] == seen[1]
    assert seen[1] < 25
