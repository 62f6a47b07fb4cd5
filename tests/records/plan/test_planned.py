"""What is due is found by partial indexes, however many rows are planned."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from surveybot.records import database
from surveybot.records.plan.plan_rows import add_planned
from surveybot.records.plan.planned import (
    PlannedCohort,
    PlannedOccurrence,
    PlannedState,
    cohorts_due,
    schools_to_remind,
)
from tests.conftest import SmallSchool
from tests.statements import noted

NOW = datetime(2026, 9, 7, 8, tzinfo=UTC)


def planned(
    school: SmallSchool, cohort_id: int, student_id: int, year: int, **changed: Any
) -> dict[str, Any]:
    return {
        "cohort_id": cohort_id,
        "school_id": school.id,
        "student_id": student_id,
        "survey": "check-in-november",
        "destination_year": year,
        "step": "november",
        "leaving": 2027,
        "due_at": NOW + timedelta(days=year),
        "state": PlannedState.PLANNED,
        "channel": None,
        "reason": "",
        "changed_by": "",
        "round_id": None,
        "settled_at": None,
        **changed,
    }


@pytest.fixture
def cohort_id(engine: Engine, school: SmallSchool) -> int:
    with database.writing(engine) as session:
        row = PlannedCohort(
            school_id=school.id, leaving=2027, year_group=11, started_at=NOW, next_look_at=NOW
        )
        session.add(row)
        session.flush()
        assert row.id is not None
        ids = list(school.ids.values())
        rows = [planned(school, row.id, ids[n % 12], n // 12 + 1) for n in range(6_000)]
        session.execute(insert(PlannedOccurrence), rows)
        return row.id


def plans_of(engine: Engine, query: Any) -> str:
    """How the database would find what a query asks for."""
    with noted() as seen, database.writing(engine) as session:
        query(session)
    statement, parameters = seen[-1]
    explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("ANALYZE planned_occurrence"))
            connection.execute(text("SET enable_seqscan = off"))
        rows = connection.exec_driver_sql(explain + statement, parameters)
        return "\n".join(str(row) for row in rows)


def test_what_is_due_is_found_by_the_partial_index(engine: Engine, cohort_id: int) -> None:
    assert "ix_planned_due" in plans_of(engine, lambda s: cohorts_due(s, now=NOW, limit=10))
    ahead = timedelta(days=1)
    assert "ix_planned_reminder_due" in plans_of(engine, lambda s: schools_to_remind(s, now=NOW, ahead=ahead))


def test_a_cohort_is_due_when_a_row_is_and_not_before(engine: Engine, cohort_id: int) -> None:
    with database.reading(engine) as session:
        assert cohorts_due(session, now=NOW, limit=10) == []
        assert cohorts_due(session, now=NOW + timedelta(days=1), limit=10) == [cohort_id]


def test_an_occurrence_stands_once_whoever_adds_it(
    engine: Engine, cohort_id: int, school: SmallSchool
) -> None:
    again = planned(school, cohort_id, school.ids["Amira"], 1)
    with database.writing(engine) as session:
        add_planned(session, [again])
    with pytest.raises(IntegrityError), database.writing(engine) as session:
        session.execute(insert(PlannedOccurrence), [again])
