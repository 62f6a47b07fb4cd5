"""Hold, cancel or let go what is planned: one person's row, a reminder, or an occasion of a whole cohort."""

from collections.abc import Iterable, Sequence

from sqlmodel import Session

from surveybot.records.plan.planned import (
    TO_COME,
    PlannedCohort,
    PlannedOccurrence,
    PlannedReminder,
    PlannedState,
)
from surveybot.records.plan.planned_rounds import occasion_rows
from surveybot.records.plan.steered_occasions import Occasion, SteeredOccasion, steered_occasions
from surveybot.records.round.tutor_rounds import PlannedTutorRound, planned_tutor_occasion
from surveybot.rules.plan.check_in_plan import CheckIn, Path
from surveybot.steps.round.set_reminders import mark_last

Steered = PlannedOccurrence | PlannedTutorRound

ACTIONS = {"hold": PlannedState.HELD, "cancel": PlannedState.CANCELLED, "resume": PlannedState.PLANNED}
FROM = {
    "hold": TO_COME,
    "cancel": (*TO_COME, PlannedState.HELD),
    "resume": (PlannedState.HELD, PlannedState.CANCELLED),
}


class NoReason(ValueError):
    """Whoever holds or cancels says why: the next person wants to know."""


def steer_rows(session: Session, rows: Iterable[Steered], action: str, *, reason: str, by: str) -> int:
    """Change the rows that this action fits, and say how many; what was asked already is asked."""
    reason = _said(action, reason)
    changed = 0
    for row in rows:
        if row.settled_at is None:
            changed += _steer(session, row, action, reason, by)
    return changed


def steer_occasion(
    session: Session,
    cohort: PlannedCohort,
    check_in: CheckIn,
    destination_year: int,
    action: str,
    *,
    reason: str,
    by: str,
) -> int:
    """Change everybody's row of one occasion, and of whoever joins later; how many rows were changed."""
    assert cohort.id is not None
    occasion = Occasion(check_in.survey, destination_year, check_in.step)
    rows: Sequence[Steered] = (
        planned_tutor_occasion(session, cohort.id, occasion)
        if check_in.path is Path.TUTORS
        else occasion_rows(session, cohort.id, occasion)
    )
    changed = steer_rows(session, rows, action, reason=reason, by=by)
    standing = steered_occasions(session, cohort.id).get(occasion)
    if action == "resume":
        if standing is not None:
            session.delete(standing)
        return changed
    standing = standing or SteeredOccasion(
        school_id=cohort.school_id,
        cohort_id=cohort.id,
        survey=occasion.survey,
        destination_year=occasion.destination_year,
        step=occasion.step,
        state=ACTIONS[action],
    )
    standing.state, standing.reason, standing.changed_by = ACTIONS[action], _said(action, reason), by
    session.add(standing)
    return changed


def steer_reminder(session: Session, row: PlannedReminder, action: str, *, reason: str, by: str) -> int:
    """One reminder of a round; where the last one is cancelled, the one before it is the last."""
    changed = _steer(session, row, action, _said(action, reason), by)
    mark_last(session, row.round_id)
    return changed


def _said(action: str, reason: str) -> str:
    """What staff wrote, as it is kept; NoReason where they wrote nothing."""
    reason = " ".join(reason.split())[:200]
    if action != "resume" and not reason:
        raise NoReason
    return "" if action == "resume" else reason


def _steer(session: Session, row: Steered | PlannedReminder, action: str, reason: str, by: str) -> int:
    if row.state not in FROM[action]:
        return 0
    row.state, row.reason, row.changed_by = ACTIONS[action], reason, by
    session.add(row)
    return 1
