"""Only Twilio is believed: signatures over our own address, with either token, in any shape of call."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine
from sqlmodel import select
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from surveybot.config import Settings
from surveybot.records import database
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.delivery.provider_events import ProviderEvent
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import DeliveryState, MessageClass
from surveybot.web.hooks import is_signed
from tests.conftest import NOW, Clock, SmallSchool, open_house

ACCOUNT, TOKEN, SECOND = "AC" + "1" * 32, "first-token", "second-token"
NUMBER = "+447700900101"
SID = "SM" + "a" * 32


@pytest.fixture
def house_settings(settings: Settings) -> Settings:
    return replace(
        settings,
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=TOKEN,
        twilio_auth_token_secondary=SECOND,
    )


@pytest.fixture
def hooked(house_settings: Settings, engine: Engine, clock: Clock) -> Iterator[Flask]:
    with open_house(house_settings, clock) as app:
        yield app


@pytest.fixture
def text(engine: Engine, school: SmallSchool) -> int:
    """A text on the wire whose answer has not come yet."""
    with database.writing(engine) as session:
        row = Delivery(
            dedupe_key="a-text",
            school_id=school.id,
            student_id=school.ids["Amira"],
            message_class=MessageClass.ASK,
            template="invitation",
            channel=Channel.SMS,
            due_at=NOW,
            next_at=NOW,
            created_at=NOW,
            state=DeliveryState.DISPATCHING,
            to_address="+447700900101",
        )
        session.add(row)
        session.flush()
        assert row.id is not None
        return row.id


def call(status: str = "delivered", **changes: str) -> dict[str, str]:
    return {
        "AccountSid": ACCOUNT,
        "MessageSid": SID,
        "MessageStatus": status,
        "To": "+447700900101",
        **changes,
    }


def post(
    client: FlaskClient, delivery: int, form: Any, *, token: str = TOKEN, **headers: str
) -> TestResponse:
    path = f"/hooks/twilio/status/{delivery}"
    signature = RequestValidator(token).compute_signature(f"https://school.example.org{path}", form)
    return client.post(path, data=form, headers={"X-Twilio-Signature": signature, **headers})


def state(engine: Engine, delivery: int) -> tuple[DeliveryState, str | None]:
    with database.reading(engine) as session:
        row = session.get_one(Delivery, delivery)
        return row.state, row.provider_id


def test_a_report_finds_its_message_before_our_own_answer_is_stored(
    hooked: Flask, engine: Engine, text: int
) -> None:
    assert post(hooked.test_client(), text, call("sent")).status_code == 204
    assert state(engine, text) == (DeliveryState.ACCEPTED, SID)
    assert post(hooked.test_client(), text, call("delivered")).status_code == 204
    assert post(hooked.test_client(), text, call("queued")).status_code == 204
    assert post(hooked.test_client(), text, call("delivered")).status_code == 204
    assert state(engine, text) == (DeliveryState.DELIVERED, SID)
    with database.reading(engine) as session:
        assert len(session.exec(select(ProviderEvent)).all()) == 3


@pytest.mark.parametrize("token", [TOKEN, SECOND])
def test_both_tokens_are_right_during_a_rotation(hooked: Flask, text: int, token: str) -> None:
    assert post(hooked.test_client(), text, call(), token=token).status_code == 204


def test_a_report_without_a_right_signature_changes_nothing(hooked: Flask, engine: Engine, text: int) -> None:
    client, path = hooked.test_client(), f"/hooks/twilio/status/{text}"
    assert client.post(path, data=call()).status_code == 403
    assert client.post(path).status_code == 403
    assert client.post(path, json=call()).status_code == 403
    for signature in ("", "bm9uc2Vuc2U=", "ünïcode", "\x7f"):
        headers = {"X-Twilio-Signature": signature}
        assert client.post(path, data=call(), headers=headers).status_code == 403
    assert post(client, text, call(), token="another-token").status_code == 403
    assert client.get(path).status_code == 405
    assert state(engine, text) == (DeliveryState.DISPATCHING, None)


def test_a_signature_covers_every_field_and_the_address(hooked: Flask, engine: Engine, text: int) -> None:
    client, path = hooked.test_client(), f"/hooks/twilio/status/{text}"
    right = RequestValidator(TOKEN).compute_signature(f"https://school.example.org{path}", call())
    headers = {"X-Twilio-Signature": right}
    for wrong in (
        call("failed"),
        call(Extra="1"),
        {**call(), "To": "+447700900102"},
        {"AccountSid": ACCOUNT},
    ):
        assert client.post(path, data=wrong, headers=headers).status_code == 403
    assert client.post(f"{path}0", data=call(), headers=headers).status_code == 403
    assert client.post(f"{path}?x=1", data=call(), headers=headers).status_code == 403
    assert state(engine, text)[0] is DeliveryState.DISPATCHING
    assert client.post(path, data=call(), headers=headers).status_code == 204


def test_another_account_is_refused_even_with_a_right_signature(hooked: Flask, text: int) -> None:
    client = hooked.test_client()
    assert post(client, text, call(AccountSid="AC" + "9" * 32)).status_code == 403
    without = {name: value for name, value in call().items() if name != "AccountSid"}
    assert post(client, text, without).status_code == 403


def test_an_installation_without_twilio_believes_nobody(app: Flask, text: int) -> None:
    assert post(app.test_client(), text, call(AccountSid=""), token="").status_code == 403


def test_what_a_proxy_says_of_itself_changes_nothing(hooked: Flask, text: int) -> None:
    """The address that was signed is ours to know; headers and hosts that come with a call are not."""
    client = hooked.test_client()
    for headers in (
        {"Host": "10.0.0.7:8000"},
        {"X-Forwarded-Host": "evil.example.org", "X-Forwarded-Proto": "http"},
        {"Forwarded": "host=evil.example.org;proto=http"},
    ):
        assert post(client, text, call(), **headers).status_code == 204


def test_missing_extra_blank_and_repeated_fields(hooked: Flask, engine: Engine, text: int) -> None:
    client = hooked.test_client()
    for name in ("MessageSid", "MessageStatus"):
        without = {key: value for key, value in call().items() if key != name}
        assert post(client, text, without).status_code == 400
        assert post(client, text, call(**{name: ""})).status_code == 400
    assert state(engine, text)[0] is DeliveryState.DISPATCHING
    assert post(client, text, call("nonsense")).status_code == 204
    assert state(engine, text)[0] is DeliveryState.DISPATCHING
    repeated = MultiDict([*call("sent").items(), ("To", NUMBER), ("NumMedia", ""), ("Body", " a b ")])
    assert post(client, text, repeated).status_code == 204
    assert state(engine, text)[0] is DeliveryState.ACCEPTED


def test_a_large_call_is_read_and_a_huge_one_refused(hooked: Flask, text: int) -> None:
    client = hooked.test_client()
    assert post(client, text, call(Body="é" * 10_000)).status_code == 204
    assert post(client, text, call(Body="x" * 70_000)).status_code == 413


def test_a_report_about_nothing_of_ours_is_thanked_for(hooked: Flask, text: int) -> None:
    assert post(hooked.test_client(), text + 999, call()).status_code == 204


def test_twilios_documented_signature_is_ours(app: Flask, settings: Settings) -> None:
    """The example of Twilio's page on webhook security, from before this program was written."""
    documented = replace(
        settings, public_url="https://mycompany.com", twilio_auth_token="12345", twilio_account_sid=ACCOUNT
    )
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    headers = {"X-Twilio-Signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="}
    with app.test_request_context("/myapp.php?foo=1&bar=2", method="POST", data=form, headers=headers):
        assert is_signed(documented, MultiDict(form))
        assert not is_signed(replace(documented, twilio_auth_token="12346"), MultiDict(form))
