"""What tests of the staff room share: posting with a token, opening a round, counting statements."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlmodel import Session, select
from werkzeug.test import TestResponse

from surveybot.catalogue import load_catalogue
from surveybot.records import database
from surveybot.records.invitations import Invitation
from surveybot.records.rounds import Round
from surveybot.records.schools import School
from surveybot.steps.open_round import open_round, plan_round
from tests.conftest import NOW, SmallSchool


def post(app: Flask, client: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Post a form of a signed-in page, with the token that its cookie stands for."""
    token = URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps("for-tests")
    return client.post(path, data={"csrf_token": token, **fields})


def a_round(engine: Engine, school: SmallSchool, survey: str = "after-mocks") -> str:
    """Open a round for Year 11 and give its code."""
    with database.writing(engine) as session:
        row = session.get_one(School, school.id)
        plan = plan_round(session, row, load_catalogue().survey(survey), leaving=2026, year_group=11, now=NOW)
        return open_round(session, row, plan, opened_by="leader@example.org", now=NOW).code


def invitation(session: Session, code: str, student_id: int) -> Invitation:
    query = (
        select(Invitation)
        .join(Round, Round.id == Invitation.round_id)  # type: ignore[arg-type]
        .where(Round.code == code, Invitation.student_id == student_id)
    )
    return session.exec(query).one()


def mark_answered(
    engine: Engine, school: SmallSchool, code: str, forename: str, *, help: bool = False
) -> None:
    with database.writing(engine) as session:
        row = invitation(session, code, school.ids[forename])
        row.answered_at, row.wants_help = NOW, help


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """Every SELECT that runs inside the block."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
