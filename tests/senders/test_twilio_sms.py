"""The real Twilio client against a stateful fake that Twilio's own description judges."""

import contextlib
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.senders.base import Ambiguous, Message, NotSent, Refused, SendError
from surveybot.senders.twilio_codes import CODES, UNKNOWN, meaning_of
from surveybot.senders.twilio_sms import PatientHttpClient, TwilioAccount, TwilioSms, WatchedAdapter
from tests.conftest import NOW
from tests.fakes.twilio import ACCOUNT, SENDER, TOKEN, FakeTwilio, Fault, running_twilio

DATA = Path(__file__).parents[1] / "data"
MESSAGE = Message(
    delivery_id=7,
    channel=Channel.SMS,
    to="+447700900101",
    text="Hillview School asks: what do you plan to do next? https://school.example.org/r/" + "A" * 29,
    composed_at=NOW,
    status_path="/hooks/twilio/status/7",
    valid_for_seconds=3600,
)


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    with running_twilio() as fake:
        yield fake
        assert fake.violations == []


def sender(url: str, **changes: str) -> TwilioSms:
    account = TwilioAccount(
        sid=ACCOUNT, token=TOKEN, sender=SENDER, api_url=url, public_url="https://school.example.org"
    )
    return TwilioSms(replace(account, **changes))


def failing(twilio: FakeTwilio, *faults: Fault) -> SendError:
    twilio.faults.extend(faults)
    texts = sender(twilio.url)
    try:
        with pytest.raises(SendError) as caught:
            texts.send(MESSAGE)
    finally:
        texts.close()
    return caught.value


def test_a_text_arrives_once_with_our_id_in_the_callback_and_a_life_of_its_own(twilio: FakeTwilio) -> None:
    texts = sender(twilio.url)
    accepted = texts.send(MESSAGE)
    (message,) = twilio.messages
    assert (message["sid"], message["to"], message["body"]) == (
        accepted.provider_id,
        MESSAGE.to,
        MESSAGE.text,
    )
    assert message["num_segments"] == "1"
    assert twilio.requests[0]["From"] == SENDER
    assert twilio.requests[0]["StatusCallback"] == "https://school.example.org/hooks/twilio/status/7"
    assert twilio.requests[0]["ValidityPeriod"] == "3600"
    assert accepted.status == "queued"
    assert texts.client.messages(accepted.provider_id).fetch().to == MESSAGE.to
    assert [found.sid for found in texts.client.messages.list(to=MESSAGE.to)] == [accepted.provider_id]
    texts.close()


def test_a_messaging_service_chooses_the_number(twilio: FakeTwilio) -> None:
    texts = sender(twilio.url, messaging_service="MG" + "1" * 32)
    texts.send(MESSAGE)
    texts.close()
    assert twilio.requests[0]["MessagingServiceSid"] == "MG" + "1" * 32
    assert "From" not in twilio.requests[0]


def test_twilios_own_description_judges_what_is_asked_and_answered() -> None:
    with running_twilio() as twilio:
        texts = sender(twilio.url, messaging_service="not a service")
        texts.send(MESSAGE)
        texts.close()
        assert any("InvalidData" in violation for violation in twilio.violations), twilio.violations


def test_a_callback_is_only_asked_for_where_it_can_arrive_safely(twilio: FakeTwilio) -> None:
    texts = sender(twilio.url, public_url="http://127.0.0.1:8000")
    texts.send(MESSAGE)
    texts.close()
    assert "StatusCallback" not in twilio.requests[0]


def test_too_many_requests_says_when_to_come_back_and_costs_no_attempt(twilio: FakeTwilio) -> None:
    error = failing(twilio, Fault(status=429, code=20429, retry_after=17))
    assert isinstance(error, NotSent)
    assert (error.retry_after_seconds, error.counts) == (17, False)
    assert twilio.messages == []


@pytest.mark.parametrize("taken", [False, True])
@pytest.mark.parametrize("status", [500, 502, 503, 0])
def test_after_an_error_of_theirs_or_a_dropped_line_nobody_knows(
    twilio: FakeTwilio, status: int, taken: bool
) -> None:
    assert isinstance(failing(twilio, Fault(status=status, taken=taken)), Ambiguous)
    assert len(twilio.requests) == 1  # nothing is tried twice by itself
    assert len(twilio.messages) == taken


