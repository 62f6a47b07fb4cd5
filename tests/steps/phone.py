"""A student's phone: what was asked of it, what it writes, what comes back. For the tests of texting."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from sqlalchemy.engine import Engine
from sqlmodel import SQLModel, col, select, text

from surveybot.catalogue import load_catalogue
from surveybot.config import Settings
from surveybot.links import LinkSigner
from surveybot.records import database
from surveybot.records.answer.answers import Answer, answers_of
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.destination.destinations import DestinationFact
from surveybot.records.round.invitations import invitation_of
from surveybot.records.texting.texts import InboundText
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import DeliveryState, MessageClass
from surveybot.steps.texting.converse import Answered, take_text
from surveybot.steps.texting.desk import Desk, Inbound
from tests.conftest import NOW, SmallSchool
from tests.steps.sending.outbox import INSTANCE, open_for

Row = TypeVar("Row", bound=SQLModel)

SCHOOL_NUMBER = "+447700900900"
AMIRA, BEN, SHARED, PARENT, NOBODY = (
    "+447700900101",
    "+447700900102",
    "+447700900150",
    "+447700900199",
    "+447700900999",
)
_sids = count(1)


@dataclass
class Phones:
    """Every phone of the small school, and the clock."""

    engine: Engine
    settings: Settings
    school: SmallSchool
    now: datetime = NOW
    rounds: dict[str, int] = field(default_factory=dict)

    def open(self, survey: str = "autumn-intentions") -> int:
        self.rounds[survey] = open_for(self.engine, self.school, survey, now=self.now)
        return self.rounds[survey]

    def ask(
        self, forename: str, number: str, survey: str = "autumn-intentions", *, said: str = "asked"
    ) -> None:
        """An invitation to this survey has arrived at a number."""
        round_id = self.rounds[survey] if survey in self.rounds else self.open(survey)
        student_id = self.school.ids[forename]
        self.wait(seconds=1)
        with database.writing(self.engine) as session:
            invitation = invitation_of(session, round_id, student_id)
            assert invitation is not None
            session.add(
                Delivery(
                    dedupe_key=f"asked:{invitation.id}:{next(_sids)}",
                    school_id=self.school.id,
                    student_id=student_id,
                    round_id=round_id,
                    invitation_id=invitation.id,
                    message_class=MessageClass.ASK,
                    template="invitation",
                    channel=Channel.SMS,
                    due_at=self.now,
                    next_at=self.now,
                    state=DeliveryState.ACCEPTED,
                    to_address=number,
                    body_text=said,
                    created_at=self.now,
                    accepted_at=self.now,
                )
            )

    def text(self, number: str, body: str, *, sid: str = "") -> str:
        """Write a text; what comes back at once, or nothing."""
        return self.take(number, body, sid=sid).reply

    def take(self, number: str, body: str, *, sid: str = "", **settings: Any) -> Answered:
        self.wait(seconds=1)
        changed = replace(self.settings, **{"instance": INSTANCE, **settings})
        with database.writing(self.engine) as session:
            desk = Desk(session, load_catalogue(), changed, LinkSigner(self.settings.keys), self.now)
            return take_text(desk, Inbound(sid or f"SM{next(_sids):032x}", number, SCHOOL_NUMBER, body))

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def last(self) -> InboundText:
        return self.texts()[-1]

    def texts(self) -> list[InboundText]:
        with database.reading(self.engine) as session:
            return list(session.exec(select(InboundText).order_by(col(InboundText.id))))

    def answers(self, forename: str) -> list[Answer]:
        with database.reading(self.engine) as session:
            return answers_of(session, self.school.ids[forename])

    def facts(self, forename: str) -> list[DestinationFact]:
        with database.reading(self.engine) as session:
            query = select(DestinationFact).where(DestinationFact.student_id == self.school.ids[forename])
            return list(session.exec(query.order_by(col(DestinationFact.id))))

    def rows(self, model: type[Row]) -> list[Row]:
        with database.reading(self.engine) as session:
            return list(session.exec(select(model).order_by(text("id"))))

    def alerts(self) -> list[Delivery]:
        return [row for row in self.rows(Delivery) if row.message_class is MessageClass.STAFF]
