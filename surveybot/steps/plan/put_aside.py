"""Put a plan that fails aside, so that it holds up nobody else's; tell those who lead; try again later."""

import traceback
from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import Session

from surveybot.records.plan.plan_troubles import PlanTrouble, find_trouble
from surveybot.steps.staff.tell_leaders import tell_leaders

TRY_AGAIN = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=20), timedelta(hours=1))
TELL_AFTER = 2
"""The first failure may be a hiccup of the machine; of the second people hear."""

TEMPLATE = "alert-plan"
HERE = Path(__file__).parents[1]


def put_aside(
    session: Session, school_id: int, cohort_id: int, error: Exception, *, now: datetime
) -> PlanTrouble:
    """Let it rest, longer with each failure in a row, up to an hour."""
    row = find_trouble(session, school_id, cohort_id) or PlanTrouble(
        school_id=school_id, cohort_id=cohort_id, since=now, try_again_at=now
    )
    row.try_again_at = now + TRY_AGAIN[min(row.tries, len(TRY_AGAIN) - 1)]
    row.tries, row.error = row.tries + 1, where(error)
    session.add(row)
    session.flush()
    if row.tries == TELL_AFTER:
        key = f"{row.id}:{row.since:%Y%m%d%H%M%S}"
        tell_leaders(session, [school_id], template=TEMPLATE, key=key, page="/staff/", now=now)
    return row


def where(error: Exception) -> str:
    """The kind of an error and its place in our code, without its text, which may quote somebody's data."""
    ours = [one for one in traceback.extract_tb(error.__traceback__) if HERE in Path(one.filename).parents]
    place = f" in {ours[-1].name}, {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    return f"{type(error).__name__}{place}"[:120]
