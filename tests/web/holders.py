"""Links in the hands of students and parents, and counts of what pages may change."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypedDict, Unpack

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine
from sqlmodel import Session, SQLModel, func, select

from surveybot.links import LinkPurpose
from surveybot.records import database
from surveybot.records.answer.answers import Answer
from surveybot.records.answer.consents import ConsentEvent, Objection
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.delivery.opt_outs import OptOut
from surveybot.records.round.invitations import Audience, Link, LinkMedium
from surveybot.rules.delivery.channels import Channel, RouteOwner
from surveybot.rules.delivery.delivery_states import DeliveryState, MessageClass
from tests.conftest import NOW, SmallSchool

LEDGERS = (Answer, ConsentEvent, Objection, OptOut)


def rows(engine: Engine, *tables: type[SQLModel]) -> list[int]:
    """How many rows the ledgers hold: answers, consents, objections, opt-outs."""
    with database.reading(engine) as session:
        return [session.exec(select(func.count()).select_from(table)).one() for table in tables or LEDGERS]


@contextmanager
def look(engine: Engine) -> Iterator[Session]:
    with database.reading(engine) as session:
        yield session


class LinkFields(TypedDict, total=False):
    """What a test may want otherwise in its link; `carried_to` is the address that its message went to."""

    audience: Audience
    carried_to: str
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None
    delivery_id: int | None
    invitation_id: int | None


def give_link(
    app: Flask, engine: Engine, school: SmallSchool, name: str, **fields: Unpack[LinkFields]
) -> int:
    """The number of a new link."""
    audience, carried_to = fields.get("audience", Audience.STUDENT), fields.get("carried_to", "")
    with database.writing(engine) as session:
        channel = Channel.SMS if carried_to.startswith("+") else Channel.EMAIL
        delivery = Delivery(
            dedupe_key=f"test:{name}:{audience}:{carried_to}:{len(fields)}",
            school_id=school.id,
            student_id=school.ids[name],
            message_class=MessageClass.ASK,
            template="invitation",
            channel=channel,
            owner=RouteOwner.STUDENT if audience is Audience.STUDENT else RouteOwner.CONTACT_1,
            to_address=carried_to,
            state=DeliveryState.DELIVERED,
            due_at=NOW,
            next_at=NOW,
            created_at=NOW,
        )
        if carried_to:
            session.add(delivery)
            session.flush()
        link = Link(
            school_id=school.id,
            student_id=school.ids[name],
            audience=audience,
            medium=LinkMedium(channel.value) if carried_to else LinkMedium.PAPER,
            created_at=fields.get("created_at", NOW),
            expires_at=fields.get("expires_at"),
            used_at=fields.get("used_at"),
            revoked_at=fields.get("revoked_at"),
            delivery_id=fields.get("delivery_id", delivery.id),
            invitation_id=fields.get("invitation_id"),
        )
        session.add(link)
        session.flush()
        assert link.id
        return link.id


def token(app: Flask, purpose: LinkPurpose, link_id: int) -> str:
    signed: str = app.extensions["surveybot"].signer.sign(purpose, link_id)
    return signed


def csrf_of(html: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', html)
    assert found
    return found[1]


def inputs(html: str) -> list[str]:
    return re.findall(r"<input[^>]*>", html)


SCANNERS: dict[str, Callable[[FlaskClient, str], None]] = {}
"""What mail filters and previews do to a link; none of it may change anything."""


def _scanner(name: str) -> Callable[[Callable[[FlaskClient, str], None]], None]:
    def keep(behave: Callable[[FlaskClient, str], None]) -> None:
        SCANNERS[name] = behave

    return keep


@_scanner("HEAD")
def _head(client: FlaskClient, path: str) -> None:
    assert client.head(path).status_code == 200


@_scanner("GET")
def _get(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 200


@_scanner("GET fifty times")
def _get_often(client: FlaskClient, path: str) -> None:
    for _ in range(50):
        assert client.get(path).status_code == 200


@_scanner("GET from two places")
def _get_from_two(client: FlaskClient, path: str) -> None:
    for place in ("192.0.2.1", "198.51.100.7"):
        client.get(path, environ_base={"REMOTE_ADDR": place})


@_scanner("prefetch")
def _prefetch(client: FlaskClient, path: str) -> None:
    client.get(path, headers={"Purpose": "prefetch", "Sec-Purpose": "prefetch;prerender"})


@_scanner("text preview")
def _preview(client: FlaskClient, path: str) -> None:
    client.get(path, headers={"User-Agent": "facebookexternalhit/1.1 Facebot Twitterbot/1.0"})


@_scanner("every form empty")
def _empty(client: FlaskClient, path: str) -> None:
    assert client.post(path, data={}).status_code == 422


@_scanner("empty body")
def _no_body(client: FlaskClient, path: str) -> None:
    assert client.post(path).status_code == 422


@_scanner("every hidden field and button, nothing chosen")
def _buttons(client: FlaskClient, path: str) -> None:
    html = client.get(path).text
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', html))
    for button in ["", *re.findall(r"<button[^>]*>", html)]:
        name = re.search(r'name="([^"]+)"', button)
        assert client.post(path, data={**hidden, **({name[1]: ""} if name else {})}).status_code == 422


@_scanner("junk in every text box")
def _junk(client: FlaskClient, path: str) -> None:
    names = {found for tag in inputs(client.get(path).text) for found in re.findall(r'name="([^"]+)"', tag)}
    for junk in ("test", "12345", "' OR 1=1", "\x00", "a" * 5000):
        refused = client.post(path, data=dict.fromkeys(names, junk)).status_code
        assert refused in (413, 422)  # too big, or nothing chosen


@_scanner("POST as JSON")
def _json(client: FlaskClient, path: str) -> None:
    assert client.post(path, json={"take_back": "all", "stop": "both"}).status_code == 422


@_scanner("POST elsewhere, PUT, DELETE")
def _methods(client: FlaskClient, path: str) -> None:
    for method in ("PUT", "DELETE", "PATCH"):
        assert client.open(path, method=method).status_code == 405
