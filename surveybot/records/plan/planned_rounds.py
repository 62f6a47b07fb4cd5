"""Rounds that the plan opens: who is invited already, and which reminders are to come."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, func, or_, select

from surveybot.records.plan.planned import PlannedOccurrence, PlannedReminder
from surveybot.records.plan.steered_occasions import Occasion
from surveybot.records.round.invitations import Invitation
from surveybot.records.round.rounds import Round, RoundState
from surveybot.rules.delivery.channels import Channel


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


def invite_after_all(
    session: Session, round_id: int, channels: Mapping[int, Channel | None]
) -> dict[int, int]:
    """Turn those who were left out of a round into invited ones, by student; their invitations' numbers.

    Nothing changes of whoever was invited already.
    """
    left_out = select(Invitation).where(
        Invitation.round_id == round_id,
        col(Invitation.student_id).in_(channels),
        col(Invitation.skipped).is_not(None),
    )
    found = {}
    for row in session.exec(left_out):
        row.channel, row.skipped = channels[row.student_id], None
        session.add(row)
        found[row.student_id] = row.id or 0
    return found


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


def steps_of_rounds(session: Session, round_ids: Collection[int]) -> dict[int, str]:
    """The step of the plan that opened each of these rounds; those opened by hand are left out."""
    query = (
        select(PlannedOccurrence.round_id, PlannedOccurrence.step)
        .where(col(PlannedOccurrence.round_id).in_(round_ids))
        .distinct()
    )
    return {number: step.partition("~")[0] for number, step in session.exec(query) if number is not None}


def occasion_rows(session: Session, cohort_id: int, occasion: Occasion) -> list[PlannedOccurrence]:
    """The rows of one occasion of a cohort that nobody has settled yet, also of who repeats the year."""
    step = col(PlannedOccurrence.step)
    query = select(PlannedOccurrence).where(
        PlannedOccurrence.cohort_id == cohort_id,
        PlannedOccurrence.survey == occasion.survey,
        or_(step == occasion.step, step.startswith(f"{occasion.step}~", autoescape=True)),
        PlannedOccurrence.destination_year == occasion.destination_year,
        col(PlannedOccurrence.settled_at).is_(None),
    )
    return list(session.exec(query.order_by(col(PlannedOccurrence.id))))


def years_of_step(session: Session, cohort_id: int, survey: str, step: str) -> set[int]:
    """The destination years in which a cohort has a step; the last ones depend on the person."""
    query = select(PlannedOccurrence.destination_year).where(
        PlannedOccurrence.cohort_id == cohort_id,
        PlannedOccurrence.survey == survey,
        PlannedOccurrence.step == step,
    )
    return set(session.exec(query.distinct()))


def planned_row(session: Session, school_id: int, row_id: int) -> PlannedOccurrence | None:
    row = session.get(PlannedOccurrence, row_id)
    return row if row is not None and row.school_id == school_id else None


def planned_reminder(session: Session, school_id: int, number: int) -> tuple[PlannedReminder, Round] | None:
    """A school's reminder that is still to come or was stopped, with its round."""
    query = (
        select(PlannedReminder, Round)
        .join(Round, col(Round.id) == PlannedReminder.round_id)
        .where(PlannedReminder.id == number, PlannedReminder.school_id == school_id)
    )
    return session.exec(query).one_or_none()


def round_codes(session: Session, ids: Collection[int]) -> dict[int, str]:
    """The codes of rounds, by number."""
    rows = session.exec(select(Round.id, Round.code).where(col(Round.id).in_(ids)))
    return {number: code for number, code in rows if number is not None}


def reminders_of(session: Session, round_id: int) -> dict[int, PlannedReminder]:
    """What was ever planned for a round, by its number, first first."""
    query = select(PlannedReminder).where(PlannedReminder.round_id == round_id)
    return {one.number: one for one in session.exec(query.order_by(col(PlannedReminder.number)))}
