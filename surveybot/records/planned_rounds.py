"""Rounds that the plan opens: who is invited already, and which reminders are to come."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from surveybot.records.invitations import Invitation
from surveybot.records.planned import PlannedOccurrence, PlannedReminder
from surveybot.records.rounds import Round, RoundState


@dataclass(frozen=True, slots=True)
class PlannedRound:
    """A survey asked of a cohort, whether by one round or by several of tutor groups."""

    school_id: int
    survey: str
    leaving: int
    year_group: int

    @classmethod
    def of(cls, row: Round) -> "PlannedRound":
        return cls(row.school_id, row.survey, row.leaving, row.year_group)


def invited_to(session: Session, planned: PlannedRound) -> set[int]:
    """The students who stand in a running round of this survey and cohort, asked or left out."""
    query = (
        select(Invitation.student_id)
        .join(Round, col(Round.id) == Invitation.round_id)
        .where(
            Round.school_id == planned.school_id,
            Round.survey == planned.survey,
            Round.leaving == planned.leaving,
            Round.year_group == planned.year_group,
            Round.state != RoundState.CLOSED,
        )
    )
    return set(session.exec(query))


def reminders_to_come(session: Session, round_id: int) -> int:
    """How many reminders were ever planned for this round."""
    query = select(func.count()).select_from(PlannedReminder).where(PlannedReminder.round_id == round_id)
    return session.exec(query).one()


def rows_by_student(
    session: Session, ids: Collection[int]
) -> dict[int, dict[tuple[str, int, str], PlannedOccurrence]]:
    """What is stored for many students: by student, then by survey, destination year and step."""
    found: dict[int, dict[tuple[str, int, str], PlannedOccurrence]] = {}
    for row in session.exec(select(PlannedOccurrence).where(col(PlannedOccurrence.student_id).in_(ids))):
        found.setdefault(row.student_id, {})[row.survey, row.destination_year, row.step] = row
    return found


def reminders_of_cohort(session: Session, cohort_id: int) -> list[PlannedReminder]:
    """The reminders of every round that this cohort's plan opened, by time."""
    rounds = (
        select(PlannedOccurrence.round_id)
        .where(PlannedOccurrence.cohort_id == cohort_id, col(PlannedOccurrence.round_id).is_not(None))
        .distinct()
    )
    query = select(PlannedReminder).where(col(PlannedReminder.round_id).in_(rounds))
    return list(session.exec(query.order_by(col(PlannedReminder.due_at), col(PlannedReminder.id))))


def occasion_rows(
    session: Session, school_id: int, *, leaving: int, survey: str, step: str, destination_year: int
) -> list[PlannedOccurrence]:
    """The rows of one occasion of a cohort that nobody has settled yet."""
    query = select(PlannedOccurrence).where(
        PlannedOccurrence.school_id == school_id,
        PlannedOccurrence.leaving == leaving,
        PlannedOccurrence.survey == survey,
        PlannedOccurrence.step == step,
        PlannedOccurrence.destination_year == destination_year,
        col(PlannedOccurrence.settled_at).is_(None),
    )
    return list(session.exec(query.order_by(col(PlannedOccurrence.id))))


def planned_row(session: Session, school_id: int, row_id: int) -> PlannedOccurrence | None:
    row = session.get(PlannedOccurrence, row_id)
    return row if row is not None and row.school_id == school_id else None


def round_codes(session: Session, ids: Collection[int]) -> dict[int, str]:
    """The codes of rounds, by number."""
    rows = session.exec(select(Round.id, Round.code).where(col(Round.id).in_(ids)))
    return {number: code for number, code in rows if number is not None}


def reminders_of(session: Session, round_id: int) -> dict[int, PlannedReminder]:
    """What was ever planned for a round, by its number, first first."""
    query = select(PlannedReminder).where(PlannedReminder.round_id == round_id)
    return {one.number: one for one in session.exec(query.order_by(col(PlannedReminder.number)))}
