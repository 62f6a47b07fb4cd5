"""Occasions that staff hold or cancelled for a whole cohort: it binds whoever joins later, too."""

from dataclasses import dataclass

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, select

from surveybot.records.database import word_column
from surveybot.records.plan.planned import PlannedState


@dataclass(frozen=True, slots=True)
class Occasion:
    """One survey of a cohort's plan at one of its times; who repeats a year has it under the same step."""

    survey: str
    destination_year: int
    step: str  # of reference/check_in_plan.toml

    @classmethod
    def of(cls, survey: str, destination_year: int, step: str) -> "Occasion":
        """The occasion of a row; a repeated year has its summer behind the step."""
        return cls(survey, destination_year, step.partition("~")[0])


class SteeredOccasion(SQLModel, table=True):
    """One row for each occasion that is held or cancelled; letting it go takes the row away."""

    __tablename__ = "steered_occasion"
    __table_args__ = (UniqueConstraint("cohort_id", "survey", "destination_year", "step"),)

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id")
    cohort_id: int = Field(foreign_key="planned_cohort.id")
    survey: str = Field(max_length=60)
    destination_year: int
    step: str = Field(max_length=30)  # of reference/check_in_plan.toml
    state: PlannedState = Field(sa_type=word_column(PlannedState))
    reason: str = Field(default="", max_length=200)
    changed_by: str = Field(default="", max_length=254)  # a staff email, or "command"


def steered_occasions(session: Session, cohort_id: int) -> dict[Occasion, SteeredOccasion]:
    """What staff hold or cancelled of a cohort's plan for everybody."""
    rows = session.exec(select(SteeredOccasion).where(SteeredOccasion.cohort_id == cohort_id))
    return {Occasion(row.survey, row.destination_year, row.step): row for row in rows}
