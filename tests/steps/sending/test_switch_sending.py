"""The kill switch holds what waits, loses nothing, and releases it again."""

from collections import Counter

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.catalogue import load_catalogue
from surveybot.records import database, installations
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.delivery.switches import paused_scopes
from surveybot.records.schools import School
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.rules.delivery.kill_switch import Scope
from surveybot.steps.round.open_round import open_round, plan_round
from surveybot.steps.sending.switch_sending import pause_sending, resume_sending
from tests.conftest import NOW, SmallSchool


@pytest.fixture
def two_rounds(engine: Engine, school: SmallSchool, other_school: SmallSchool) -> None:
    survey = load_catalogue().survey("after-mocks")
    for one in (school, other_school):
        with database.writing(engine) as session:
            row = session.get_one(School, one.id)
            plan = plan_round(session, row, survey, leaving=2026, year_group=11, now=NOW)
            open_round(session, row, plan, opened_by="x", now=NOW)


def states(engine: Engine) -> Counter[tuple[int | None, Channel, DeliveryState]]:
    with database.reading(engine) as session:
        return Counter((one.school_id, one.channel, one.state) for one in session.exec(select(Delivery)))


def pause(engine: Engine, scope: Scope) -> None:
    with database.writing(engine) as session:
        pause_sending(session, scope, by="x", now=NOW)


def resume(engine: Engine, scope: Scope) -> None:
    with database.writing(engine) as session:
        resume_sending(session, scope, instance="here", by="x", now=NOW)


def test_a_pause_holds_its_scope_and_a_resume_brings_all_of_it_back(
    engine: Engine, two_rounds: None, school: SmallSchool, other_school: SmallSchool
) -> None:
    before = states(engine)
    pause(engine, Scope(school.id, Channel.SMS))
    during = states(engine)
    assert during[school.id, Channel.SMS, DeliveryState.PENDING] == 0
    assert (
        during[school.id, Channel.SMS, DeliveryState.HELD]
        == before[school.id, Channel.SMS, DeliveryState.PENDING]
    )
    assert during[other_school.id, Channel.EMAIL, DeliveryState.PENDING] == 1
    resume(engine, Scope(school.id, Channel.SMS))
    assert states(engine) == before


def test_resuming_everything_lifts_every_narrower_pause(
    engine: Engine, two_rounds: None, school: SmallSchool
) -> None:
    before = states(engine)
    pause(engine, Scope(school.id))
    pause(engine, Scope(channel=Channel.EMAIL))
    resume(engine, Scope())
    assert states(engine) == before
    with database.reading(engine) as session:
        assert paused_scopes(session) == frozenset()


def test_a_narrow_resume_does_not_lift_a_wider_pause(
    engine: Engine, two_rounds: None, school: SmallSchool
) -> None:
    pause(engine, Scope())
    resume(engine, Scope(school.id))
    with database.reading(engine) as session:
        assert Scope() in paused_scopes(session)


def test_only_a_resume_of_everything_takes_a_copy_over(
    engine: Engine, two_rounds: None, school: SmallSchool
) -> None:
    resume(engine, Scope(school.id))
    with database.reading(engine) as session:
        assert not installations.is_ours(session, "here")
    resume(engine, Scope())
    with database.reading(engine) as session:
        assert installations.is_ours(session, "here")
        assert not installations.is_ours(session, "elsewhere")
        assert not installations.is_ours(session, "")
