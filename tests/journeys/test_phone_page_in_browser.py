"""The phone page in a real browser: no fault of access in any state, by keyboard alone, without scripts."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.engine import Engine
from sqlmodel import select
from werkzeug.serving import make_server

from surveybot.links import LinkPurpose
from surveybot.records import database
from surveybot.records.answers import Answer
from surveybot.records.invitations import Audience, Invitation, Link, LinkMedium
from surveybot.records.rounds import Round
from surveybot.records.schools import School
from tests.conftest import NOW, SmallSchool, leave_out

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
AXE = (Path(__file__).parents[1] / "data" / "axe.min.js").read_text("utf-8")
WIDTHS = (320, 360, 1280)
COLOURS = ("blue", "navy", "teal", "green", "purple", "plum", "red", "slate")

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    if not CHROMIUM:
        leave_out("Chromium is not installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def migrated_url(sqlite_template: Path, tmp_path: Path) -> str:
    """One kind of database is enough here: what is shown is the page."""
    shutil.copy(sqlite_template, tmp_path / "test.db")
    return f"sqlite:///{tmp_path / 'test.db'}"


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def link(app: Flask, engine: Engine, school: SmallSchool, address: str) -> Callable[..., str]:
    def make(name: str = "Chloe", survey: str = "after-mocks", *, of_parent: bool = False) -> str:
        whose = {
            "school_id": school.id,
            "student_id": school.ids[name],
            "audience": Audience.PARENT if of_parent else Audience.STUDENT,
        }
        with database.writing(engine) as session:
            row = session.get_one(School, school.id)
            row.settings = {
                **row.settings,
                "sixth_form": True,
                "help_adult": "Ms Okafor",
                "ask_parents": True,
            }
            session.add(row)
            round_ = Round(
                code=f"R-{survey[:6].upper()}",
                school_id=school.id,
                survey=survey,
                leaving=2026,
                year_group=11,
                opens_at=NOW,
                closes_at=NOW + timedelta(days=9),
                created_at=NOW,
            )
            session.add(round_)
            session.flush()
            invitation = Invitation(round_id=round_.id, created_at=NOW, **whose)
            session.add(invitation)
            session.flush()
            link = Link(invitation_id=invitation.id, medium=LinkMedium.PAPER, created_at=NOW, **whose)
            session.add(link)
            session.flush()
            assert link.id
            return f"{address}/r/{app.extensions['surveybot'].signer.sign(LinkPurpose.SURVEY, link.id)}"

    return make


TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


def violations(page: Any, only: tuple[str, ...] = TAGS) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate("only => axe.run(document, {runOnly: only})", list(only))["violations"]
    return [f"{one['id']}: {[node['target'] for node in one['nodes']]}" for one in found]


def overflows(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def check(page: Any, state: str) -> None:
    assert violations(page) == [], state
    assert not overflows(page), state


@pytest.mark.parametrize("width", WIDTHS)
def test_no_state_of_the_page_has_a_fault_of_access(
    browser: Any, link: Callable[..., str], engine: Engine, school: SmallSchool, width: int
) -> None:
    url = link()
    context = browser.new_context(viewport={"width": width, "height": 800}, bypass_csp=True)
    page = context.new_page()
    page.goto(url)
    for details in page.query_selector_all("details"):
        details.evaluate("node => node.open = true")
    check(page, "empty")
    page.click("button")
    assert page.is_visible("text=There is a problem")
    check(page, "error")
    page.check("[name=options-1-kind][value=not_sure]")
    page.check("[name=help][value=talk]")
    page.check("[name=P1][value=no]")
    check(page, "filled in")
    page.click("button")
    assert page.is_visible("text=0800 100 900")
    check(page, "done")
    for path in ("/not-me",):
        page.goto(url + path)
        check(page, path)
    with database.writing(engine) as session:
        for row in session.exec(select(Link)):
            row.revoked_at = NOW
            session.add(row)
    page.goto(url)
    check(page, "old")
    page.goto(url[:-3])
    check(page, "mistyped")
    context.close()


@pytest.mark.parametrize("survey", ["autumn-intentions", "before-leaving", "results-day", "parent-consent"])
def test_the_other_surveys_have_no_fault_of_access(
    browser: Any, link: Callable[..., str], survey: str
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 800}, bypass_csp=True)
    page = context.new_page()
    page.goto(link(survey=survey, of_parent=survey == "parent-consent"))
    check(page, survey)
    context.close()


def test_what_was_said_last_has_no_fault_of_access(browser: Any, link: Callable[..., str]) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 800}, bypass_csp=True)
    page = context.new_page()
    page.goto(link("Amira", "check-in-year-2"))
    check(page, "check-in")
    page.click("text=See what you last told us")
    check(page, "birthday")
    page.click("button")
    check(page, "no birthday")
    page.fill("#day", "3")
    page.fill("#month", "October")
    page.click("button")
    assert page.is_visible("text=We have nothing from before")
    check(page, "known")
    assert context.cookies() == []
    context.close()


def test_every_school_colour_can_be_read(
    browser: Any, link: Callable[..., str], engine: Engine, school: SmallSchool
) -> None:
    url = link()
    context = browser.new_context(viewport={"width": 360, "height": 800}, bypass_csp=True)
    page = context.new_page()
    for colour in COLOURS:
        with database.writing(engine) as session:
            row = session.get_one(School, school.id)
            row.settings = {**row.settings, "colour": colour}
            session.add(row)
        page.goto(url)
        page.check("[name=sure][value=very]")
        assert violations(page, ("color-contrast",)) == [], colour
    context.close()


def test_yes_and_no_look_the_same(browser: Any, link: Callable[..., str]) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 800})
    page.goto(link())
    script = """node => {
        const style = getComputedStyle(node.parentElement), box = node.parentElement.getBoundingClientRect();
        return [style.color, style.backgroundColor, style.fontSize, style.fontWeight, style.borderColor,
                box.width, box.height];
    }"""
    looks = [page.eval_on_selector(f"[name=P1][value={word}]", script) for word in ("yes", "no")]
    assert looks[0] == looks[1]
    page.close()


def test_what_can_be_tapped_is_big_enough(browser: Any, link: Callable[..., str]) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 800})
    page.goto(link())
    heights = page.eval_on_selector_all(
        ".option, button, select, .text, summary",
        "nodes => nodes.map(node => node.getBoundingClientRect().height).filter(height => height)",
    )
    assert min(heights) >= 44
    page.close()


def test_the_keyboard_alone_answers(browser: Any, link: Callable[..., str], engine: Engine) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(link(survey="results-day"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "plan":
            break
    page.keyboard.press("ArrowDown")  # to the second choice: "My plan has changed"
    assert page.evaluate("document.activeElement.value") == "changed"
    outline = page.evaluate("getComputedStyle(document.activeElement.parentElement).outlineWidth")
    assert outline == "3px"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "BUTTON"
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Thank you, Chloe")
    with database.reading(engine) as session:
        (answer,) = session.exec(select(Answer)).all()
    assert answer.content == {"plan": "changed"}
    page.close()


def test_after_an_error_the_summary_has_the_focus_and_leads_to_the_choice(
    browser: Any, link: Callable[..., str]
) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 800})
    page.goto(link())
    page.click("button")
    assert page.evaluate("document.activeElement.className") == "summary"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#options-1-kind"
    page.close()


def test_it_works_without_scripts_in_two_requests_to_nobody_else(
    browser: Any, link: Callable[..., str], engine: Engine, address: str
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 800}, java_script_enabled=False)
    page, asked, told = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: told.append(message.text))
    page.goto(link())
    assert len(asked) == 2 and all(url.startswith(address) for url in asked)
    page.check("[name=options-1-kind][value=apprenticeship]")
    page.click("summary:has-text('second choice')")
    page.select_option("[name=options-2-kind]", "job_with_study")
    page.fill("[name=options-1-provider]", "Acme Engineering")
    page.check("[name=P1][value=yes]")
    page.click("button")
    assert page.is_visible("text=Thank you, Chloe")
    assert context.cookies() == [] and told == []
    with database.reading(engine) as session:
        (answer,) = session.exec(select(Answer)).all()
    assert [option["kind"] for option in answer.content["options"]] == ["apprenticeship", "job_with_study"]
    context.close()


def test_back_after_done_shows_no_answer(browser: Any, link: Callable[..., str]) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 800})
    page.goto(link())
    page.check("[name=options-1-kind][value=job]")
    page.fill("[name=options-1-provider]", "Canary Works")
    page.click("button")
    page.wait_for_selector("text=Thank you")
    page.go_back()
    page.reload()
    assert page.input_value("[name=options-1-provider]") == ""
    assert page.query_selector_all("input:checked") == []
    page.close()


@pytest.mark.parametrize("way", ["waits", "first button", "every button", "empty forms", "junk"])
def test_a_scanner_with_a_browser_leaves_no_row(
    browser: Any, link: Callable[..., str], engine: Engine, way: str
) -> None:
    url = link()
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    for path in ("", "/not-me"):
        page.goto(url + path)
        if way == "junk":
            for field in page.query_selector_all("input.text:visible"):
                field.fill("junk")
        if way in ("first button", "junk"):
            page.click("button >> nth=0")
        elif way == "every button":
            for number in range(page.locator("button").count()):
                page.goto(url + path)
                page.locator("button").nth(number).click()
        elif way == "empty forms":
            with page.expect_navigation():
                page.evaluate("document.forms[0].submit()")
    with database.reading(engine) as session:
        assert session.exec(select(Answer)).all() == []
        assert all(row.revoked_at is None and row.used_at is None for row in session.exec(select(Link)))
    page.goto(url)
    page.check("[name=sure][value=very]")
    page.click("button")
    assert page.is_visible("text=Thank you")  # and the student then succeeds
    page.close()
