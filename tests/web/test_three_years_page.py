"""The demo's button that lives three years: before, while and after; two clicks are one."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine

from surveybot.config import Settings
from surveybot.demo.progress import ASKED, ENDED, note_months
from surveybot.demo.school import URN
from surveybot.records import database
from surveybot.records.audit import note_deed
from surveybot.records.schools import School
from surveybot.records.time_lapse import noted
from surveybot.records.worker.rehearsal_clock import set_clock
from tests.conftest import NOW, Clock, SmallSchool, open_house


@pytest.fixture
def demo(settings: Settings, engine: Engine, clock: Clock, school: SmallSchool) -> Iterator[FlaskClient]:
    with database.writing(engine) as session:
        session.get_one(School, school.id).urn = URN
    with open_house(replace(settings, demo=True), clock) as app:
        yield app.test_client()


def test_two_clicks_are_one_and_the_page_looks_again_by_itself(demo: FlaskClient, engine: Engine) -> None:
    before = demo.get("/demo/three-years").text
    assert "Live three years" in before and "http-equiv" not in before
    for _ in range(2):
        assert demo.post("/demo/three-years").location == "/demo/three-years"
    with database.writing(engine) as session:
        assert len(noted(session, ASKED)) == 1
        set_clock(session, NOW + timedelta(days=400), real=NOW)
        note_months(session, now=NOW + timedelta(days=40))
    while_it_runs = demo.get("/demo/three-years").text
    assert 'http-equiv="refresh"' in while_it_runs and "Live three years" not in while_it_runs
    assert 'value="31"' in while_it_runs and "It is Feb 2027" in while_it_runs


def test_afterwards_the_page_leads_to_the_charts(demo: FlaskClient, engine: Engine) -> None:
    demo.post("/demo/three-years")
    with database.writing(engine) as session:
        note_deed(session, ENDED, at=NOW + timedelta(days=1300))
    after = demo.get("/demo/three-years").text
    assert "The three years are over" in after and "http-equiv" not in after
    assert "/staff/charts" in after and "100 %" in after


def test_outside_the_demo_there_is_no_such_button(client: FlaskClient) -> None:
    assert client.get("/demo/three-years").status_code == 404
    assert client.post("/demo/three-years").status_code == 404
