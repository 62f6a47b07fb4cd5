"""Hold, cancel or let go what is planned: one person's row, or an occasion of the whole cohort."""

from collections.abc import Iterable

from sqlmodel import Session

from surveybot.records.planned import TO_COME, PlannedOccurrence, PlannedState
from surveybot.records.tutor_rounds import PlannedTutorRound

ACTIONS = {"hold": PlannedState.HELD, "cancel": PlannedState.CANCELLED, "resume": PlannedState.PLANNED}
FROM = {
    "hold": TO_COME,
    "cancel": (*TO_COME, PlannedState.HELD),
    "resume": (PlannedState.HELD, PlannedState.CANCELLED),
}


class NoReason(ValueError):
    """Whoever holds or cancels says why: the next person wants to know."""


def steer_rows(
    session: Session,
    rows: Iterable[PlannedOccurrence | PlannedTutorRound],
    action: str,
    *,
    reason: str,
    by: str,
) -> int:
    """Change the rows that this action fits, and say how many; what was asked already is asked."""
    reason = " ".join(reason.split())[:200]
    if action != "resume" and not reason:
        raise NoReason
    changed = 0
    for row in rows:
        if row.settled_at is None and row.state in FROM[action]:
            row.state, row.changed_by = ACTIONS[action], by
            row.reason = "" if action == "resume" else reason
            session.add(row)
            changed += 1
    return changed
