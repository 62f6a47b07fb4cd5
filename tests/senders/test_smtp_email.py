"""Email against a real SMTP server on loopback, and against one that breaks at every stage."""

import email
import email.policy
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from surveybot.rules.delivery.channels import Channel
from surveybot.senders.base import Accepted, Ambiguous, LeaseLost, Message, NotSent, Refused, SendError
from surveybot.senders.smtp_email import Relay, SmtpEmail, ascii_address
from tests.conftest import NOW
from tests.fakes.broken_smtp import STAGES, breaking

DATA = Path(__file__).parents[1] / "data"
MESSAGE = Message(
    delivery_id=7,
    channel=Channel.EMAIL,
    to="amira@pupils.example.org",
    subject="What do you plan to do next? Ysgol Llŷr asks",
    text="Hi Zoë,\n\n.A line that begins with a dot\n.\nhttps://school.example.org/r/" + "A" * 29 + "\n",
    html="<p>Hi Zoë,</p>",
    from_name="Ysgol Llŷr",
    message_id="<123.456@school.example.org>",
    composed_at=NOW,
    stop_link="https://school.example.org/stop/" + "B" * 29,
)
QUICK = {"connect": 1, "MAIL": 1, "RCPT": 1, "DATA": 1, "dot": 1}


class Mailbox:
    """What a real server took, and what it says to whom."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.connections: set[int] = set()
        self.refused: dict[str, str] = {}

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.connections.add(id(session))
        self.envelopes.append(envelope)
        return "250 OK"

    def message(self, number: int = -1) -> EmailMessage:
        content = self.envelopes[number].content
        assert isinstance(content, bytes)
        parsed = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed


@contextmanager
def relay(mailbox: Mailbox, **options: Any) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def connect(mailbox: Mailbox) -> Iterator[Callable[[], SmtpEmail]]:
    with relay(mailbox) as port:
        made: list[SmtpEmail] = []

        def sender() -> SmtpEmail:
            made.append(SmtpEmail(f"smtp://127.0.0.1:{port}", "Careers <careers@school.example.org>"))
            return made[-1]

        yield sender
        for one in made:
            one.close()


def test_an_email_arrives_with_both_parts_and_our_headers(
    mailbox: Mailbox, connect: Callable[[], SmtpEmail]
) -> None:
    assert connect().send(MESSAGE) == Accepted(MESSAGE.message_id)
    got = mailbox.message()
    assert mailbox.envelopes[0].mail_from == "careers@school.example.org"
    assert mailbox.envelopes[0].rcpt_tos == ["amira@pupils.example.org"]
    assert got["Subject"] == MESSAGE.subject
    assert str(got["From"]) == "Ysgol Llŷr <careers@school.example.org>"
    assert got["Message-ID"] == MESSAGE.message_id
    assert got["Date"].datetime == NOW
    assert got["List-Unsubscribe"].strip() == f"<{MESSAGE.stop_link}>"
    assert got["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert got["Auto-Submitted"] == "auto-generated"
    plain, html = got.get_body(("plain",)), got.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n") == MESSAGE.text
    assert html.get_content().strip() == MESSAGE.html


def test_a_message_to_staff_has_no_unsubscribe(mailbox: Mailbox, connect: Callable[[], SmtpEmail]) -> None:
    connect().send(replace(MESSAGE, stop_link=""))
    assert mailbox.message()["List-Unsubscribe"] is None
    assert mailbox.message()["List-Unsubscribe-Post"] is None


def test_one_connection_is_kept_for_many_messages(mailbox: Mailbox, connect: Callable[[], SmtpEmail]) -> None:
    sender = connect()
    for _ in range(20):
        sender.send(MESSAGE)
    assert (len(mailbox.envelopes), len(mailbox.connections)) == (20, 1)


def test_a_kept_connection_that_died_is_opened_again(
    mailbox: Mailbox, connect: Callable[[], SmtpEmail]
) -> None:
    sender = connect()
    sender.send(MESSAGE)
    assert sender._smtp is not None
    assert sender._smtp.sock is not None
    sender._smtp.sock.shutdown(2)
    sender.send(MESSAGE)
    assert len(mailbox.envelopes) == 2


def test_a_refused_address_does_not_spoil_the_next_message(
    mailbox: Mailbox, connect: Callable[[], SmtpEmail]
) -> None:
    mailbox.refused = {"gone@pupils.example.org": "550 no such user", "busy@pupils.example.org": "450 later"}
    sender = connect()
    with pytest.raises(Refused) as gone:
        sender.send(replace(MESSAGE, to="gone@pupils.example.org"))
    assert (gone.value.code, gone.value.word, gone.value.bad_address) == ("550", "bad_address", True)
    with pytest.raises(NotSent) as busy:
        sender.send(replace(MESSAGE, to="busy@pupils.example.org"))
    assert busy.value.counts
    sender.send(MESSAGE)
    assert [envelope.rcpt_tos for envelope in mailbox.envelopes] == [["amira@pupils.example.org"]]
    assert len(mailbox.connections) == 1


@pytest.mark.parametrize("how", ["close", "hang", "421", "451", "550"])
@pytest.mark.parametrize("stage", STAGES)
def test_only_a_connection_lost_after_the_dot_leaves_a_message_uncertain(stage: str, how: str) -> None:
    with breaking(stage, how) as server:
        sender = SmtpEmail(f"smtp://127.0.0.1:{server.port}", "careers@example.org", timeouts=QUICK)
        error = outcome(sender)
        sender.close()
        if stage == "dot" and how in ("close", "hang"):
            assert isinstance(error, Ambiguous)
            assert server.taken == 1
        elif how == "550" and stage in ("MAIL", "RCPT", "DATA", "dot"):
            assert isinstance(error, Refused)
            assert server.taken == 0
        elif stage == "EHLO" and how in ("451", "550"):
            assert error is None  # an old server that only knows HELO
        elif stage == "body":
            # The dot may have followed the text into the buffers before we learnt that nobody reads them.
            assert isinstance(error, Ambiguous | NotSent | Refused)
            assert server.taken == 0 or how not in ("close", "hang")
        else:
            assert isinstance(error, NotSent), (stage, how, error)
            assert server.taken == 0


def outcome(sender: SmtpEmail) -> SendError | None:
    try:
        sender.send(MESSAGE)
    except SendError as error:
        return error
    return None


def test_who_lost_the_lease_before_the_dot_sends_nothing(
    mailbox: Mailbox, connect: Callable[[], SmtpEmail]
) -> None:
    def renew(stage: str) -> None:
        stages.append(stage)
        if stage == "dot":
            raise LeaseLost("too late")

    stages: list[str] = []
    sender = connect()
    with pytest.raises(LeaseLost):
        sender.send(MESSAGE, renew)
    assert stages == ["connect", "MAIL", "RCPT", "DATA", "dot"]
    sender.send(MESSAGE)
    assert len(mailbox.envelopes) == 1


def test_nobody_listening_is_not_sent_and_costs_no_attempt() -> None:
    sender = SmtpEmail("smtp://127.0.0.1:1", "careers@example.org")
    with pytest.raises(NotSent) as caught:
        sender.send(MESSAGE)
    assert not caught.value.counts


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # the whole line is encrypted there
@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_relay_with_tls_and_a_password(mailbox: Mailbox, scheme: str) -> None:
    def login(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data.password == b"pass:word", handled=False)

    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_side.load_cert_chain(DATA / "loopback_cert.pem", DATA / "loopback_key.pem")
    client_side = ssl.create_default_context(cafile=str(DATA / "loopback_cert.pem"))
    options: dict[str, Any] = {"authenticator": login, "auth_required": True}
    if scheme == "smtps":
        options |= {"ssl_context": server_side, "auth_require_tls": False}
    else:
        options |= {"tls_context": server_side, "require_starttls": True}
    with relay(mailbox, **options) as port:
        for password, works in (("pass%3Aword", True), ("wrong", False)):
            url = f"{scheme}://someone:{password}@127.0.0.1:{port}"
            sender = SmtpEmail(url, "careers@example.org", tls=client_side)
            error = outcome(sender)
            sender.close()
            assert (error is None) is works
            if error:
                assert isinstance(error, NotSent)
                assert (error.stage, error.counts) == ("credentials", False)
        stranger = SmtpEmail(f"{scheme}://127.0.0.1:{port}", "careers@example.org")
        assert isinstance(outcome(stranger), NotSent)  # a certificate that nobody vouches for
    assert len(mailbox.envelopes) == 1


@pytest.mark.parametrize("login", ["someone:p%C3%A4ssword", "s%C3%B3meone:password"])
def test_a_password_that_the_login_cannot_spell_means_nothing_was_sent(mailbox: Mailbox, login: str) -> None:
    """Python's SMTP login takes plain letters only; it fails before a byte of a message has left."""
    with relay(mailbox) as port:
        sender = SmtpEmail(f"smtp://{login}@127.0.0.1:{port}", "careers@example.org")
        error = outcome(sender)
        sender.close()
    assert isinstance(error, NotSent)
    assert (error.stage, error.counts) == ("credentials not plain", False)
    assert error.retry_after_seconds == 600
    assert mailbox.envelopes == []


