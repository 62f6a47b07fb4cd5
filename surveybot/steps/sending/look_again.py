"""The last look at a message, just before its own wire call: the claim it came in may be a while ago.

One small query says whether anything has changed that its going rested on. Only where something has, or where
the hours of its claim are over, is it decided anew, by the same rules as in the claim.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Engine

from surveybot.catalogue import Catalogue
from surveybot.config import Settings
from surveybot.records import database
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.delivery.last_look import grounds_now
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.rules.delivery.may_ask import Skip
from surveybot.senders.base import LeaseLost
from surveybot.steps.sending.claim import Claimed
from surveybot.steps.sending.decide import Doorkeeper, Go, Hold, Later, Never
from surveybot.steps.sending.gather import gather


@dataclass(frozen=True, slots=True)
class LastLook:
    engine: Engine
    catalogue: Catalogue
    settings: Settings

    def at(self, claimed: Claimed, now: datetime) -> Later | Hold | Never | None:
        """None: it may go, as it was written. Raises LeaseLost where it is not ours, or nobody can say."""
        try:
            grounds = grounds_now(self.engine, claimed.message.delivery_id)
            still_holds = claimed.holds_until is None or now < claimed.holds_until
            if grounds == claimed.grounds and still_holds:
                return None
            return self._decide_anew(claimed, now)
        except LeaseLost:
            raise
        except Exception as error:  # what cannot be read stops
            raise LeaseLost("nobody can look") from error

    def _decide_anew(self, claimed: Claimed, now: datetime) -> Later | Hold | Never | None:
        with database.reading(self.engine) as session:
            row = session.get(Delivery, claimed.message.delivery_id)
            if row is None or (row.fence, row.state) != (claimed.fence, DeliveryState.DISPATCHING):
                raise LeaseLost("somebody else has it")
            batch = gather(session, [row], on=london_date(now))
            verdict = Doorkeeper.of(session, batch, self.catalogue, self.settings, now=now).decide(row)
        if not isinstance(verdict, Go):
            return verdict
        # Another address now: it is written anew for that one.
        return None if verdict.address == claimed.message.to else Later(now, Skip.NO_ROUTE)
