"""The consent passport and the stop page in a real browser: no fault of access in any state."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Unpack

import pytest
from flask import Flask
from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.config import Settings
from surveybot.links import LinkPurpose
from surveybot.records import database
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.roster.students import Student
from surveybot.records.round.invitations import Audience
from surveybot.records.schools import School
from surveybot.rules.delivery.channels import RouteKind
from surveybot.steps.roster.change_contact import change_contact
from surveybot.steps.sending.queue import PROOF
from tests.conftest import NOW, Clock, SmallSchool, open_house
from tests.journeys.in_browser.conftest import Window
from tests.journeys.in_browser.faults import check
from tests.web.holders import LinkFields, give_link, rows, token

OPEN_ALL = "document.querySelectorAll('details').forEach(node => node.open = true)"


@pytest.fixture
def app(settings: Settings, engine: Engine, clock: Clock) -> Iterator[Flask]:
    with open_house(replace(settings, demo=True), clock) as app:
        yield app


Address = Callable[..., str]


@pytest.fixture
def address(app: Flask, engine: Engine, school: SmallSchool, served: str) -> Address:
    """Makes a link for somebody and says where it opens, on a server that runs."""
    with database.writing(engine) as session:
        row = session.get_one(School, school.id)
        row.settings = {**row.settings, "la_contractor": "Mill Careers", "ask_parents": True}
        session.add(row)

    def make(name: str, purpose: LinkPurpose, **fields: Unpack[LinkFields]) -> str:
        path = {LinkPurpose.PASSPORT: "me", LinkPurpose.STOP: "stop", LinkPurpose.PROVE: "mine"}[purpose]
        link_id = give_link(app, engine, school, name, **fields)
        return f"{served}/{path}/{token(app, purpose, link_id)}"

    return make


def fill_birthday(page: Any, url: str, day: str, month: str) -> None:
    page.goto(f"{url}/birthday")
    page.fill("#day", day)
    page.fill("#month", month)
    page.click("button")


def test_no_state_of_the_passport_has_a_fault_of_access(window: Window, address: Address) -> None:
    url = address("Amira", LinkPurpose.PASSPORT)
    page = window()
    page.goto(url)
    check(page, "front")
    page.click("button")
    assert page.is_visible("text=There is a problem")
    check(page, "front, nothing chosen")
    page.goto(f"{url}/birthday")
    check(page, "birthday")
    page.click("button")
    check(page, "birthday, nothing given")
    fill_birthday(page, url, "3", "10")
    check(page, "inside")
    page.evaluate(OPEN_ALL)
    check(page, "inside, unfolded")
    page.check("#P4")
    page.locator("form:has(#P4) button").click()
    check(page, "receipt")
    page.goto(f"{url}/see")
    page.fill("#mobile", "12")
    page.click("text=Save contact details")
    check(page, "inside, wrong number")
    page.goto(url)
    page.check("text=All of these")
    page.check("text=Stop emails")
    page.click("button")
    check(page, "taken back")
    for _ in range(5):
        fill_birthday(page, url, "4", "4")
    assert page.is_visible("text=This page is locked")
    check(page, "locked")


def test_no_state_of_the_stop_page_has_a_fault_of_access(window: Window, address: Address) -> None:
    page = window()
    page.goto(address("Amira", LinkPurpose.STOP))
    check(page, "ask")
    page.click("button")
    check(page, "nothing chosen")
    page.check("text=Both")
    page.click("button")
    assert page.is_visible("text=We will not send you any more texts.")
    check(page, "done")


def test_no_state_of_the_question_whose_an_address_is_has_a_fault_of_access(
    window: Window, address: Address, engine: Engine, school: SmallSchool
) -> None:
    with database.writing(engine) as session:
        amira = session.get_one(Student, school.ids["Amira"])
        kind, own = RouteKind.PERSONAL_EMAIL, "amira@home.example.org"
        change_contact(session, student=amira, kind=kind, address=own, now=NOW)
        asked = session.exec(select(Delivery.id).where(Delivery.template == PROOF)).one()
    url = address("Amira", LinkPurpose.PROVE, delivery_id=asked)
    page = window()
    page.goto(url)
    check(page, "ask")
    page.click("button")
    check(page, "nothing chosen")
    page.check("text=Yes, this is mine")
    page.click("button")
    assert page.is_visible("text=Thank you, that is noted")
    check(page, "done")


@pytest.mark.parametrize("purpose", [LinkPurpose.PASSPORT, LinkPurpose.STOP])
def test_no_state_of_this_is_not_me_has_a_fault_of_access(
    window: Window, address: Address, purpose: LinkPurpose
) -> None:
    page = window()
    page.goto(address("Amira", purpose))
    page.click("text=This isn’t me")
    check(page, "ask")
    page.click("button")
    assert page.is_visible("text=There is a problem")
    check(page, "nothing chosen")
    page.check("text=Yes, this is not me")
    page.click("button")
    assert page.is_visible("text=Thank you for telling us")
    check(page, "done")


def test_a_parents_pages_have_no_fault_of_access(window: Window, address: Address) -> None:
    url = address("Chloe", LinkPurpose.PASSPORT, audience=Audience.PARENT)
    page = window()
    page.goto(url)
    check(page, "front")
    fill_birthday(page, url, "31", "August")
    page.evaluate(OPEN_ALL)
    check(page, "inside")
    page.check("[name=statutory][value=objected]")
    page.locator("form:has(#statutory) button").click()
    check(page, "receipt")


def test_yes_and_no_look_alike(window: Window, address: Address) -> None:
    page = window()
    fill_birthday(page, address("Amira", LinkPurpose.PASSPORT), "3", "10")
    page.locator("form:has(#P4)").evaluate("form => form.closest('details').open = true")
    assert page.locator(":checked").count() == 0

    def look(value: str) -> dict[str, Any]:
        style = (
            "node => { const s = getComputedStyle(node.closest('label')), r = node.closest('label')"
            ".getBoundingClientRect(); return {w: Math.round(r.width), h: Math.round(r.height), "
            "colour: s.color, ground: s.backgroundColor, edge: s.border, font: s.font} }"
        )
        found: dict[str, Any] = page.locator(f"[name=P4][value={value}]").evaluate(style)
        return found

    assert look("yes") == look("no")


def test_the_keyboard_alone_takes_everything_back(window: Window, address: Address, engine: Engine) -> None:
    page = window(scripts=False)
    before = rows(engine)
    page.goto(address("Amira", LinkPurpose.PASSPORT))
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.locator("[value=all]:focus").count():
            break
    page.keyboard.press("Space")
    for _ in range(5):
        page.keyboard.press("Tab")
        if page.locator("button:focus").count():
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Everything that you had agreed to")
    assert rows(engine)[1] == before[1] + 5


def test_a_browser_that_presses_every_button_changes_nothing(
    window: Window, address: Address, engine: Engine
) -> None:
    """What a mail filter does that opens links in a real browser."""
    before = rows(engine)
    for purpose in (LinkPurpose.PASSPORT, LinkPurpose.STOP):
        url = address("Amira", purpose, created_at=Clock().time)
        page = window()
        for path in ("", "/birthday") if purpose is LinkPurpose.PASSPORT else ("",):
            page.goto(url + path)
            for number in range(page.locator("button").count()):
                page.goto(url + path)
                for box in page.locator(
                    "input:not([type=hidden]):not([type=radio]):not([type=checkbox])"
                ).all():
                    box.fill("junk")
                page.locator("button").nth(number).click()
                page.wait_for_load_state()
                assert page.is_visible("text=There is a problem")
    assert rows(engine) == before
