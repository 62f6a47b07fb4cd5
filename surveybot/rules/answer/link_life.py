"""How long a survey link answers: until its round closes, and sixty days more, marked late."""

from datetime import datetime, timedelta
from enum import StrEnum

from surveybot.rules.roster.people import StudentState

LATE_FOR = timedelta(days=60)


class LinkLife(StrEnum):
    SEALED = "sealed"  # the round opens later; nothing is asked or taken before
    GOOD = "good"
    LATE = "late"  # the round has closed; an answer is still taken
    CLOSED = "closed"  # the round closed too long ago
    OLD = "old"  # this link no longer counts, but a new one would
    ENDED = "ended"  # nobody is asked any more


def life_of_link(
    *,
    revoked: bool,
    round_closed: bool,
    opens_at: datetime,
    closes_at: datetime,
    state: StudentState,
    now: datetime,
) -> LinkLife:
    """What a survey link may still do; for somebody who has died, nothing."""
    if state is StudentState.DECEASED:
        return LinkLife.ENDED
    if now >= closes_at + LATE_FOR:
        return LinkLife.CLOSED
    if revoked:
        return LinkLife.OLD
    if now < opens_at and not round_closed:
        return LinkLife.SEALED
    return LinkLife.LATE if round_closed or now >= closes_at else LinkLife.GOOD
