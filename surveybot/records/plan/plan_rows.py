"""The rows of a cohort's plan, many at once: read without the weight of objects, and written in few trips."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, or_, select, update
from sqlmodel import Session, SQLModel, col

from surveybot.records.new_rows import add_rows
from surveybot.records.plan.planned import SINGLE, PlannedOccurrence, PlannedState
from surveybot.rules.delivery.channels import Channel


class StandingRow(NamedTuple):
    """What a new plan is compared with, without the weight of a row that could be changed."""

    id: int
    cohort_id: int
    student_id: int
    survey: str
    destination_year: int
    step: str
    leaving: int
    due_at: datetime
    state: PlannedState
    channel: Channel | None
    reason: str
    settled_at: datetime | None


def rows_of_students(session: Session, cohort_id: int, ids: Collection[int]) -> list[StandingRow]:
    """All that is planned for these students, in whichever cohort, and what a cohort holds for others."""
    table = SQLModel.metadata.tables["planned_occurrence"]
    query = (
        select(*(table.c[name] for name in StandingRow._fields))
        .where(or_(table.c.cohort_id == cohort_id, table.c.student_id.in_(ids)))
        .order_by(table.c.id)
    )
    return [StandingRow._make(row) for row in session.connection().execute(query)]


def add_planned(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows to come; one that stands already, by whomever it was added, stays."""
    if rows:
        add_rows(session, "planned_occurrence", rows, single=SINGLE)


def change_planned(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write changed columns of many rows, each by its id."""
    if rows:
        session.execute(update(PlannedOccurrence), rows)


def drop_planned(session: Session, ids: Collection[int]) -> None:
    """Take rows to come away that belong to the plan no longer."""
    if ids:
        session.execute(
            delete(PlannedOccurrence)
            .where(col(PlannedOccurrence.id).in_(ids), col(PlannedOccurrence.settled_at).is_(None))
            .execution_options(synchronize_session=False)
        )
