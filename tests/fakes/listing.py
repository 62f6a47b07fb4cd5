"""A provider that can be asked what it texted, and texts nothing."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.engine import Engine

from surveybot.records import database
from surveybot.records.delivery.deliveries import Delivery
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import DeliveryState, MessageClass
from surveybot.senders.base import CannotSay, Found, Message, Senders
from surveybot.steps.sending.reconcile import reconcile
from tests.conftest import NOW, SmallSchool

EARLIER = NOW - timedelta(hours=4)


class Listing:
    """What it lists is all; each id that it is asked for stands as delivered, or is forgotten."""

    threads = 1

    def __init__(self, listed: list[Found]) -> None:
        self.listed, self.asked, self.silent = listed, 0, False
        self.forgotten: set[str] = set()

    def taken_between(self, since: object, until: object) -> list[Found]:
        self.asked += 1
        if self.silent:
            raise CannotSay
        return self.listed

    def taken_for(self, to: str, *, since: object) -> list[Found]:
        raise NotImplementedError

    def look_up(self, provider_id: str) -> Found | None:
        if provider_id in self.forgotten:
            return None
        return Found(provider_id, "delivered", "", "", NOW, "")

    def send(self, message: Message, renew: object = None) -> object:
        raise NotImplementedError

    def close(self) -> None:
        pass


def text(engine: Engine, school: SmallSchool, forename: str, state: DeliveryState) -> Found:
    """A text of four hours ago to a student, and how its provider lists it: sent."""
    sid, words = f"SM-{forename}", f"A question for {forename}"
    with database.writing(engine) as session:
        session.add(
            Delivery(
                dedupe_key=sid,
                school_id=school.id,
                student_id=school.ids[forename],
                message_class=MessageClass.ASK,
                template="after-mocks",
                channel=Channel.SMS,
                due_at=EARLIER,
                next_at=EARLIER,
                created_at=EARLIER,
                composed_at=EARLIER,
                accepted_at=EARLIER,
                state=state,
                provider_id=sid,
                provider_status="sent",
                fence=1,
                to_address="+447700900101",
                body_text=words,
            )
        )
    return Found(sid, "sent", "", words, EARLIER, "+447700900101")


def compare(engine: Engine, listed: Sequence[Found], *, forgotten: Sequence[str] = ()) -> None:
    provider = Listing(list(listed))
    provider.forgotten.update(forgotten)
    reconcile(engine, Senders(sms=provider), now=NOW)  # type: ignore[arg-type]
