"""/stop/<token>: what is chosen stops, for ever and without a cookie; RFC 8058 is the one exception."""

from datetime import timedelta
from typing import Any, Unpack

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine
from sqlmodel import col, select

from surveybot.links import LinkPurpose
from surveybot.records.answer.consents import consents_of
from surveybot.records.delivery.opt_outs import OptOut, OptOutSource, stopped_addresses
from surveybot.records.round.invitations import Audience
from surveybot.rules.answer.consent import Decision, Purpose, standing
from tests.conftest import NOW, SmallSchool
from tests.web.holders import SCANNERS, LinkFields, give_link, inputs, look, rows, token

EMAIL, MOBILE = "amira@pupils.example.org", "+447700900101"
ONE_CLICK = {
    "data": "List-Unsubscribe=One-Click",
    "content_type": "application/x-www-form-urlencoded",
}


def stop_path(
    app: Flask, engine: Engine, school: SmallSchool, name: str = "Amira", **fields: Unpack[LinkFields]
) -> str:
    return f"/stop/{token(app, LinkPurpose.STOP, give_link(app, engine, school, name, **fields))}"


@pytest.fixture
def path(app: Flask, engine: Engine, school: SmallSchool) -> str:
    """Amira's stop link, from an email."""
    return stop_path(app, engine, school, carried_to=EMAIL)


def stopped(engine: Engine, *addresses: str) -> set[str]:
    with look(engine) as session:
        return stopped_addresses(session, addresses or (EMAIL, MOBILE))


def stands(engine: Engine, school: SmallSchool) -> dict[Purpose, Decision | None]:
    with look(engine) as session:
        return standing(event.as_fact() for event in consents_of(session, school.ids["Amira"]))


def test_the_page_has_nothing_chosen_and_says_nothing_about_the_person(
    client: FlaskClient, path: str
) -> None:
    page = client.get(path)
    assert page.status_code == 200
    assert "Hillview School" in page.text
    assert not any("checked" in tag for tag in inputs(page.text))
    for secret in ("Amira", "Khan", EMAIL, "07700"):
        assert secret not in page.text
    assert "Set-Cookie" not in page.headers


@pytest.mark.parametrize(
    ("choice", "expected"), [("sms", {MOBILE}), ("email", {EMAIL}), ("both", {MOBILE, EMAIL})]
)
def test_what_was_chosen_stops_and_consent_stands(
    client: FlaskClient, engine: Engine, school: SmallSchool, path: str, choice: str, expected: set[str]
) -> None:
    done = client.post(path, data={"stop": choice})
    assert (done.status_code, "What you agreed to still stands." in done.text) == (200, True)
    assert "Set-Cookie" not in done.headers
    assert stopped(engine) == expected
    assert stands(engine, school)[Purpose.CONTACT_AFTER_LEAVING] is Decision.GRANTED


def test_consent_is_withdrawn_beside_it_or_alone(
    client: FlaskClient, engine: Engine, school: SmallSchool, path: str
) -> None:
    done = client.post(path, data={"withdraw": "yes"})
    assert "You have taken back everything" in done.text
    assert stopped(engine) == set()
    assert stands(engine, school)[Purpose.CONTACT_AFTER_LEAVING] is Decision.WITHDRAWN


def test_the_same_again_says_the_same_and_adds_nothing(
    client: FlaskClient, engine: Engine, path: str
) -> None:
    first = client.post(path, data={"stop": "both", "withdraw": "yes"})
    counted = rows(engine)
    second = client.post(path, data={"stop": "both", "withdraw": "yes"})
    assert (second.status_code, second.text) == (200, first.text)
    assert rows(engine) == counted


def test_no_scanner_stops_anything_and_the_student_then_succeeds(
    app: Flask, client: FlaskClient, engine: Engine, path: str
) -> None:
    before = rows(engine)
    for name, behave in SCANNERS.items():
        behave(app.test_client(), path)
        assert rows(engine) == before, name
    assert client.post(path, data={"stop": "both"}).status_code == 200
    assert stopped(engine) == {EMAIL, MOBILE}


def test_there_are_twelve_scanners() -> None:
    assert len(SCANNERS) == 12


def test_an_empty_submit_says_what_to_do(client: FlaskClient, path: str) -> None:
    page = client.post(path, data={"stop": "pigeon", "withdraw": "on"})
    assert (page.status_code, '<a href="#stop">Choose what to stop</a>' in page.text) == (422, True)


def test_one_click_stops_email_to_the_address_of_the_message(
    client: FlaskClient, engine: Engine, school: SmallSchool, path: str
) -> None:
    answer = client.post(path, **ONE_CLICK)
    assert (answer.status_code, answer.history) == (200, ())
    assert "Set-Cookie" not in answer.headers
    assert "Location" not in answer.headers
    with look(engine) as session:
        (row,) = session.exec(select(OptOut)).all()
    assert (row.address, row.source, row.stopped) == (EMAIL, OptOutSource.ONE_CLICK, True)
    assert stands(engine, school)[Purpose.CONTACT_AFTER_LEAVING] is Decision.GRANTED


