"""A mail server that fails at each stage in each way: a copy only where nobody can know, and never two."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import message_from_bytes
from typing import Any

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import col, select

from surveybot.catalogue import Catalogue, load_catalogue
from surveybot.config import Settings
from surveybot.links import LinkSigner
from surveybot.records import database
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.installations import take_over
from surveybot.records.roster.students import Route
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.senders.base import Senders
from surveybot.senders.smtp_email import SmtpEmail
from surveybot.steps.sending.tick import tick
from tests.conftest import NOW
from tests.fakes.broken_smtp import STAGES, BrokenSmtp, breaking
from tests.proof.rig import INSTANCE, add_messages, add_people

HOWS = ("close", "hang", "421", "451", "550")
IN_DOUBT = {("dot", "close"), ("dot", "hang")}
QUICK = {"connect": 0.15, "MAIL": 0.15, "RCPT": 0.15, "DATA": 0.15, "dot": 0.15}


@dataclass
class Office:
    """A school that sends emails through a relay that breaks."""

    engine: Engine
    settings: Settings
    catalogue: Catalogue
    school: int
    students: list[int]
    now: Any = NOW
    sent: int = 0
    keys: list[str] = field(default_factory=list)

    def send_one(self, sender: SmtpEmail, server: BrokenSmtp) -> Delivery:
        """One email, and as many ticks over two days as it needs."""
        server.broken.clear()
        with database.writing(self.engine) as session:  # an address that was refused is good again
            for route in session.exec(select(Route).where(col(Route.bad_at).is_not(None))):
                route.bad_at, route.bad_reason = None, ""
        self.sent += 1
        prefix = f"email-{self.sent}"
        add_messages(
            self.engine, self.school, self.students, 1, now=self.now, channel=Channel.EMAIL, prefix=prefix
        )
        for wait in (0, 2, 31, 31, 600):
            self.now += timedelta(minutes=wait)
            self._tick(sender)
            row = self._row(f"{prefix}:0")
            if row.state not in (DeliveryState.PENDING, DeliveryState.AMBIGUOUS):
                break
        return row

    def _tick(self, sender: SmtpEmail) -> None:
        signer = LinkSigner(self.settings.keys)
        tick(self.engine, Senders(email=sender), signer, self.catalogue, self.settings, self.now)

    def _row(self, key: str) -> Delivery:
        with database.reading(self.engine) as session:
            return session.exec(select(Delivery).where(col(Delivery.dedupe_key) == key)).one()


@pytest.fixture
def office(engine: Engine, settings: Settings) -> Iterator[Office]:
    school, students = add_people(engine, 1)
    with database.writing(engine) as session:
        take_over(session, INSTANCE, by="proof", now=NOW)
    ours = replace(settings, instance=INSTANCE, mail_from="careers@school.example.org")
    yield Office(engine, ours, load_catalogue(), school, students)


@pytest.mark.slow
def test_a_copy_goes_only_after_the_dot_and_at_most_one(office: Office, proof: bool) -> None:
    times = 200 if proof else 2
    copies: Counter[str] = Counter()
    for stage in STAGES:
        for how in HOWS:
            if stage == "body" and how not in ("close", "hang"):
                continue  # a server says nothing in the middle of a body
            copies[f"{stage}/{how}"] = _break(office, stage, how, times)
    extra = {point: count for point, count in copies.items() if count}
    print(
        f"\nPROOF SMTP, {office.engine.dialect.name}: {len(copies)} faults x {times}, "
        f"{office.sent} emails; one more copy each at {extra}"
    )
    assert set(extra) == {f"{stage}/{how}" for stage, how in IN_DOUBT}


def _break(office: Office, stage: str, how: str, times: int) -> int:
    """How many emails there were beyond one each; a copy is the same email to the letter."""
    extra = 0
    with breaking(stage, how) as server:
        mail_url = f"smtp://127.0.0.1:{server.port}"
        for _ in range(times):
            sender = SmtpEmail(mail_url, office.settings.mail_from, timeouts=dict(QUICK))  # type: ignore[arg-type]
            before = len(server.emails)
            row = office.send_one(sender, server)
            sender.close()
            came = server.emails[before:]
            _judge(row, came, (stage, how))
            extra += max(0, len(came) - 1)
    return extra


def _judge(row: Delivery, came: list[bytes], fault: tuple[str, str]) -> None:
    refused = fault[1] == "550" and fault[0] in ("MAIL", "RCPT", "DATA", "dot")
    wanted = DeliveryState.FAILED_PERMANENT if refused else DeliveryState.ACCEPTED
    assert (row.state, fault) == (wanted, fault), row.reason
    assert len(came) == (0 if refused else 2 if fault in IN_DOUBT else 1), fault
    assert row.maybe_duplicate is row.was_ambiguous, fault
    # A body's last bytes leave before we can see that nobody reads them: in doubt, and yet no copy.
    assert row.was_ambiguous is (fault in IN_DOUBT) or fault[0] == "body", fault
    emails = [message_from_bytes(raw) for raw in came]
    assert len({(one["Message-ID"], one["Date"]) for one in emails}) <= 1, fault
    assert all(one["Message-ID"] == row.provider_id for one in emails)
