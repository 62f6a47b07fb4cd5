"""No name, number, address, token or answer reaches a log, whatever happens."""

import logging
import re
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.catalogue import load_catalogue
from surveybot.config import Settings
from surveybot.links import LinkPurpose, LinkSigner
from surveybot.records import database, installations
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.round.invitations import Link
from surveybot.records.schools import School
from surveybot.senders.choose import choose_senders
from surveybot.steps.round.open_round import open_round, plan_round
from surveybot.steps.sending.tick import tick
from tests.conftest import NOW, STORIES, TEST_KEY, SmallSchool

ANSWER = "Zyzzyva Canary College"


def secrets_of(engine: Engine) -> set[str]:
    """Everything that stands for a person: names, addresses, tokens and what was said."""
    signer = LinkSigner([(1, TEST_KEY)])
    names = {story.surname for story in STORIES if len(story.surname) > 3} | {"Amira", "Imran", "Dewi"}
    with database.reading(engine) as session:
        tokens = {
            signer.sign(purpose, link.id)
            for link in session.exec(select(Link))
            if link.id
            for purpose in LinkPurpose
        }
        sent = {one.to_address for one in session.exec(select(Delivery)) if one.to_address}
    return names | tokens | sent | {ANSWER, "leader@example.org", TEST_KEY, "+4477009001"}


def test_a_whole_round_and_its_faults_leave_no_trace_of_anybody(
    app: Flask,
    engine: Engine,
    school: SmallSchool,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.INFO)
    signer, catalogue = LinkSigner(settings.keys), load_catalogue()
    with database.writing(engine) as session:
        installations.take_over(session, "here", by="x", now=NOW)
        row = session.get_one(School, school.id)
        plan = plan_round(session, row, catalogue.survey("after-mocks"), leaving=2026, year_group=11, now=NOW)
        open_round(session, row, plan, opened_by="x", now=NOW)
    senders = choose_senders(replace(settings, demo=True))
    assert tick(engine, senders, signer, catalogue, replace(settings, instance="here"), now=NOW).sent == 10
    client = app.test_client()
    with database.reading(engine) as session:
        links = [link.id for link in session.exec(select(Link)) if link.id]
    assert len(links) == 10
    for link_id in links[:3]:
        page = client.get("/r/" + signer.sign(LinkPurpose.SURVEY, link_id)).text
        found = re.search(r'name="page" value="([^"]+)"', page)
        client.post(
            "/r/" + signer.sign(LinkPurpose.SURVEY, link_id),
            data={"page": found[1] if found else "", "options-1-provider": ANSWER},
        )
    client.get("/r/" + signer.sign(LinkPurpose.SURVEY, 1)[:-1] + "0")
    client.post("/staff/sign-in", data={"email": "leader@example.org"})
    monkeypatch.setattr("surveybot.web.student.survey.asked_behind", broken)
    monkeypatch.setattr("surveybot.web.stop.holder_of", broken, raising=False)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    assert client.get("/r/" + signer.sign(LinkPurpose.SURVEY, 1)).status_code == 500
    written = "\n".join(f"{record.getMessage()}\n{record.exc_text or ''}" for record in caplog.records)
    for secret in secrets_of(engine):
        assert secret not in written, secret
    assert "RuntimeError" in written  # the fault itself is there, with its place


def broken(*_args: object, **_named: object) -> None:
    raise RuntimeError("Amira Khan +447700900101 leader@example.org")
