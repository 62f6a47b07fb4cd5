"""How long planning takes for 100 schools, and a tick that has nothing to do beside a million planned rows.

Part of `make bench`; alone by `python -m tests.bench --part planning [--only sqlite|postgresql]`.
"""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import func, insert, literal, select
from sqlalchemy.engine import Engine
from sqlmodel import Session, SQLModel, col

from surveybot.catalogue import load_catalogue
from surveybot.config import Outbound, Settings
from surveybot.links import LinkSigner
from surveybot.records import database
from surveybot.records.answer.consents import ConsentEvent
from surveybot.records.plan.planned import PlannedCohort, PlannedOccurrence, PlannedState
from surveybot.records.roster.students import Leaving, Route, Student
from surveybot.records.round.invitations import LinkMedium
from surveybot.records.schools import School
from surveybot.rules.answer.consent import Actor, Decision, Purpose
from surveybot.rules.delivery.channels import Channel, RouteKind, RouteOwner
from surveybot.senders.base import Senders
from surveybot.steps.plan.open_due import look_at
from surveybot.steps.plan.plan_check_ins import start_cohort
from surveybot.worker import Worker
from tests.proof.years_ledger import Ledger

NOW = datetime(2026, 9, 7, 8, tzinfo=UTC)
SCHOOLS, LEAVERS, ROWS = 100, 200, 1_000_000
PLAN_SECONDS, IDLE_MS = 60.0, 20.0
TICKS = 60


def bench_planning(engine: Engine) -> dict[str, Any]:
    with database.writing(engine) as session:
        build(session, schools=SCHOOLS, leavers=LEAVERS)
    seconds, cpu = plan_all(engine)
    planned = _count(engine)
    fill_up(engine, ROWS)
    cpu_before = time.process_time()
    idle = idle_ticks(engine)
    idle_cpu = (time.process_time() - cpu_before) / TICKS * 1000
    return {
        "schools": SCHOOLS,
        "leavers": LEAVERS,
        "rows_planned": planned,
        "plan_seconds": round(seconds, 1),
        "plan_cpu_seconds": round(cpu, 1),
        "rows": _count(engine),
        "idle_ms": round(median(idle), 2),
        "idle_cpu_ms": round(idle_cpu, 2),
        "idle_p95_ms": round(sorted(idle)[len(idle) * 95 // 100], 2),
        "met": {"planning": seconds < PLAN_SECONDS, "idle": median(idle) < IDLE_MS},
    }


def in_words(found: dict[str, Any]) -> str:
    met = {name: "met" if held else "MISSED" for name, held in found["met"].items()}
    return (
        f"  planning {found['schools']} schools x {found['leavers']} leavers x 3 years, "
        f"{found['rows_planned']:,} rows: {found['plan_seconds']} s, of them {found['plan_cpu_seconds']} s "
        f"of this process (under {PLAN_SECONDS:.0f}): {met['planning']}\n"
        f"  a tick with nothing due beside {found['rows']:,} planned rows: {found['idle_ms']} ms, "
        f"{found['idle_cpu_ms']} ms of them of this process (under {IDLE_MS:.0f}): {met['idle']}"
    )


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


def plan_all(engine: Engine) -> tuple[float, float]:
    """Set up and plan every school's cohort, as the worker does; the seconds, and those of this process."""
    began, cpu = time.perf_counter(), time.process_time()
    for school_id in range(1, SCHOOLS + 1):
        with database.writing(engine) as session:
            school = session.get_one(School, school_id)
            row = start_cohort(session, school, leaving=2027, year_group=11, started_by="bench", now=NOW)
            assert row.id is not None
            look_at(session, row.id, load_catalogue(), now=NOW)
    return time.perf_counter() - began, time.process_time() - cpu


def _count(engine: Engine) -> int:
    with database.reading(engine) as session:
        return int(session.execute(select(func.count(col(PlannedOccurrence.id)))).scalar_one())


def fill_up(engine: Engine, rows: int) -> None:
    """Copies of what is planned, each of a far year, until there are so many."""
    table = SQLModel.metadata.tables["planned_occurrence"]
    names = [one.name for one in table.c if one.name != "id"]
    for copy in range(1, 100):
        missing = rows - _count(engine)
        if missing <= 0:
            break
        year = (table.c.destination_year + literal(100 * copy)).label("destination_year")
        copied = [year if name == "destination_year" else table.c[name] for name in names]
        first = table.c.destination_year < 100, table.c.state == PlannedState.PLANNED
        with database.writing(engine) as session:
            session.execute(insert(table).from_select(names, select(*copied).where(*first).limit(missing)))
    if engine.dialect.name == "postgresql":  # as autovacuum does within a minute
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")


def idle_ticks(engine: Engine) -> list[float]:
    """Milliseconds of whole ticks of the worker that find nothing due."""
    with database.writing(engine) as session:
        for row in session.execute(select(PlannedCohort)).scalars():
            row.next_look_at = NOW + timedelta(hours=1)
            session.add(row)
    ledger = Ledger(lambda: NOW)
    settings = Settings(
        database_url="",
        keys=((1, "a-key-of-the-bench-0123456789abcdef"),),
        public_url="https://school.example.org",
        outbound=Outbound("allow"),
    )
    worker = Worker(
        settings=settings,
        engine=engine,
        senders=Senders(sms=ledger, email=ledger),
        signer=LinkSigner(settings.keys),
        catalogue=load_catalogue(),
        clock=lambda: NOW + timedelta(minutes=1),
        name="bench",
    )
    took = []
    for _ in range(TICKS):
        began = time.perf_counter()
        result = worker.tick_once()
        took.append((time.perf_counter() - began) * 1000)
        assert (result.planned, result.sent) == (0, 0)
    return took[TICKS // 6 :]
