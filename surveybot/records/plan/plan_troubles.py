"""Plans that fail: one row for each part that is put aside, until it works again.

A part is a cohort's plan, or the reminders of a school. While one rests, all others go on.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Field, Session, SQLModel, UniqueConstraint, col, delete, func, select

from surveybot.records.database import UTCDateTime
from surveybot.records.plan.planned import PlannedCohort

REMINDERS = 0
"""In place of a cohort's number: the reminders of a school, of whichever cohort."""


class PlanTrouble(SQLModel, table=True):
    __tablename__ = "plan_trouble"
    __table_args__ = (UniqueConstraint("school_id", "cohort_id"),)

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id")
    cohort_id: int = REMINDERS
    tries: int = 0
    error: str = Field(default="", max_length=120)  # its kind and place: its text may quote somebody's data
    since: datetime = Field(sa_type=UTCDateTime)
    try_again_at: datetime = Field(sa_type=UTCDateTime)


def find_trouble(session: Session, school_id: int, cohort_id: int) -> PlanTrouble | None:
    query = select(PlanTrouble).where(PlanTrouble.school_id == school_id, PlanTrouble.cohort_id == cohort_id)
    return session.exec(query).one_or_none()


def all_troubles(session: Session) -> list[PlanTrouble]:
    """Few at any time, longest standing first."""
    return list(session.exec(select(PlanTrouble).order_by(col(PlanTrouble.since))))


def end_trouble(session: Session, school_id: int, cohort_id: int) -> None:
    session.execute(
        delete(PlanTrouble).where(
            col(PlanTrouble.school_id) == school_id, col(PlanTrouble.cohort_id) == cohort_id
        )
    )


def troubled_cohorts(
    session: Session, school_id: int, *, least_tries: int
) -> Sequence[tuple[int, int] | None]:
    """Year group and summer of a school's cohorts whose plan fails; None stands for its reminders."""
    query = (
        select(PlanTrouble.cohort_id, PlannedCohort.year_group, PlannedCohort.leaving)
        .join(PlannedCohort, col(PlannedCohort.id) == PlanTrouble.cohort_id, isouter=True)
        .where(PlanTrouble.school_id == school_id, PlanTrouble.tries >= least_tries)
        .order_by(col(PlanTrouble.since))
    )
    return [(year, summer) if cohort else None for cohort, year, summer in session.exec(query)]


def count_troubles(session: Session) -> int:
    return session.exec(select(func.count()).select_from(PlanTrouble)).one()
