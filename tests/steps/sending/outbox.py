"""A round that is open at Hillview, ticks, and what the wire saw: shared by the tests of sending."""

import threading
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Engine
from sqlmodel import Session, select

from surveybot.catalogue import load_catalogue
from surveybot.config import Settings
from surveybot.links import LinkSigner
from surveybot.records import database
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.installations import take_over
from surveybot.records.round.rounds import Round
from surveybot.records.schools import School
from surveybot.rules.delivery.channels import Channel
from surveybot.senders.base import Accepted, Message, Renew, SendError, Senders, always
from surveybot.steps.round.open_round import open_round, plan_round
from surveybot.steps.sending.tick import TickResult, tick
from surveybot.steps.sending.timing import Timing
from tests.conftest import NOW, SmallSchool


@dataclass
class Wire:
    """The provider's own ledger, and what it answers next."""

    taken: list[Message] = field(default_factory=list)
    faults: list[SendError | None] = field(default_factory=list)
    threads: int = 4
    lock: Any = field(default_factory=threading.Lock)

    def send(self, message: Message, renew: Renew = always) -> Accepted:
        renew("send")
        with self.lock:
            fault = self.faults.pop(0) if self.faults else None
            if fault is None:
                self.taken.append(message)
                return Accepted(message.message_id or f"SM{len(self.taken):032x}")
        raise fault

    def close(self) -> None:
        """Nothing is open."""

    def addresses(self) -> list[str]:
        return sorted(message.to for message in self.taken)


def open_for(
    engine: Engine,
    school: SmallSchool,
    survey: str = "after-mocks",
    *,
    now: datetime = NOW,
) -> int:
    """Open a round of Year 11; its number."""
    with database.writing(engine) as session:
        take_over(session, INSTANCE, by="test", now=now)
        row = session.get_one(School, school.id)
        catalogue = load_catalogue()
        asked = catalogue.survey(survey)
        plan = plan_round(session, row, asked, leaving=2026, year_group=11, now=now)
        opened = open_round(session, row, plan, opened_by="test", now=now)
        session.flush()
        assert opened.id is not None
        return opened.id


def run(
    engine: Engine,
    settings: Settings,
    wire: Wire,
    *,
    at: datetime = NOW,
    timing: Timing | None = None,
    **changes: Any,
) -> TickResult:
    return tick(
        engine,
        Senders(sms=wire, email=wire),
        LinkSigner(settings.keys),
        load_catalogue(),
        replace(settings, **{"instance": INSTANCE, **changes}),
        now=at,
        timing=timing or Timing(),
    )


def deliveries(engine: Engine) -> dict[str, Delivery]:
    """Every delivery, by its dedupe key."""
    with database.reading(engine) as session:
        return {row.dedupe_key: row for row in session.exec(select(Delivery))}


def delivery_to(engine: Engine, school: SmallSchool, forename: str) -> Delivery:
    """The one delivery to a student."""
    found = [row for row in deliveries(engine).values() if row.student_id == school.ids[forename]]
    assert len(found) == 1, found
    return found[0]


def change(engine: Engine, what: Any) -> None:
    with database.writing(engine) as session:
        what(session)


def round_row(session: Session, round_id: int) -> Round:
    return session.get_one(Round, round_id)


def days(count: float) -> timedelta:
    return timedelta(days=count)


SMS, EMAIL = Channel.SMS, Channel.EMAIL
INSTANCE = "the-test-machine"
