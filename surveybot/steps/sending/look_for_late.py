"""Whether messages wait longer than they should: alarms go by age, a full queue alone is none."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from surveybot.records.delivery.late_messages import in_doubt_since, waiting_since

LONGEST_WAIT = timedelta(minutes=15)
LONGEST_DOUBT = timedelta(hours=1)
"""By then the bot has asked the provider twice, or sent an email once more."""


@dataclass(frozen=True, slots=True)
class Late:
    """The oldest message of each kind that stands too long; None where there is none."""

    waiting_since: datetime | None
    in_doubt_since: datetime | None


def look_for_late(session: Session, *, now: datetime, school_id: int | None = None) -> Late:
    """At one school, or at all of them."""
    return Late(
        waiting_since(session, due_before=now - LONGEST_WAIT, school_id=school_id),
        in_doubt_since(session, composed_before=now - LONGEST_DOUBT, school_id=school_id),
    )
