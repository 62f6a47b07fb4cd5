"""What tests of the staff room share: posting with a token, opening a round, counting statements."""

from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy.engine import Engine
from sqlmodel import Session, col, select
from werkzeug.test import TestResponse

from surveybot.catalogue import load_catalogue
from surveybot.records import database
from surveybot.records.round.invitations import Invitation
from surveybot.records.round.rounds import Round
from surveybot.records.schools import School
from surveybot.steps.round.open_round import open_round, plan_round
from tests.conftest import NOW, STAFF, STORIES, SmallSchool, Story, build_school


def post(app: Flask, client: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Post a form of a signed-in page, with the token that its cookie stands for."""
    token = URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps("for-tests")
    return client.post(path, data={"csrf_token": token, **fields})


def a_school_of(engine: Engine, count: int, *, urn: str) -> SmallSchool:
    """A school of Year 11s alone: Pupil0 and so on, in four tutor groups, who can be reached by email."""
    born = STORIES[0].born
    stories = tuple(
        Story(f"Pupil{number}", f"Test{number % 7}", born, tutor_group=f"11{'ABCD'[number % 4]}")
        for number in range(count)
    )
    staff = tuple((f"{urn}-{email}", name, role, group) for email, name, role, group in STAFF)
    with database.writing(engine) as session:
        return build_school(session, urn=urn, name=f"School {urn}", stories=stories, staff=staff)


def a_round(engine: Engine, school: SmallSchool, survey: str = "after-mocks") -> str:
    """Open a round for Year 11 and give its code."""
    with database.writing(engine) as session:
        row = session.get_one(School, school.id)
        plan = plan_round(session, row, load_catalogue().survey(survey), leaving=2026, year_group=11, now=NOW)
        return open_round(session, row, plan, opened_by="leader@example.org", now=NOW).code


def invitation(session: Session, code: str, student_id: int) -> Invitation:
    query = (
        select(Invitation)
        .join(Round, col(Round.id) == Invitation.round_id)
        .where(Round.code == code, Invitation.student_id == student_id)
    )
    return session.exec(query).one()


def mark_answered(
    engine: Engine, school: SmallSchool, code: str, forename: str, *, help: bool = False
) -> None:
    with database.writing(engine) as session:
        row = invitation(session, code, school.ids[forename])
        row.answered_at, row.wants_help = NOW, help
