"""What the charts of a cohort are drawn from: each question is one query, however many people there are."""

from dataclasses import dataclass

from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from surveybot.records.destination.destinations import DestinationFact
from surveybot.records.roster.students import Leaving, Student
from surveybot.records.round.invitations import Audience, Invitation
from surveybot.records.round.rounds import Round
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.destination.destinations import FactKind
from surveybot.rules.report.cohort_charts import Told


@dataclass(frozen=True, slots=True)
class GroupCount:
    group: str
    people: int
    invitations: int
    answered: int


def _members(school_id: int, leaving: int, year_group: int) -> SelectOfScalar[int]:
    return select(Leaving.student_id).where(
        Leaving.school_id == school_id, Leaving.summer == leaving, Leaving.year_group == year_group
    )


def told_by_cohort(session: Session, school_id: int, *, leaving: int, year_group: int) -> list[Told]:
    """Every first choice and destination that was learnt about a cohort, oldest first."""
    query = (
        select(
            DestinationFact.student_id,
            DestinationFact.kind,
            DestinationFact.destination,
            DestinationFact.ascertained_at,
        )
        .where(
            col(DestinationFact.student_id).in_(_members(school_id, leaving, year_group)),
            col(DestinationFact.kind).in_((FactKind.INTENDED, FactKind.ACTUAL)),
            DestinationFact.preference == 1,
        )
        .order_by(col(DestinationFact.ascertained_at), col(DestinationFact.id))
    )
    found = session.exec(query)
    return [Told(student, FactKind(kind), to, london_date(at)) for student, kind, to, at in found]


def rounds_of_cohort(
    session: Session, school_id: int, *, leaving: int, year_group: int
) -> list[tuple[Round, int, int]]:
    """The cohort's rounds for students, oldest first, with how many belong to it and how many answered."""
    query = (
        select(Round, func.count(), func.count(col(Invitation.answered_at)))
        .join(Invitation, col(Invitation.round_id) == Round.id)
        .where(
            Round.school_id == school_id,
            Round.leaving == leaving,
            Round.year_group == year_group,
            Invitation.audience == Audience.STUDENT,
        )
        .group_by(col(Round.id))
        .order_by(col(Round.opens_at), col(Round.id))
    )
    return [(row, people, answered) for row, people, answered in session.exec(query)]


def response_by_group(session: Session, school_id: int, *, leaving: int, year_group: int) -> list[GroupCount]:
    """How many invitations each tutor group has in all rounds of a cohort, and how many were answered."""
    query = (
        select(
            Student.tutor_group,
            func.count(col(Student.id).distinct()),
            func.count(),
            func.count(col(Invitation.answered_at)),
        )
        .join(Invitation, col(Invitation.student_id) == Student.id)
        .join(Round, col(Round.id) == Invitation.round_id)
        .where(
            Round.school_id == school_id,
            Round.leaving == leaving,
            Round.year_group == year_group,
            Invitation.audience == Audience.STUDENT,
        )
        .group_by(col(Student.tutor_group))
        .order_by(col(Student.tutor_group))
    )
    return [GroupCount(*row) for row in session.exec(query)]
