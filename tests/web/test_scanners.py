"""Twelve scanners at every form behind every link of students and parents: not one row is touched."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.engine import Engine
from sqlmodel import SQLModel, select

from surveybot.links import PATHS, LinkPurpose
from surveybot.records import database
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.roster.students import Student
from surveybot.rules.delivery.channels import RouteKind
from surveybot.steps.roster.change_contact import change_contact
from surveybot.steps.sending.queue import PROOF
from tests.conftest import NOW, SmallSchool
from tests.web.holders import SCANNERS, give_link, token
from tests.web.test_student_page import Reader, invite

__all__ = ["invite"]

Paths = dict[LinkPurpose, str]


@pytest.fixture
def paths(app: Flask, engine: Engine, school: SmallSchool, invite: Callable[..., Reader]) -> Paths:
    """One link of each kind."""
    reader = invite("Amira", "check-in-november")
    with database.writing(engine) as session:
        amira = session.get_one(Student, school.ids["Amira"])
        kind, own = RouteKind.PERSONAL_EMAIL, "amira@home.example.org"
        change_contact(session, student=amira, kind=kind, address=own, now=NOW)
        asked = session.exec(select(Delivery.id).where(Delivery.template == PROOF)).one()
    ids = {
        LinkPurpose.SURVEY: reader.link_id,
        LinkPurpose.PASSPORT: give_link(app, engine, school, "Amira"),
        LinkPurpose.STOP: give_link(app, engine, school, "Amira", carried_to="amira@pupils.example.org"),
        LinkPurpose.PROVE: give_link(app, engine, school, "Amira", delivery_id=asked),
    }
    return {purpose: PATHS[purpose] + token(app, purpose, number) for purpose, number in ids.items()}


def forms_behind(app: Flask, purpose: LinkPurpose, path: str) -> list[str]:
    """Every address behind this link that shows a form to whoever opens it, as the router knows them."""
    prefix = f"{PATHS[purpose]}<token>"
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith(prefix) and rule.methods]
    shown = {rule.rule for rule in rules if "GET" in (rule.methods or ())}
    taken = {rule.rule for rule in rules if "POST" in (rule.methods or ())}
    return sorted(rule.replace(prefix, path) for rule in shown & taken if not rule.endswith("/new-link"))


def everything_stored(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    with database.looking(engine) as connection:
        tables = SQLModel.metadata.sorted_tables
        return {
            table.name: sorted(map(tuple, connection.execute(table.select())), key=str) for table in tables
        }


@pytest.mark.parametrize("scanner", SCANNERS)
@pytest.mark.parametrize("purpose", sorted(set(LinkPurpose) - {LinkPurpose.SIGN_IN}))
def test_a_scanner_leaves_everything_as_it_was(
    app: Flask, engine: Engine, paths: Paths, purpose: LinkPurpose, scanner: str
) -> None:
    before = everything_stored(engine)
    forms = forms_behind(app, purpose, paths[purpose])
    assert paths[purpose] in forms
    for form in forms:
        SCANNERS[scanner](app.test_client(), form)
    assert everything_stored(engine) == before
