"""Rounds that the plan opens: who is invited already, and which reminders are to come."""

from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from surveybot.records.invitations import Invitation
from surveybot.records.planned import PlannedReminder
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
