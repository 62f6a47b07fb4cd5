"""A school of ten thousand made-up students, imported and asked through the real steps, with the clock on."""

import csv
import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy.engine import Engine
from sqlmodel import Session

from surveybot.catalogue import college_seed, load_catalogue
from surveybot.demo.numbers import uln
from surveybot.records import database
from surveybot.records.round.rounds import Round
from surveybot.records.schools import School
from surveybot.rules.calendar.academic_year import current_summer
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.steps.roster.enrol import enrol, preview, read_roster
from surveybot.steps.round.open_round import open_round, plan_round
from surveybot.steps.round.paper_links import paper_links
from surveybot.steps.stock_providers import stock_providers

YEAR_GROUPS = (9, 10, 11, 12, 13)
SURVEY = "autumn-intentions"
COLUMNS = (
    "Adno", "ULN", "Surname", "Forename", "Gender", "DOB", "Year Group", "Reg Group", "Address 1", "Town",
    "Postcode", "Student Email", "Student Mobile", "Contact 1 Name", "Contact 1 Relationship",
    "Contact 1 Email",
)  # fmt: skip


@dataclass
class Opened:
    """The numbers of the links that were made, and how long each step took, in seconds."""

    link_ids: list[int] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - began, 3)


def big_roster(rows: int, summer: int) -> bytes:
    """A CSV of so many rows, a fifth of them in each of five year groups."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for number in range(rows):
        year_group = YEAR_GROUPS[number % len(YEAR_GROUPS)]
        writer.writerow(_row(number, year_group, summer))
    return text.getvalue().encode("utf-8-sig")


def _row(number: int, year_group: int, summer: int) -> tuple[str, ...]:
    surname, forename = f"Nettleton-{number:05d}", ("Zoë", "Łukasz", "Sam", "Aisha")[number % 4]
    return (
        f"{number:06d}",
        uln(f"{997000000 + 3 * number:09d}"),
        surname,
        forename,
        "FM"[number % 2],
        f"{number % 28 + 1:02d}/{number % 8 + 1:02d}/{summer - year_group - 5}",
        str(year_group),
        f"{year_group}{chr(65 + number % 26)}",
        f"{number % 90 + 1} Larkspur Rise",
        "Marlbridge",
        "MB1 2AB",
        f"s{number}@pupils.example.org",
        f"07700 900{number % 1000:03d}",
        f"Ms {surname}",
        "Mother",
        f"p{number}@home.example.org",
    )


def build(engine: Engine, *, rows: int) -> Opened:
    """Import the roster twice, open a round for Year 11, and give everybody in it a link."""
    opened, now = Opened(), datetime.now(UTC)
    summer = current_summer(london_date(now))
    data = big_roster(rows, summer)
    with database.writing(engine) as session:
        school = School(
            urn="999002", name="Bench Academy", settings={"la": "878", "sixth_form": True}, created_at=now
        )
        session.add(school)
        session.flush()
        stock_providers(session, college_seed())
    for name in ("roster_import", "roster_import_again"):
        with opened.timed(name):
            _import(engine, school, data, now)
    with opened.timed("round_open"), database.writing(engine) as session:
        row = _open(engine, session, school, summer, now)
    with opened.timed("paper_links"), database.writing(engine) as session:
        opened.link_ids = [link.link_id for link in paper_links(session, row, now=now)]
    return opened


def _import(engine: Engine, school: School, data: bytes, now: datetime) -> None:
    reading = read_roster(data, "bench.csv", on=london_date(now), made_up=True)
    with database.writing(engine) as session:
        changes = preview(session, school, reading, now=now)
        if changes.errors:
            raise SystemExit(f"The roster has errors: {changes.errors[:3]}")
        enrol(session, school, changes, now=now)


def _open(engine: Engine, session: Session, school: School, summer: int, now: datetime) -> Round:
    plan = plan_round(
        session,
        school,
        load_catalogue().survey(SURVEY),
        leaving=summer,
        year_group=11,
        closes_at=now + timedelta(days=30),
        now=now,
    )
    return open_round(session, school, plan, opened_by="bench", now=now)
