"""Messages in doubt: listed a day later, decided by a person with a reason, never sent by themselves."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine
from sqlmodel import col, select

from surveybot.config import Settings
from surveybot.records import database
from surveybot.records.audit import AuditEntry
from surveybot.records.delivery.deliveries import Delivery
from surveybot.rules.delivery.delivery_states import DeliveryState
from tests.conftest import NOW, SmallSchool
from tests.steps.sending.outbox import Wire, delivery_to, open_for, run
from tests.web.staff_room import post

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def doubted(engine: Engine, settings: Settings, school: SmallSchool) -> Delivery:
    """Amira's invitation went out a day ago, perhaps."""
    open_for(engine, school, now=NOW - timedelta(days=1, hours=1))
    run(engine, settings, Wire(), at=NOW - timedelta(days=1, hours=1))
    with database.writing(engine) as session:
        row = session.get_one(Delivery, delivery_to(engine, school, "Amira").id)
        row.state, row.was_ambiguous, row.maybe_duplicate = DeliveryState.AMBIGUOUS, True, True
    return row


def tries(engine: Engine, doubted: Delivery) -> list[Delivery]:
    with database.reading(engine) as session:
        query = select(Delivery).where(Delivery.student_id == doubted.student_id).order_by(col(Delivery.id))
        return list(session.exec(query))


def test_staff_send_it_again_or_leave_it_and_say_why(
    app: Flask, engine: Engine, settings: Settings, doubted: Delivery, sign_in: SignIn
) -> None:
    leader, page = sign_in("careers_leader"), f"/staff/deliveries/{doubted.id}/doubt"
    assert "/staff/doubts" in leader.get("/staff/inbox").text
    assert page in leader.get("/staff/doubts").text
    assert "We do not know whether it arrived" in leader.get(page).text
    assert post(app, leader, page).status_code == 422
    assert post(app, leader, page, decision="again", why="").status_code == 422
    assert len(tries(engine, doubted)) == 1

    said = post(app, leader, page, decision="again", why="Her tutor says it never came")
    assert said.status_code == 302
    old, new = tries(engine, doubted)
    assert (old.state, old.reason) == (DeliveryState.UNDELIVERED, "left_in_doubt")
    assert (new.state, new.parent_id, new.template) == (DeliveryState.PENDING, old.id, old.template)
    assert post(app, leader, page, decision="again", why="twice").status_code == 404
    wire = Wire()
    run(engine, settings, wire, at=NOW)
    run(engine, settings, wire, at=NOW + timedelta(days=2))
    assert [message.delivery_id for message in wire.taken].count(new.id or 0) == 1
    with database.reading(engine) as session:
        deeds = [one for one in session.exec(select(AuditEntry)) if one.deed.startswith("doubt_")]
    assert [(one.deed, one.details["why"]) for one in deeds] == [
        ("doubt_again", "Her tutor says it never came")
    ]


def test_what_is_left_is_not_sent_again(
    app: Flask, engine: Engine, doubted: Delivery, sign_in: SignIn
) -> None:
    leader = sign_in("careers_leader")
    page = f"/staff/deliveries/{doubted.id}/doubt"
    assert post(app, leader, page, decision="leave", why="She has answered on paper").status_code == 302
    [row] = tries(engine, doubted)
    assert (row.state, row.ended_at is not None) == (DeliveryState.UNDELIVERED, True)
    assert "No message is in doubt" in leader.get("/staff/doubts").text


def test_only_those_who_lead_decide_and_not_before_a_day_has_passed(
    engine: Engine, doubted: Delivery, sign_in: SignIn
) -> None:
    assert sign_in("tutor").get("/staff/doubts").status_code == 403
    with database.writing(engine) as session:
        session.get_one(Delivery, doubted.id).composed_at = NOW - timedelta(hours=23)
    leader = sign_in("careers_leader")
    assert "No message is in doubt" in leader.get("/staff/doubts").text
    assert leader.get(f"/staff/deliveries/{doubted.id}/doubt").status_code == 404
