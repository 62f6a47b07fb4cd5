"""A worker with a clock that tests set, and what the wire saw: shared by the tests of the plan."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from sqlalchemy.engine import Engine
from sqlmodel import col, select

from surveybot.catalogue import load_catalogue
from surveybot.config import Settings
from surveybot.links import LinkSigner
from surveybot.records import database
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.installations import take_over
from surveybot.records.plan.planned import PlannedOccurrence, PlannedState
from surveybot.records.roster.students import Student
from surveybot.records.round.rounds import Round
from surveybot.records.schools import School
from surveybot.senders.base import Senders
from surveybot.steps.plan.plan_check_ins import start_cohort
from surveybot.steps.sending.tick import TickResult
from surveybot.worker import Worker
from tests.conftest import SmallSchool
from tests.steps.sending.outbox import INSTANCE, Wire

CATALOGUE = load_catalogue()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass
class Bot:
    """One cohort whose plan runs, and a worker that ticks when it is told to."""

    engine: Engine
    settings: Settings
    school: SmallSchool
    wire: Wire = field(default_factory=Wire)
    name: str = "worker-1"

    def __post_init__(self) -> None:
        self.worker = Worker(
            settings=replace(self.settings, instance=INSTANCE),
            engine=self.engine,
            senders=Senders(sms=self.wire, email=self.wire),
            signer=LinkSigner(self.settings.keys),
            catalogue=CATALOGUE,
            clock=lambda: self.now,
            name=self.name,
        )
        self.now = at("2025-09-01T07:00")

    def start(self, when: str, *, leaving: int = 2026, year_group: int = 11) -> None:
        self.now = at(when)
        with database.writing(self.engine) as session:
            take_over(session, INSTANCE, by="test", now=self.now)
            row = session.get_one(School, self.school.id)
            start_cohort(
                session, row, leaving=leaving, year_group=year_group, started_by="test", now=self.now
            )

    def tick(self, when: str) -> TickResult:
        self.now = at(when)
        return self.worker.tick_once()

    def rows(self, forename: str = "") -> list[PlannedOccurrence]:
        query = select(PlannedOccurrence).order_by(col(PlannedOccurrence.due_at), col(PlannedOccurrence.id))
        if forename:
            query = query.where(PlannedOccurrence.student_id == self.school.ids[forename])
        with database.reading(self.engine) as session:
            return list(session.exec(query))

    def states(self, survey: str) -> Counter[str]:
        return Counter(
            f"{row.state}:{row.reason}" if row.reason else row.state.value
            for row in self.rows()
            if row.survey == survey
        )

    def opened(self) -> list[str]:
        return [row.survey for row in self.rows() if row.state is PlannedState.OPENED]

    def rounds(self) -> list[Round]:
        with database.reading(self.engine) as session:
            return list(session.exec(select(Round).order_by(col(Round.id))))

    def deliveries(self, step: str = "") -> list[Delivery]:
        with database.reading(self.engine) as session:
            rows = session.exec(select(Delivery).order_by(col(Delivery.id)))
            return [row for row in rows if not step or row.step == step]

    def student(self, forename: str) -> Student:
        with database.reading(self.engine) as session:
            return session.get_one(Student, self.school.ids[forename])
