"""What stands too long in the outbox: found by age, at the school it belongs to, whatever lies beside it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.records import database
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.delivery.late_messages import in_doubt_since, waiting_since
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.steps.sending.look_for_late import Late, look_for_late
from tests.conftest import NOW, Clock, SmallSchool
from tests.statements import noted
from tests.steps.sending.outbox import delivery_to, open_for

SignIn = Callable[..., FlaskClient]


def late_at(engine: Engine, *, minutes: float, school_id: int | None = None) -> Late:
    with database.reading(engine) as session:
        return look_for_late(session, now=NOW + timedelta(minutes=minutes), school_id=school_id)


def put_in_doubt(engine: Engine, school: SmallSchool) -> None:
    """Amira's invitation went just now, perhaps; all the others certainly."""
    amira = delivery_to(engine, school, "Amira").id
    with database.writing(engine) as session:
        session.connection().execute(text("UPDATE delivery SET state = 'delivered'"))
        row = session.get_one(Delivery, amira)
        row.state, row.composed_at = DeliveryState.AMBIGUOUS, NOW


def test_a_due_message_is_late_after_a_quarter_of_an_hour(
    engine: Engine, school: SmallSchool, other_school: SmallSchool
) -> None:
    open_for(engine, school)
    assert late_at(engine, minutes=14.9).waiting_since is None
    assert late_at(engine, minutes=15).waiting_since == NOW
    assert late_at(engine, minutes=15, school_id=school.id).waiting_since == NOW
    assert late_at(engine, minutes=15, school_id=other_school.id).waiting_since is None


def test_a_message_whose_turn_is_later_is_not_late(engine: Engine, school: SmallSchool) -> None:
    open_for(engine, school)
    with database.writing(engine) as session:
        for row in session.exec(select(Delivery)):
            row.next_at = NOW + timedelta(hours=1)
    assert late_at(engine, minutes=70).waiting_since is None
    assert late_at(engine, minutes=75).waiting_since == NOW + timedelta(hours=1)


def test_a_doubt_is_old_after_an_hour(engine: Engine, school: SmallSchool, other_school: SmallSchool) -> None:
    open_for(engine, school)
    put_in_doubt(engine, school)
    assert late_at(engine, minutes=59.9) == Late(None, None)
    assert late_at(engine, minutes=60) == Late(None, NOW)
    assert late_at(engine, minutes=60, school_id=school.id) == Late(None, NOW)
    assert late_at(engine, minutes=60, school_id=other_school.id) == Late(None, None)


def test_a_sign_in_link_in_doubt_is_nobodys_alarm(engine: Engine, school: SmallSchool) -> None:
    open_for(engine, school)
    put_in_doubt(engine, school)
    with database.writing(engine) as session:
        session.connection().execute(text("UPDATE delivery SET school_id = NULL WHERE state = 'ambiguous'"))
    assert late_at(engine, minutes=600) == Late(None, None)


def test_leaders_read_on_the_first_page_what_waits_and_health_says_it(
    engine: Engine, school: SmallSchool, sign_in: SignIn, clock: Clock, client: FlaskClient
) -> None:
    open_for(engine, school)
    clock.time = NOW + timedelta(minutes=10)
    leader, tutor = sign_in("careers_leader"), sign_in("tutor")
    assert "longer than they should" not in leader.get("/staff/").text
    assert client.get("/health").get_json()["messages"] == {"waiting_seconds": None, "in_doubt_seconds": None}
    clock.time = NOW + timedelta(minutes=20)
    assert "Messages have waited to go out since" in leader.get("/staff/").text
    assert "longer than they should" not in tutor.get("/staff/").text
    assert client.get("/health").get_json()["messages"] == {"waiting_seconds": 1200, "in_doubt_seconds": None}


def test_leaders_read_on_the_first_page_of_a_doubt_and_decide_a_day_later(
    engine: Engine, school: SmallSchool, sign_in: SignIn, clock: Clock, client: FlaskClient
) -> None:
    open_for(engine, school)
    put_in_doubt(engine, school)
    clock.time = NOW + timedelta(hours=2)
    page = sign_in("careers_leader").get("/staff/").text
    assert "nobody can say whether it arrived" in page and "/staff/doubts" not in page
    assert client.get("/health").get_json()["messages"] == {"waiting_seconds": None, "in_doubt_seconds": 7200}
    clock.time = NOW + timedelta(hours=24)
    page = sign_in("careers_leader").get("/staff/").text
    assert "Please decide whether it goes once more" in page and "/staff/doubts" in page


@pytest.mark.parametrize("of_one_school", [False, True])
def test_both_are_found_in_the_indexes_that_hold_nothing_settled(
    engine: Engine, school: SmallSchool, of_one_school: bool
) -> None:
    school_id = school.id if of_one_school else None

    def plan(look: Any) -> str:
        with noted() as seen, database.reading(engine) as session:
            look(session)
        [(statement, parameters)] = seen
        sqlite = engine.dialect.name == "sqlite"
        with engine.connect() as connection:
            if not sqlite:  # so few rows as a test has are read faster from the table
                connection.execute(text("SET enable_seqscan = off"))
            explain = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN "
            return "\n".join(map(str, connection.exec_driver_sql(explain + statement, parameters)))

    waiting = plan(lambda session: waiting_since(session, due_before=NOW, school_id=school_id))
    assert waiting.count("ix_delivery_waiting") == 6
    doubted = plan(lambda session: in_doubt_since(session, composed_before=NOW, school_id=school_id))
    assert "ix_delivery_in_doubt" in doubted
    assert "SCAN delivery" not in waiting + doubted and "Seq Scan" not in waiting + doubted