def test_one_click_may_come_as_multipart(client: FlaskClient, engine: Engine, path: str) -> None:
    answer = client.post(path, data={"List-Unsubscribe": "One-Click"}, content_type="multipart/form-data")
    assert answer.status_code == 200
    assert stopped(engine) == {EMAIL}


def test_one_click_a_hundred_times_is_one_row(client: FlaskClient, engine: Engine, path: str) -> None:
    assert {client.post(path, **ONE_CLICK).status_code for _ in range(100)} == {200}
    with look(engine) as session:
        assert len(session.exec(select(OptOut)).all()) == 1


def test_any_other_body_is_no_one_click(client: FlaskClient, engine: Engine, path: str) -> None:
    before = rows(engine)
    for body in (
        "List-Unsubscribe=one-click",
        "list-unsubscribe=One-Click",
        "List-Unsubscribe=One-Click&x=1",
        "x=1&List-Unsubscribe=One-Click",
        "List-Unsubscribe=One-Click\n",
        " List-Unsubscribe=One-Click",
        "List%2DUnsubscribe=One-Click",
        "List-Unsubscribe=",
        "",
    ):
        answer = client.post(path, data=body, content_type="application/x-www-form-urlencoded")
        assert (answer.status_code, rows(engine)) == (422, before), body


def test_one_click_is_for_post_alone(client: FlaskClient, engine: Engine, path: str) -> None:
    before = rows(engine)
    assert client.get(f"{path}?List-Unsubscribe=One-Click").status_code == 200
    assert client.head(path).status_code == 200
    assert rows(engine) == before


@pytest.mark.parametrize("fields", [{"revoked_at": NOW}, {"expires_at": NOW}, {"used_at": NOW}])
def test_it_works_for_ever(
    app: Flask, client: FlaskClient, engine: Engine, school: SmallSchool, fields: LinkFields, clock: Any
) -> None:
    wanted: LinkFields = {"carried_to": EMAIL, **fields}
    path = stop_path(app, engine, school, **wanted)
    clock.time = NOW + timedelta(days=4000)
    assert client.get(path).status_code == 200
    assert client.post(path, **ONE_CLICK).status_code == 200
    assert client.post(path, data={"stop": "both"}).status_code == 200
    assert stopped(engine) == {EMAIL, MOBILE}


def test_the_address_of_the_message_stops_though_the_roster_has_another_by_now(
    app: Flask, client: FlaskClient, engine: Engine, school: SmallSchool
) -> None:
    path = stop_path(app, engine, school, carried_to="+447700900777")
    client.post(path, data={"stop": "sms"})
    assert stopped(engine, "+447700900777", MOBILE) == {"+447700900777", MOBILE}


def test_a_paper_slip_stops_the_students_own_addresses(
    app: Flask, client: FlaskClient, engine: Engine, school: SmallSchool
) -> None:
    path = stop_path(app, engine, school)
    client.post(path, data={"stop": "both"})
    assert stopped(engine) == {EMAIL, MOBILE}
    assert client.post(path, **ONE_CLICK).status_code == 200


def test_a_parents_link_stops_the_parents_own(
    app: Flask, client: FlaskClient, engine: Engine, school: SmallSchool
) -> None:
    path = stop_path(app, engine, school, "Lena", audience=Audience.PARENT, carried_to="+447700900199")
    client.post(path, data={"stop": "both", "withdraw": "yes"})
    assert stopped(engine, "+447700900199", "lena@pupils.example.org") == {"+447700900199"}
    with look(engine) as session:
        assert {event.actor for event in consents_of(session, school.ids["Lena"])} == {"parent"}


def test_another_schools_link_stops_its_own_people_alone(
    app: Flask, client: FlaskClient, engine: Engine, school: SmallSchool, other_school: SmallSchool
) -> None:
    path = stop_path(app, engine, other_school, "Zara", carried_to="+447700900180")
    client.post(path, data={"stop": "both"})
    with look(engine) as session:
        found = session.exec(select(OptOut.school_id, OptOut.student_id).order_by(col(OptOut.id))).all()
    assert set(found) == {(other_school.id, other_school.ids["Zara"])}
    assert stopped(engine) == set()


def test_a_link_of_another_purpose_stops_nothing(
    app: Flask, client: FlaskClient, engine: Engine, school: SmallSchool
) -> None:
    link_id = give_link(app, engine, school, "Amira", carried_to=EMAIL)
    for purpose in (LinkPurpose.SURVEY, LinkPurpose.PASSPORT):
        assert client.post(f"/stop/{token(app, purpose, link_id)}", **ONE_CLICK).status_code == 404
    assert stopped(engine) == set()
