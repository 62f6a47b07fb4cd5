"""The demo's phone, mailbox and outbox: what was sent, and only where SURVEYBOT_DEMO=1."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine

from surveybot.config import Settings
from surveybot.records import database
from surveybot.records.deliveries import Delivery
from surveybot.web.app import create_app
from surveybot.web.demo import tappable
from tests.conftest import Clock, SmallSchool
from tests.steps.sending.outbox import Wire, delivery_to, open_for, run

KEYS = {"at", "channel", "to", "subject", "text", "html", "links", "student"}


@pytest.fixture
def demo(settings: Settings, engine: Engine, clock: Clock, school: SmallSchool) -> Iterator[FlaskClient]:
    open_for(engine, school)
    run(engine, settings, Wire())
    app: Flask = create_app(replace(settings, demo=True), clock=clock)
    yield app.test_client()
    app.extensions["surveybot"].engine.dispose()


@pytest.mark.parametrize(
    "path",
    [
        "/demo/phone",
        "/demo/phone/447700900104",
        "/demo/mail",
        "/demo/mail/1",
        "/demo/mail/1/html",
        "/demo/outbox.json",
    ],
)
def test_outside_the_demo_no_such_page_exists(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_outbox_has_the_keys_of_the_contract(demo: FlaskClient, school: SmallSchool) -> None:
    answer = demo.get("/demo/outbox.json")
    messages = answer.get_json()
    assert len(messages) == 10
    assert {frozenset(message) for message in messages} == {frozenset(KEYS)}
    (text,) = [message for message in messages if message["channel"] == "sms"]
    assert (text["to"], text["student"], text["subject"], text["html"]) == (
        "+447700900104",
        school.codes["Dewi"],
        "",
        "",
    )
    assert text["at"].startswith("2026-01-20T10:00:")
    assert text["at"].endswith("Z")
    assert [re.sub(r"\w{29}$", "", link) for link in text["links"]] == ["https://school.example.org/r/"]
    emails = [message for message in messages if message["channel"] == "email"]
    assert all(len(email["links"]) == 3 and email["html"] for email in emails)


def test_a_phone_shows_its_thread_with_links_to_tap(demo: FlaskClient) -> None:
    page = demo.get("/demo/phone").get_data(as_text=True)
    assert "/demo/phone/447700900104" in page
    assert "Dewi" in page
    thread = demo.get("/demo/phone/447700900104").get_data(as_text=True)
    assert re.search(r'<a href="https://school\.example\.org/r/\w{29}">', thread)
    assert demo.get("/demo/phone/447700900999").status_code == 404


def test_the_mailbox_lists_finds_and_shows_both_parts(
    demo: FlaskClient, engine: Engine, school: SmallSchool
) -> None:
    assert "9 emails" in demo.get("/demo/mail").get_data(as_text=True)
    found = demo.get("/demo/mail?q=Amira").get_data(as_text=True)
    assert "1 email<" in found
    assert "ben@" not in found
    assert "No email matches" in demo.get("/demo/mail?q=nobody").get_data(as_text=True)
    number = delivery_to(engine, school, "Amira").id
    shown = demo.get(f"/demo/mail/{number}").get_data(as_text=True)
    assert f'src="/demo/mail/{number}/html" sandbox="allow-popups' in shown
    assert "Hi Amira," in demo.get(f"/demo/mail/{number}?part=text").get_data(as_text=True)
    html = demo.get(f"/demo/mail/{number}/html")
    assert "default-src 'none'" in html.headers["Content-Security-Policy"]
    assert "sandbox" in html.headers["Content-Security-Policy"]
    assert '<base target="_blank">' in html.get_data(as_text=True)


def test_what_was_not_sent_is_not_in_the_mailbox(
    demo: FlaskClient, engine: Engine, school: SmallSchool
) -> None:
    number = delivery_to(engine, school, "Amira").id
    with database.writing(engine) as session:
        session.get_one(Delivery, number).state = "held"
    assert demo.get(f"/demo/mail/{number}").status_code == 404
    assert len(demo.get("/demo/outbox.json").get_json()) == 9


def test_an_empty_demo_says_what_to_do(settings: Settings, engine: Engine, clock: Clock) -> None:
    app = create_app(replace(settings, demo=True), clock=clock)
    for page in ("/demo/phone", "/demo/mail"):
        assert "Open a round in the staff room" in app.test_client().get(page).get_data(as_text=True)
    app.extensions["surveybot"].engine.dispose()


def test_only_addresses_become_links() -> None:
    assert str(tappable("<b> https://x.example/r/A?b=1&c=2 end")) == (
        '&lt;b&gt; <a href="https://x.example/r/A?b=1&amp;c=2">https://x.example/r/A?b=1&amp;c=2</a> end'
    )