def test_a_host_that_is_no_name_means_nothing_was_sent() -> None:
    error = outcome(SmtpEmail(f"smtp://{'m' * 70}.example.org:25", "careers@example.org"))
    assert isinstance(error, NotSent)
    assert (error.stage, error.counts) == ("connect", False)


@pytest.mark.parametrize(
    "hostile",
    [
        replace(MESSAGE, subject="Hello\r\nBcc: everybody@example.org"),
        replace(MESSAGE, from_name="School\nBcc: everybody@example.org"),
        replace(MESSAGE, to="a@example.org\r\nRCPT TO:<b@example.org>"),
        replace(MESSAGE, to="a@example.org, b@example.org"),
        replace(MESSAGE, to="<a@example.org> NOTIFY=NEVER"),
        replace(MESSAGE, stop_link="https://x/\r\nBcc: everybody@example.org"),
    ],
)
def test_nothing_can_be_smuggled_into_headers_or_the_envelope(
    mailbox: Mailbox, connect: Callable[[], SmtpEmail], hostile: Message
) -> None:
    with pytest.raises(Refused):
        connect().send(hostile)
    assert mailbox.envelopes == []


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("a@example.org", "a@example.org"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("zoë@example.org", None),
        ("a b@example.org", None),
        ("@example.org", None),
        ("nobody", None),
    ],
)
def test_an_address_is_written_as_every_relay_takes_it(address: str, expected: str | None) -> None:
    assert ascii_address(address) == expected


def test_a_mail_url_is_read() -> None:
    assert Relay.from_url("smtp+starttls://me%40x:p%2Fw@mail.example.org") == Relay(
        "smtp+starttls", "mail.example.org", 587, "me@x", "p/w"
    )
    assert Relay.from_url("smtps://mail.example.org").port == 465
    assert Relay.from_url("smtp://mail.example.org:2525").port == 2525
