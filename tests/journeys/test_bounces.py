"""An address that is gone, from the email that goes out to the text that follows it: over a real SMTP server.

The worker's own ticks send, read the mailbox of bounces, and fall back.
"""

import mailbox
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.catalogue import load_catalogue
from surveybot.config import Settings
from surveybot.links import LinkSigner
from surveybot.records import database
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.roster.students import Route
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.senders.base import Senders
from surveybot.senders.choose import choose_senders
from surveybot.worker import Worker
from tests.conftest import NOW, SmallSchool
from tests.steps.sending.outbox import INSTANCE, Wire, open_for

AMIRA, TOMORROW = "amira@pupils.example.org", NOW + timedelta(days=1)
BOUNCE = """\
From: MAILER-DAEMON@relay.example.org
To: <{to}>
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

Your message could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example.org

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--B--
"""


class Relay:
    """What a real server took: the return address of each recipient."""

    def __init__(self) -> None:
        self.returns: dict[str, str] = {}

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.returns[str(envelope.rcpt_tos[0])] = str(envelope.mail_from)
        return "250 OK"


@contextmanager
def running_relay(relay: Relay) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    controller = Controller(relay, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()


@pytest.fixture
def relay() -> Relay:
    return Relay()


@pytest.fixture
def bounces(tmp_path: Path) -> mailbox.Maildir:
    return mailbox.Maildir(tmp_path / "bounces", create=True)


@pytest.fixture
def texts() -> Wire:
    return Wire()


@pytest.fixture
def worker(
    engine: Engine, settings: Settings, relay: Relay, bounces: mailbox.Maildir, texts: Wire
) -> Iterator[Worker]:
    with running_relay(relay) as url:
        changes: dict[str, Any] = {"mail_url": url, "bounces_url": f"maildir:{bounces._path}"}
        settings = replace(settings, instance=INSTANCE, **changes)
        senders = Senders(sms=texts, email=choose_senders(settings).email)
        signer = LinkSigner(settings.keys)
        yield Worker(settings, engine, senders, signer, load_catalogue(), clock=lambda: NOW)
        senders.close()


def tick(worker: Worker, at: datetime) -> None:
    worker.bounces_read_at = -1000.0  # the mailbox is read every five minutes
    worker.tick_once(now=at)


def of_amira(engine: Engine, school: SmallSchool) -> list[tuple[Channel, DeliveryState, str]]:
    with database.reading(engine) as session:
        rows = session.exec(select(Delivery).where(Delivery.student_id == school.ids["Amira"])).all()
        return [(row.channel, row.state, row.reason) for row in sorted(rows, key=lambda row: row.id or 0)]


def bad_routes(engine: Engine) -> list[tuple[str, str]]:
    with database.reading(engine) as session:
        return [(one.address, one.bad_reason) for one in session.exec(select(Route)) if one.bad_reason]


def test_an_email_that_bounces_marks_its_address_and_a_text_follows(
    engine: Engine,
    school: SmallSchool,
    worker: Worker,
    relay: Relay,
    bounces: mailbox.Maildir,
    texts: Wire,
) -> None:
    open_for(engine, school)
    tick(worker, NOW)
    back = relay.returns[AMIRA]
    assert re.fullmatch(r"bounce\+\S+@school\.example\.org", back)
    assert len(set(relay.returns.values())) == len(relay.returns)  # each delivery has its own
    before = len(texts.taken)
    bounces.add(BOUNCE.format(to=back, recipient=AMIRA).encode())
    tick(worker, TOMORROW)
    assert bad_routes(engine) == [(AMIRA, "bounced")]
    assert of_amira(engine, school) == [
        (Channel.EMAIL, DeliveryState.UNDELIVERED, "bounced"),
        (Channel.SMS, DeliveryState.ACCEPTED, ""),
    ]
    [text] = texts.taken[before:]
    assert text.to == "+447700900101"
    assert "https://school.example.org/r/" in text.text
    tick(worker, TOMORROW + timedelta(days=1))
    assert len(texts.taken) == before + 1


def test_a_forged_bounce_changes_nothing(
    engine: Engine,
    school: SmallSchool,
    worker: Worker,
    relay: Relay,
    bounces: mailbox.Maildir,
    texts: Wire,
) -> None:
    open_for(engine, school)
    tick(worker, NOW)
    back, before = relay.returns[AMIRA], len(texts.taken)
    tag = back.removeprefix("bounce+").partition("@")[0]
    other = next(address for address in relay.returns.values() if address != back)
    forged = "A" if tag[-1] != "A" else "B"
    for to in (
        back.replace(tag, tag[:-1] + forged),
        back.replace(tag, other.removeprefix("bounce+").partition("@")[0][:8] + tag[8:]),
        back.replace(tag, "1"),
        "careers@school.example.org",
    ):
        bounces.add(BOUNCE.format(to=to, recipient=AMIRA).encode())
    tick(worker, TOMORROW)
    assert bad_routes(engine) == []
    assert of_amira(engine, school) == [(Channel.EMAIL, DeliveryState.ACCEPTED, "")]
    assert len(texts.taken) == before