def test_an_answer_that_takes_too_long_is_ambiguous(
    twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("surveybot.senders.twilio_sms.TEXT_READ_SECONDS", 0.2)
    assert isinstance(failing(twilio, Fault(taken=True, wait_seconds=0.6)), Ambiguous)
    assert len(twilio.messages) == 1


def test_an_answer_that_is_no_json_is_ambiguous(twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fakes.twilio._answer", lambda body, status: ("<html>", status))
    monkeypatch.setattr(twilio, "_judge", lambda response: response)
    texts = sender(twilio.url)
    with pytest.raises(Ambiguous):
        texts.send(MESSAGE)
    texts.close()
    twilio.violations.clear()


def test_where_nobody_listens_nothing_was_sent() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        texts = sender(f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(NotSent) as caught:
            texts.send(MESSAGE)
        texts.close()
    assert not caught.value.counts


def test_a_name_that_does_not_resolve_means_nothing_was_sent() -> None:
    texts = sender("http://no-such-host.invalid")
    with pytest.raises(NotSent):
        texts.send(MESSAGE)
    texts.close()


def _in_plain_words(line: socket.socket) -> None:
    line.recv(1000)
    line.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def _hang_up(line: socket.socket) -> None:
    line.recv(1000)


def _say_nothing(line: socket.socket) -> None:
    while line.recv(1000):
        pass


def _another_age(line: socket.socket) -> None:
    """A real handshake that ends in an alert: the server takes TLS 1.3 alone, and this client 1.2 alone."""
    server = _tls_server()
    server.minimum_version = ssl.TLSVersion.TLSv1_3
    with contextlib.suppress(OSError):
        server.wrap_socket(line, server_side=True).close()


def _a_stranger(line: socket.socket) -> None:
    """A certificate that nobody vouches for."""
    with contextlib.suppress(OSError):
        _tls_server().wrap_socket(line, server_side=True).close()


def _taken_in_and_dropped(line: socket.socket) -> None:
    with contextlib.suppress(OSError), _tls_server().wrap_socket(line, server_side=True) as inside:
        inside.recv(10_000)


def _tls_server() -> ssl.SSLContext:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(DATA / "loopback_cert.pem", DATA / "loopback_key.pem")
    return server


@contextlib.contextmanager
def _one_line(behave: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port that treats the first caller so."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            line, _ = server.accept()
            with line:
                behave(line)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join(5)
        assert not thread.is_alive()


def _sent_over_tls(port: int, *, most: ssl.TLSVersion | None = None) -> SendError:
    texts = sender(f"https://127.0.0.1:{port}")
    adapter = WatchedAdapter()
    client = ssl.create_default_context(cafile=str(DATA / "loopback_cert.pem"))
    client.maximum_version = most or client.maximum_version
    adapter.init_poolmanager(1, 1, ssl_context=client)
    texts._http.session.mount("https://", adapter)
    texts._http.session.verify = str(DATA / "loopback_cert.pem")
    try:
        with pytest.raises(SendError) as caught:
            texts.send(MESSAGE)
    finally:
        texts.close()
    return caught.value


@pytest.mark.parametrize("behave", [_in_plain_words, _hang_up, _say_nothing, _another_age])
def test_where_no_line_is_agreed_on_nothing_was_sent(
    behave: Callable[[socket.socket], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("surveybot.senders.twilio_sms.TEXT_READ_SECONDS", 0.3)
    monkeypatch.setattr("surveybot.senders.twilio_sms.TEXT_CONNECT_SECONDS", 0.3)
    with _one_line(behave) as port:
        error = _sent_over_tls(port, most=ssl.TLSVersion.TLSv1_2)
    assert isinstance(error, NotSent)
    assert (error.stage, error.counts) == ("connect", False)


def test_to_a_stranger_nothing_is_sent() -> None:
    with _one_line(_a_stranger) as port:
        texts = sender(f"https://127.0.0.1:{port}")
        with pytest.raises(NotSent) as caught:
            texts.send(MESSAGE)
        texts.close()
    assert caught.value.stage == "certificate"


def test_once_a_byte_is_inside_the_line_nobody_knows() -> None:
    with _one_line(_taken_in_and_dropped) as port:
        assert isinstance(_sent_over_tls(port), Ambiguous)


def test_what_a_proxy_refuses_was_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    with _one_line(_in_plain_words) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        texts = sender("https://api.example.org")
        with pytest.raises(NotSent):
            texts.send(MESSAGE)
        texts.close()


@pytest.mark.parametrize(
    ("code", "word", "bad_address", "opted_out"),
    [
        (21211, "invalid_number", True, False),
        (21610, "opted_out", False, True),
        (21612, "cannot_reach", False, False),
        (21614, "not_a_mobile", True, False),
        (29999, "unknown_code", False, False),
    ],
)
def test_a_refusal_has_our_word_for_their_code(
    twilio: FakeTwilio, code: int, word: str, bad_address: bool, opted_out: bool
) -> None:
    error = failing(twilio, Fault(status=400, code=code))
    assert isinstance(error, Refused)
    assert (error.code, error.word, error.bad_address, error.opted_out) == (
        str(code),
        word,
        bad_address,
        opted_out,
    )


def test_wrong_credentials_are_our_fault_and_the_message_waits(twilio: FakeTwilio) -> None:
    texts = sender(twilio.url, token="an-old-token")
    with pytest.raises(NotSent) as caught:
        texts.send(MESSAGE)
    texts.close()
    assert not caught.value.counts


def test_every_code_of_the_table_has_a_state_and_an_unknown_one_is_not_tried_again() -> None:
    assert meaning_of("30003").state is DeliveryState.UNDELIVERED
    assert meaning_of(30003).again_after is not None
    for odd in (None, "", "99999", "abc", -1):
        assert meaning_of(odd) is UNKNOWN
    assert not UNKNOWN.retry
    assert UNKNOWN.again_after is None
    words = [meaning.word for meaning in CODES.values()]
    assert all(word.islower() and len(word) <= 60 for word in words)


def test_no_number_text_or_token_reaches_the_log(
    twilio: FakeTwilio, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    failing(twilio, Fault(status=400, code=21211))
    texts = sender(twilio.url)
    texts.send(MESSAGE)
    texts.close()
    ours = " ".join(record.getMessage() for record in caplog.records if record.name != "werkzeug")
    for canary in ("7700900101", "what do you plan", "A" * 29, TOKEN):
        assert canary not in ours


def test_a_proxy_and_certificates_of_the_environment_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.org:3128")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/ssl/school.pem")
    session = PatientHttpClient("https://api.twilio.com").session
    assert session.proxies["https"] == "http://proxy.example.org:3128"
    assert session.verify == "/etc/ssl/school.pem"
