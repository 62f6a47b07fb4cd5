"""Limits hold in one process, and also while the shared counters are away."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from limits import parse
from sqlalchemy.engine import Engine

from surveybot.catalogue import load_catalogue
from surveybot.links import LinkPurpose, LinkSigner
from surveybot.records import database
from surveybot.records.schools import School
from surveybot.steps.round.open_round import open_round, plan_round
from surveybot.steps.round.paper_links import paper_links
from surveybot.web.limits import Counters
from tests.conftest import NOW, TEST_KEY, SmallSchool

FORGED = "/r/" + LinkSigner([(1, "another-key-another-key-another-key")]).sign(LinkPurpose.SURVEY, 1)


def test_guessing_ends_in_a_pause(client: FlaskClient) -> None:
    answers = [client.get(FORGED).status_code for _ in range(35)]
    assert answers == [404] * 30 + [429] * 5


def test_a_right_link_opens_while_the_same_place_guesses(
    client: FlaskClient, engine: Engine, school: SmallSchool
) -> None:
    with database.writing(engine) as session:
        row = session.get_one(School, school.id)
        survey = load_catalogue().survey("after-mocks")
        plan = plan_round(session, row, survey, leaving=2026, year_group=11, now=NOW)
        links = paper_links(session, open_round(session, row, plan, opened_by="x", now=NOW), now=NOW)
    right = "/r/" + LinkSigner([(1, TEST_KEY)]).sign(LinkPurpose.SURVEY, links[0].link_id)
    for _ in range(31):
        client.get(FORGED)
    assert client.get(FORGED).status_code == 429
    assert client.get(right).status_code == 200


def test_without_redis_each_process_counts_alone(app: Flask) -> None:
    counters = Counters("redis://127.0.0.1:1/0")  # nobody listens there
    limit = parse("2 per minute")
    assert [counters.hit(limit, "x") for _ in range(3)] == [True, True, False]


def test_an_address_that_no_row_can_have_is_a_plain_page(sign_in: Callable[..., FlaskClient]) -> None:
    client = sign_in("careers_leader")
    for path in ("/staff/students/%00", "/staff/rounds/%00", f"/staff/settings/staff/{2**70}"):
        assert client.get(path).status_code in (404, 405), path
