"""A report that comes while our own request is still open: over real HTTP, into the real pages.

Our id stands in the report's address, so that there is nothing to wait for and nothing to try again.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from sqlalchemy.engine import Engine
from sqlmodel import select
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from werkzeug.serving import make_server

from surveybot.catalogue import load_catalogue
from surveybot.config import Settings
from surveybot.links import LinkSigner
from surveybot.records import database
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.delivery.provider_events import ProviderEvent
from surveybot.records.installations import take_over
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.senders.base import Senders
from surveybot.senders.choose import choose_senders
from surveybot.steps.sending.tick import tick
from tests.conftest import NOW, open_house
from tests.fakes.twilio import ACCOUNT, SENDER, TOKEN, running_twilio
from tests.proof.rig import INSTANCE, add_messages, add_people

STORIES = (("sent",), ("sent", "delivered"), ("delivered", "sent"), ("delivered",), ("sent", "undelivered"))
ENDS = {
    ("sent",): DeliveryState.ACCEPTED,
    ("sent", "undelivered"): DeliveryState.UNDELIVERED,
}


@dataclass
class Reporter:
    """Twilio's half: it reports to the pages while our request waits, and answers up to so much later."""

    pages: str
    longest_seconds: float
    dice: random.Random = field(default_factory=lambda: random.Random(8))
    told: dict[str, tuple[str, ...]] = field(default_factory=dict)
    answers: Counter[int] = field(default_factory=Counter)
    lock: Any = field(default_factory=threading.Lock)

    def __call__(self, message: dict[str, Any], address: str) -> None:
        with self.lock:
            story, pause = self.dice.choice(STORIES), self.dice.uniform(0, self.longest_seconds)
            self.told[message["sid"]] = story
        codes = [self._report(message["sid"], word, address) for word in story]
        with self.lock:
            self.answers.update(codes)
        time.sleep(pause)

    def _report(self, sid: str, word: str, address: str) -> int:
        form = {"AccountSid": ACCOUNT, "MessageSid": sid, "MessageStatus": word}
        signature = RequestValidator(TOKEN).compute_signature(address, form)
        path = urlsplit(address).path
        headers = {"X-Twilio-Signature": signature}
        return requests.post(self.pages + path, data=form, headers=headers, timeout=20).status_code


@contextmanager
def pages_on_loopback(settings: Settings) -> Iterator[str]:
    with open_house(settings, lambda: NOW) as app:
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.slow
def test_a_report_that_comes_before_our_own_answer_finds_its_row(
    engine: Engine, settings: Settings, proof: bool
) -> None:
    many, longest = (500, 5.0) if proof else (40, 0.1)
    with running_twilio() as twilio:
        settings = replace(
            settings,
            instance=INSTANCE,
            twilio_account_sid=ACCOUNT,
            twilio_auth_token=TOKEN,
            twilio_from=SENDER,
            twilio_api_url=twilio.url,
        )
        with database.writing(engine) as session:
            take_over(session, INSTANCE, by="proof", now=NOW)
        school, students = add_people(engine, many)
        add_messages(engine, school, students, many, now=NOW)
        senders = Senders(sms=choose_senders(settings).sms)
        with pages_on_loopback(settings) as pages:
            twilio.before_answering = reporter = Reporter(pages, longest)
            sent = tick(engine, senders, LinkSigner(settings.keys), load_catalogue(), settings, now=NOW)
        senders.close()
        assert twilio.violations == []
    with database.reading(engine) as session:
        rows = session.exec(select(Delivery)).all()
        events = {
            (one.delivery_id, one.provider_id, one.status) for one in session.exec(select(ProviderEvent))
        }
    expected = {
        row.id: ENDS.get(reporter.told[row.provider_id or ""], DeliveryState.DELIVERED) for row in rows
    }
    unknown = reporter.answers.total() - reporter.answers[204]
    print(f"\nPROOF early, {engine.dialect.name}: {many} texts, {len(events)} reports, {unknown} unknown")
    assert {row.id: row.state for row in rows} == expected
    assert (unknown, len(twilio.requests), sent.ambiguous) == (0, many, 0)  # nothing was tried twice
    assert events == {
        (row.id, row.provider_id, word) for row in rows for word in reporter.told[row.provider_id or ""]
    }
    assert not any(row.was_ambiguous for row in rows)
