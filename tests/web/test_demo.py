"""The demo's phone, mailbox and outbox: what was sent, and only where SURVEYBOT_DEMO=1."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine

from surveybot.config import Settings
from surveybot.records import database
from surveybot.records.delivery.deliveries import Delivery
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.web.demo import tappable
from tests.conftest import Clock, SmallSchool, open_house
from tests.steps.sending.outbox import INSTANCE, Wire, delivery_to, open_for, run

KEYS = {"at", "channel", "to", "subject", "text", "html", "links", "student"}


@pytest.fixture
def demo(settings: Settings, engine: Engine, clock: Clock, school: SmallSchool) -> Iterator[FlaskClient]:
    open_for(engine, school)
    run(engine, settings, Wire())
    with open_house(replace(settings, demo=True, instance=INSTANCE), clock) as app:
        yield app.test_client()


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
        session.get_one(Delivery, number).state = DeliveryState.HELD
    assert demo.get(f"/demo/mail/{number}").status_code == 404
    assert len(demo.get("/demo/outbox.json").get_json()) == 9


def test_an_empty_demo_says_what_to_do(settings: Settings, engine: Engine, clock: Clock) -> None:
    with open_house(replace(settings, demo=True), clock) as app:
        for page in ("/demo/phone", "/demo/mail"):
            assert "Open a round in the staff room" in app.test_client().get(page).get_data(as_text=True)


def test_only_addresses_become_links() -> None:
    assert str(tappable("<b> https://x.example/r/A?b=1&c=2 end")) == (
        '&lt;b&gt; <a href="https://x.example/r/A?b=1&amp;c=2">https://x.example/r/A?b=1&amp;c=2</a> end'
    )


def write(demo: FlaskClient, number: str, body: str, *, page: str = "") -> str:
    """Write on a phone, as its page does; the page that comes back."""
    shown = demo.get(f"/demo/phone/{number}").get_data(as_text=True)
    found = re.search(r'name="page" value="(\w+)"', shown)
    assert found
    answer = demo.post(f"/demo/phone/{number}", data={"body": body, "page": page or found[1]})
    assert (answer.status_code, answer.location) == (303, f"/demo/phone/{number}#write")
    return demo.get(f"/demo/phone/{number}").get_data(as_text=True)


def bubbles(page: str) -> list[str]:
    return [re.sub(r"<[^>]+>", "", text) for text in re.findall(r'<p class="bubble">(.*?)</p>', page)]


def test_the_whole_conversation_can_be_held_on_the_phone(demo: FlaskClient, clock: Clock) -> None:
    clock.time += timedelta(minutes=1)
    page = write(demo, "447700900104", "aprentiship w bt")
    assert 'class="mine"' in page
    for text in ("2", "no"):
        clock.time += timedelta(minutes=1)
        page = write(demo, "447700900104", text)
    said = bubbles(page)
    assert said[1] == "aprentiship w bt"
    assert said[2].startswith("Apprenticeship, bt. How far have you got?")
    assert [said[3], said[5]] == ["2", "no"]
    assert "eceipt " in said[6]


def test_a_page_that_is_sent_twice_is_one_text(demo: FlaskClient) -> None:
    for _ in range(2):
        page = write(demo, "447700900104", "hello", page="0123456789abcdef")
    assert bubbles(page).count("hello") == 1


def test_an_empty_text_is_none(demo: FlaskClient) -> None:
    before = bubbles(demo.get("/demo/phone/447700900104").get_data(as_text=True))
    assert bubbles(write(demo, "447700900104", "  ")) == before


def test_outside_the_demo_nobody_writes_texts(client: FlaskClient) -> None:
    assert client.post("/demo/phone/447700900104", data={"body": "hello"}).status_code == 404
