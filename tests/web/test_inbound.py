"""A text comes in at /hooks/twilio/inbound: only from Twilio, once, and the answer in the same breath."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from flask import Flask
from sqlalchemy.engine import Engine
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from werkzeug.test import TestResponse

from surveybot.config import Settings
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.delivery.opt_outs import OptOut
from surveybot.records.texting.texts import InboundText
from surveybot.rules.delivery.delivery_states import DeliveryState
from tests.conftest import Clock, SmallSchool, open_house
from tests.steps.phone import SCHOOL_NUMBER, Phones
from tests.steps.sending.outbox import INSTANCE

ACCOUNT, TOKEN, SECOND = "AC" + "1" * 32, "first-token", "second-token"
AMIRA = "+447700900101"
INBOUND = "/hooks/twilio/inbound"

pytestmark = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)


@pytest.fixture
def twilio_settings(settings: Settings) -> Settings:
    return replace(
        settings,
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=TOKEN,
        twilio_auth_token_secondary=SECOND,
        instance=INSTANCE,
    )


@pytest.fixture
def phones(engine: Engine, settings: Settings, school: SmallSchool) -> Phones:
    made = Phones(engine, settings, school)
    made.ask("Amira", AMIRA)
    return made


Post = Callable[..., TestResponse]


@pytest.fixture
def post(twilio_settings: Settings, phones: Phones, clock: Clock) -> Iterator[Post]:
    """Call the hook as Twilio does; what is given changes one thing."""

    def call(
        body: str = "hello",
        *,
        sid: str = "SM1",
        token: str = TOKEN,
        signed_for: str = "https://school.example.org" + INBOUND,
        path: str = INBOUND,
        account: str = ACCOUNT,
        signature: str | None = None,
        extra: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> TestResponse:
        form = {"MessageSid": sid, "AccountSid": account, "From": AMIRA, "To": SCHOOL_NUMBER, "Body": body}
        made = RequestValidator(token).compute_signature(signed_for, form)
        sent = {"X-Twilio-Signature": made if signature is None else signature, **(headers or {})}
        clock.time = phones.now
        phones.wait(seconds=1)
        return app.test_client().post(path, data={**form, **(extra or {})}, headers=sent)

    with open_house(twilio_settings, clock) as app:
        yield call


def messages(response: TestResponse) -> list[ElementTree.Element]:
    assert response.status_code == 200
    assert response.mimetype == "text/xml"
    return list(ElementTree.fromstring(response.data))


def test_the_answer_comes_as_twiml_in_the_same_response(post: Post, phones: Phones) -> None:
    (message,) = messages(post("aprentiship w bt"))
    assert (message.text or "").startswith("Apprenticeship, bt.")
    reply = phones.rows(Delivery)[-1]
    assert message.get("statusCallback") == f"https://school.example.org/hooks/twilio/status/{reply.id}"
    assert (reply.state, reply.to_address, reply.body_text) == (DeliveryState.ACCEPTED, AMIRA, message.text)


def test_words_with_signs_of_xml_come_back_as_they_were(post: Post) -> None:
    (message,) = messages(post("apprenticeship with <b>Marks & Sparks</b>"))
    assert "<b>Marks & Sparks</b>" in (message.text or "")


def test_the_same_text_again_gets_the_same_answer(post: Post, phones: Phones) -> None:
    first, again = post("dunno", sid="SM7"), post("dunno", sid="SM7")
    assert first.data == again.data
    assert messages(first)
    assert len(phones.texts()) == 1


def test_a_stop_gets_no_answer_at_all(post: Post, phones: Phones) -> None:
    assert messages(post("STOP PLEASE")) == []
    assert len(phones.rows(OptOut)) == 1


def test_the_second_token_is_right_during_a_rotation(post: Post) -> None:
    assert messages(post(token=SECOND))


@pytest.mark.parametrize(
    "wrong",
    [
        {"token": "another"},
        {"signature": ""},
        {"signature": "ünicode"},
        {"signed_for": "http://school.example.org" + INBOUND},
        {"signed_for": "https://school.example.org:8443" + INBOUND},
        {"signed_for": "https://evil.example.org" + INBOUND, "headers": {"Host": "evil.example.org"}},
        {
            "signed_for": "https://evil.example.org" + INBOUND,
            "headers": {"X-Forwarded-Host": "evil.example.org", "X-Forwarded-Proto": "https"},
        },
        {"signed_for": "https://school.example.org/prefix" + INBOUND},
        {"path": INBOUND + "?a=1"},
        {"extra": {"Body": "another body"}},
        {"extra": {"Added": "1"}},
        {"account": "AC" + "2" * 32},
    ],
    ids=str,
)
def test_without_a_right_signature_nothing_is_believed(
    post: Post, phones: Phones, wrong: dict[str, object]
) -> None:
    assert post("STOP", **wrong).status_code == 403
    assert phones.rows(InboundText) == []
    assert phones.rows(OptOut) == []


def test_an_address_with_a_query_is_signed_with_it(post: Post) -> None:
    signed_for = "https://school.example.org" + INBOUND + "?a=1"
    assert messages(post(path=INBOUND + "?a=1", signed_for=signed_for))


def test_where_no_token_is_set_everybody_is_refused(app: Flask) -> None:
    assert app.test_client().post(INBOUND, data={"MessageSid": "SM1"}).status_code == 403


@pytest.mark.parametrize("form", [{"sid": ""}, {"sid": "S" * 65}])
def test_a_call_without_a_number_of_its_own_is_refused(post: Post, form: dict[str, str]) -> None:
    assert post(**form).status_code == 400


def test_a_whole_conversation_over_the_hook(post: Post, phones: Phones) -> None:
    said = []
    for number, body in enumerate(["hello", "2", "Abingdon", "no thanks"]):
        (message,) = messages(post(body, sid=f"SM-{number}"))
        said.append(message.text or "")
    assert "1 apprenticeship 2 college" in said[0]
    assert re.search(r"[Rr]eceipt \w{4}-\w{4}", said[-1])
    assert phones.answers("Amira")
