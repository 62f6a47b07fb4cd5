"""What a check-in adds to the ledger: a destination with its month, or a fact that verifies the last one."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.engine import Engine
from sqlmodel import col, select

from surveybot.catalogue import load_catalogue
from surveybot.records import database
from surveybot.records.destination.destinations import DestinationFact
from surveybot.rules.answer.answer_facts import meaning_of
from surveybot.rules.destination.destinations import FactKind, FactMethod, FactSource
from surveybot.steps.answer.settle import Said, settle
from tests.conftest import SmallSchool


def say(engine: Engine, school: SmallSchool, survey: str, at: datetime, **content: Any) -> DestinationFact:
    """Settle one answer of Amira's and give the newest fact."""
    said = Said(school.id, school.ids["Amira"], FactSource.STUDENT, FactMethod.LINK, None, None, at)
    with database.writing(engine) as session:
        settle(session, said, meaning_of(load_catalogue().survey(survey), content))
    with database.reading(engine) as session:
        newest = session.exec(select(DestinationFact).order_by(col(DestinationFact.id).desc())).first()
    assert newest is not None
    return newest


def test_each_year_verifies_what_was_said_the_year_before(engine: Engine, school: SmallSchool) -> None:
    plan = [{"kind": "apprenticeship", "provider": "Hillview Garage"}]
    intended = say(engine, school, "before-leaving", datetime(2026, 4, 20, tzinfo=UTC), options=plan)
    started = say(engine, school, "enrolled", datetime(2026, 9, 15, tzinfo=UTC), started="as_planned")
    assert (started.kind, started.destination) == (FactKind.ACTUAL, "apprenticeship")
    assert started.provider_name == "Hillview Garage" and started.verifies_id == intended.id
    same = say(engine, school, "check-in-november", datetime(2026, 11, 3, tzinfo=UTC), still="same")
    assert same.kind is FactKind.ACTUAL and same.verifies_id == started.id
    assert same.verified_at == datetime(2026, 11, 3, tzinfo=UTC)


def test_a_change_is_a_new_fact_with_its_month(engine: Engine, school: SmallSchool) -> None:
    now = datetime(2027, 11, 3, tzinfo=UTC)
    new = [{"kind": "job", "provider": "Corner Shop"}]
    fact = say(engine, school, "check-in-year-2", now, still="changed", options=new, since="december")
    assert (fact.kind, fact.started_on, fact.verifies_id) == (FactKind.ACTUAL, date(2026, 12, 1), None)
