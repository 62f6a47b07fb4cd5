"""How long planning takes for 100 schools, and a tick that has nothing to do beside a million planned rows.

`python -m tests.bench.planning [--rows 1000000] [--database-url URL]`; figures go to var/bench/planning.json.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import insert
from sqlalchemy.engine import Engine
from sqlmodel import Session, select

from surveybot.catalogue import load_catalogue
from surveybot.records import database, every_table, migrations  # noqa: F401
from surveybot.records.consents import ConsentEvent
from surveybot.records.invitations import LinkMedium
from surveybot.records.planned import PlannedCohort, PlannedOccurrence, PlannedState
from surveybot.records.roster import Leaving, Route, Student
from surveybot.records.schools import School
from surveybot.rules.channels import Channel, RouteKind, RouteOwner
from surveybot.rules.consent import Actor, Decision, Purpose
from surveybot.steps.open_due import look_at
from surveybot.steps.plan_check_ins import start_cohort
from surveybot.worker import look_ahead

NOW = datetime(2026, 9, 7, 8, tzinfo=UTC)
PLAN_SECONDS, IDLE_SECONDS = 60.0, 0.020


def people(school_id: int, first: int, count: int) -> Iterator[dict[str, Any]]:
    for number in range(first, first + count):
        yield {
            "id": number,
            "code": f"S-{number:06d}",
            "school_id": school_id,
            "surname": f"Made-up{number}",
            "forename": "Sam",
            "date_of_birth": date(2010, 9, 1) + timedelta(days=number % 365),
            "year_group": 11,
            "tutor_group": f"11{'ABCDEFG'[number % 7]}",
            "created_at": NOW,
            "changed_at": NOW,
        }


def build(session: Session, *, schools: int, leavers: int) -> None:
    for school in range(1, schools + 1):
        session.add(School(id=school, urn=f"{100000 + school}", name=f"School {school}", created_at=NOW))
    session.flush()
    for school in range(1, schools + 1):
        first = (school - 1) * leavers + 1
        ids = range(first, first + leavers)
        base = {"school_id": school}
        session.execute(insert(Student), list(people(school, first, leavers)))
        session.execute(
            insert(Leaving), [{**base, "student_id": n, "year_group": 11, "summer": 2027} for n in ids]
        )
        session.execute(insert(Route), [{**base, **route(n)} for n in ids])
        session.execute(insert(ConsentEvent), [{**base, **consent(n)} for n in ids if n % 3])


def route(number: int) -> dict[str, Any]:
    return {
        "student_id": number,
        "owner": RouteOwner.STUDENT,
        "kind": RouteKind.MOBILE,
        "channel": Channel.SMS,
        "address": f"+447700{900000 + number % 1000}",
        "changed_at": NOW,
    }


def consent(number: int) -> dict[str, Any]:
    return {
        "student_id": number,
        "purpose": Purpose.CONTACT_AFTER_LEAVING,
        "decision": Decision.GRANTED,
        "actor": Actor.SELF,
        "age_on_day": 15,
        "wording": "test",
        "wording_sha256": "0" * 64,
        "channel": LinkMedium.PAPER,
        "at": NOW,
    }


def plan_all(engine: Engine) -> float:
    """Set up and plan every school's cohort, as the worker does; the seconds it took."""
    began = time.perf_counter()
    with database.reading(engine) as session:
        schools = list(session.exec(select(School.id)))
    for school_id in schools:
        with database.writing(engine) as session:
            school = session.get_one(School, school_id)
            row = start_cohort(session, school, leaving=2027, year_group=11, started_by="bench", now=NOW)
            assert row.id is not None
            look_at(session, row.id, load_catalogue(), now=NOW)
    return time.perf_counter() - began


def fill_up(engine: Engine, rows: int) -> None:
    """Copies of what is planned, each of a far year, until there are so many."""
    with database.reading(engine) as session:
        stored = [row.model_dump() for row in session.exec(select(PlannedOccurrence))]
        have = len(stored)
    far = [row for row in stored if row["state"] is PlannedState.PLANNED]
    for copy in range(1, 100):
        if have >= rows:
            return
        batch = [{**row, "destination_year": 100 + copy * 10 + row["destination_year"]} for row in far]
        batch = [{k: v for k, v in row.items() if k != "id"} for row in batch[: rows - have]]
        with database.writing(engine) as session:
            session.execute(insert(PlannedOccurrence), batch)
        have += len(batch)


def idle_seconds(engine: Engine, *, times: int = 50) -> float:
    """The middle time of a look ahead that finds nothing due."""
    with database.writing(engine) as session:
        for row in session.exec(select(PlannedCohort)):
            row.next_look_at = NOW + timedelta(hours=1)
            session.add(row)
    took = []
    for _ in range(times):
        began = time.perf_counter()
        assert look_ahead(engine, load_catalogue(), now=NOW + timedelta(minutes=1)) == 0
        took.append(time.perf_counter() - began)
    return median(took)


def measure(url: str, *, schools: int, leavers: int, rows: int) -> dict[str, Any]:
    engine = database.make_engine(url)
    migrations.upgrade(engine)
    with database.writing(engine) as session:
        build(session, schools=schools, leavers=leavers)
    seconds = plan_all(engine)
    with database.reading(engine) as session:
        planned = len(session.exec(select(PlannedOccurrence.id)).all())
    fill_up(engine, rows)
    idle = idle_seconds(engine)
    engine.dispose()
    return {
        "database": url.partition(":")[0],
        "schools": schools,
        "leavers": leavers,
        "rows_planned": planned,
        "plan_seconds": round(seconds, 2),
        "rows": rows,
        "idle_ms": round(idle * 1000, 2),
        "ok": seconds < PLAN_SECONDS and idle < IDLE_SECONDS,
    }


def main() -> None:
    read = argparse.ArgumentParser()
    read.add_argument("--rows", type=int, default=1_000_000)
    read.add_argument("--database-url", required=True)
    words = read.parse_args()
    figures = measure(words.database_url, schools=100, leavers=200, rows=words.rows)
    out = Path("var/bench")
    out.mkdir(parents=True, exist_ok=True)
    (out / f"planning-{figures['database'].partition('+')[0]}.json").write_text(json.dumps(figures, indent=2))
    print(json.dumps(figures, indent=2))
    sys.exit(0 if figures["ok"] else 1)


if __name__ == "__main__":
    main()
