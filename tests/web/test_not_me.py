""" "This isn't me" stands on every page that a link opens, and stops what goes there; old links too."""

from collections.abc import Callable
from datetime import timedelta
from typing import Unpack

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.links import PATHS, LinkPurpose
from surveybot.records.audit import AuditEntry
from surveybot.records.roster.students import Route, Student
from surveybot.records.round.invitations import Audience, Link
from surveybot.records.round.rounds import Round
from surveybot.rules.delivery.may_ask import Skip
from surveybot.rules.roster.people import StudentState
from tests.conftest import NOW, SmallSchool
from tests.web.holders import LEDGERS, LinkFields, give_link, look, token
from tests.web.holders import rows as count_rows
from tests.web.test_student_page import Reader, change, invite, rows

__all__ = ["invite"]

EMAIL = "amira@pupils.example.org"
BIRTHDAY, NOT_A_DAY = {"day": "3", "month": "10"}, {"day": "99", "month": "10"}
PURPOSES = (LinkPurpose.PASSPORT, LinkPurpose.STOP)


def path_to(
    app: Flask, engine: Engine, school: SmallSchool, purpose: LinkPurpose, **fields: Unpack[LinkFields]
) -> str:
    wanted: LinkFields = {"carried_to": EMAIL, **fields}
    link_id = give_link(app, engine, school, "Amira", **wanted)
    return PATHS[purpose] + token(app, purpose, link_id)


def leads_away(html: str, path: str) -> bool:
    return f'href="{path}/not-me"' in html


def test_it_stands_on_every_page_of_a_survey(engine: Engine, invite: Callable[..., Reader]) -> None:
    reader = invite("Amira", "check-in-year-2")
    client, path = reader.client, reader.path
    pages = {
        "blank": client.get(path),
        "error": client.post(path),
        "birthday": client.get(f"{path}/last"),
        "no birthday": client.post(f"{path}/last", data=NOT_A_DAY),
        "known": client.post(f"{path}/last", data=BIRTHDAY),
        "thanks": reader.send(still="same"),
        "no new link needed": client.get(f"{path}/new-link"),
        "still right": client.post(f"{path}/not-me", data={"who": "right"}),
    }
    (round_,) = rows(engine, Round)
    change(engine, Round, round_.id, opens_at=NOW + timedelta(days=1))
    pages["sealed"] = client.get(path)
    change(engine, Round, round_.id, opens_at=NOW - timedelta(days=200), closes_at=NOW - timedelta(days=100))
    pages["closed"] = client.get(path)
    change(engine, Link, reader.link_id, revoked_at=NOW)
    pages["old"], pages["old, nothing chosen"] = client.get(path), client.post(f"{path}/new-link")
    assert [name for name, page in pages.items() if not leads_away(page.text, path)] == []
    assert pages["closed"].status_code == pages["old"].status_code == 410


def test_it_stands_on_every_page_of_the_passport(app: Flask, engine: Engine, school: SmallSchool) -> None:
    path, client = path_to(app, engine, school, LinkPurpose.PASSPORT), app.test_client()
    pages = {
        "front": client.get(path),
        "error": client.post(path),
        "birthday": client.get(f"{path}/birthday"),
        "no birthday": client.post(f"{path}/birthday", data=NOT_A_DAY),
        "inside": client.post(f"{path}/birthday", data=BIRTHDAY, follow_redirects=True),
        "taken back": client.post(path, data={"take_back": "all"}),
    }
    for _ in range(5):
        pages["locked"] = client.post(f"{path}/birthday", data={"day": "4", "month": "4"})
    (link,) = rows(engine, Link)
    change(engine, Link, link.id, revoked_at=NOW)
    pages["old"] = client.get(path)
    assert [name for name, page in pages.items() if not leads_away(page.text, path)] == []
    assert "locked" in pages["locked"].text


def test_it_stands_on_every_page_of_the_stop_link(app: Flask, engine: Engine, school: SmallSchool) -> None:
    path, client = path_to(app, engine, school, LinkPurpose.STOP), app.test_client()
    pages = [client.get(path), client.post(path), client.post(path, data={"stop": "sms"})]
    assert all(leads_away(page.text, path) for page in pages)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_choice_and_only_a_choice_stops_what_goes_there(
    app: Flask, engine: Engine, school: SmallSchool, client: FlaskClient, purpose: LinkPurpose
) -> None:
    path = path_to(app, engine, school, purpose)
    before = count_rows(engine, *LEDGERS, AuditEntry)
    assert client.get(f"{path}/not-me").status_code == 200
    for posted in ({}, {"who": "junk"}):
        assert client.post(f"{path}/not-me", data=posted).status_code == 422
    assert client.post(f"{path}/not-me", data={"who": "right"}).status_code == 200
    assert count_rows(engine, *LEDGERS, AuditEntry) == before

    thanks = client.post(f"{path}/not-me", data={"who": "wrong"})
    assert "Thank you for telling us" in thanks.text
    assert not leads_away(thanks.text, path)
    with look(engine) as session:
        (route,) = session.exec(select(Route).where(Route.address == EMAIL))
        assert route.bad_reason == Skip.WRONG_NUMBER
        assert session.exec(select(AuditEntry.deed)).all() == ["wrong_person"]


@pytest.mark.parametrize("purpose", PURPOSES)
def test_who_stays_on_an_old_link_is_not_told_that_it_works(
    app: Flask, engine: Engine, school: SmallSchool, client: FlaskClient, purpose: LinkPurpose
) -> None:
    path = path_to(app, engine, school, purpose, revoked_at=NOW)
    stays = client.post(f"{path}/not-me", data={"who": "right"})
    assert stays.status_code == 200 and "Nothing has changed" in stays.text
    assert "works" not in stays.text


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_parent_is_asked_about_their_child_and_of_who_died_nothing_is_said(
    app: Flask, engine: Engine, school: SmallSchool, client: FlaskClient, purpose: LinkPurpose
) -> None:
    of_parent = path_to(app, engine, school, purpose, audience=Audience.PARENT)
    assert "This is not my child" in client.get(of_parent).text
    assert "Yes, this is not about my child" in client.get(f"{of_parent}/not-me").text
    change(engine, Student, school.ids["Amira"], state=StudentState.DECEASED)
    for posted in ({}, {"who": "wrong"}):
        page = client.post(f"{of_parent}/not-me", data=posted)
        assert page.status_code == 410
        assert "not-me" not in page.text
