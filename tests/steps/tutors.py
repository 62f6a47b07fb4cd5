"""A tutor round at Hillview in October after leaving: shared by the tests of tutor rounds."""

from datetime import datetime

from sqlalchemy.engine import Engine
from sqlmodel import Session

from surveybot.catalogue import load_catalogue
from surveybot.records import database
from surveybot.records.destination.destinations import DestinationFact
from surveybot.records.round.rounds import Round, find_round
from surveybot.records.schools import School
from surveybot.rules.destination.destinations import FactKind, FactMethod, FactSource
from surveybot.steps.tutor_rounds.open_round import TutorRoundPlan, open_tutor_round, plan_tutor_round
from tests.conftest import SmallSchool
from tests.steps.planning import at

OCTOBER = at("2026-10-05T09:00")
COLLEGE = "further_education_college"


def plan(
    session: Session, school: SmallSchool, *, now: datetime = OCTOBER, group: str = ""
) -> TutorRoundPlan:
    row, survey = session.get_one(School, school.id), load_catalogue().survey("tutor-unknowns")
    return plan_tutor_round(session, row, survey, leaving=2026, year_group=11, tutor_group=group, now=now)


def open_now(engine: Engine, school: SmallSchool, *, now: datetime = OCTOBER) -> str:
    """Open it and give its code."""
    with database.writing(engine) as session:
        row, planned = session.get_one(School, school.id), plan(session, school, now=now)
        return open_tutor_round(session, row, planned, load_catalogue(), opened_by="test", now=now).code


def the_round(session: Session, code: str) -> Round:
    row = find_round(session, code)
    assert row is not None
    return row


def learn(
    engine: Engine,
    school: SmallSchool,
    *forenames: str,
    now: datetime = OCTOBER,
    destination: str = COLLEGE,
) -> None:
    """These students have said where they are."""
    with database.writing(engine) as session:
        for forename in forenames:
            session.add(
                DestinationFact(
                    school_id=school.id,
                    student_id=school.ids[forename],
                    kind=FactKind.ACTUAL,
                    destination=destination,
                    source=FactSource.STUDENT,
                    method=FactMethod.LINK,
                    ascertained_at=now,
                )
            )
