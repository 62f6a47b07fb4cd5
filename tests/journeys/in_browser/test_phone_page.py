"""The phone page in a real browser: no fault of access in any state, by keyboard alone, without scripts."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.links import LinkPurpose
from surveybot.records import database
from surveybot.records.answer.answers import Answer
from surveybot.records.round.invitations import Audience, Invitation, Link, LinkMedium
from surveybot.records.round.rounds import Round
from surveybot.records.schools import School
from tests.conftest import NOW, SmallSchool
from tests.journeys.in_browser.conftest import Window
from tests.journeys.in_browser.faults import check, violations

SAYS = {
    "sealed": "This page opens on",
    "late": "This survey has closed, but",
    "closed": "It takes no more answers",
}
COLOURS = ("blue", "navy", "teal", "green", "purple", "plum", "red", "slate")


@pytest.fixture
def link(app: Flask, engine: Engine, school: SmallSchool, served: str) -> Callable[..., str]:
    def make(name: str = "Chloe", survey: str = "after-mocks", *, of_parent: bool = False) -> str:
        audience = Audience.PARENT if of_parent else Audience.STUDENT
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
            assert round_.id is not None
            invitation = Invitation(
                school_id=school.id,
                round_id=round_.id,
                student_id=school.ids[name],
                audience=audience,
                created_at=NOW,
            )
            session.add(invitation)
            session.flush()
            link = Link(
                school_id=school.id,
                student_id=school.ids[name],
                invitation_id=invitation.id,
                audience=audience,
                medium=LinkMedium.PAPER,
                created_at=NOW,
            )
            session.add(link)
            session.flush()
            assert link.id
            return f"{served}/r/{app.extensions['surveybot'].signer.sign(LinkPurpose.SURVEY, link.id)}"

    return make


def test_no_state_of_the_page_has_a_fault_of_access(
    window: Window, link: Callable[..., str], engine: Engine, school: SmallSchool
) -> None:
    url = link()
    page = window()
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
    page.goto(url[:-3])
    check(page, "mistyped")


def test_no_state_of_a_link_that_takes_no_answer_has_a_fault_of_access(
    window: Window, link: Callable[..., str], engine: Engine
) -> None:
    url, page = link(), window()
    for state, opens_in, closes_in in (("sealed", 1, 9), ("late", -9, -1), ("closed", -99, -90)):
        with database.writing(engine) as session:
            row = session.exec(select(Round)).one()
            row.opens_at, row.closes_at = NOW + timedelta(days=opens_in), NOW + timedelta(days=closes_in)
            session.add(row)
        page.goto(url)
        assert page.is_visible(f"text={SAYS[state]}")
        check(page, state)


def test_no_state_of_this_is_not_me_has_a_fault_of_access(window: Window, link: Callable[..., str]) -> None:
    url, page = link(), window()
    page.goto(url)
    page.click("text=This isn’t me")
    check(page, "ask")
    page.click("button")
    assert page.is_visible("text=There is a problem")
    check(page, "nothing chosen")
    page.check("text=No, this is me")
    page.click("button")
    assert page.is_visible("text=Nothing has changed")
    check(page, "stays")
    page.goto(f"{url}/not-me")
    page.check("text=Yes, this is not me")
    page.click("button")
    assert page.is_visible("text=Thank you for telling us")
    check(page, "done")
    page.goto(url)
    assert page.is_visible("text=This link is old")
    check(page, "old")
    page.click("button")
    check(page, "old, nothing chosen")


def test_the_other_surveys_have_no_fault_of_access(window: Window, link: Callable[..., str]) -> None:
    page = window()
    for survey in ("autumn-intentions", "before-leaving", "results-day", "parent-consent"):
        page.goto(link(survey=survey, of_parent=survey == "parent-consent"))
        check(page, survey)


def test_half_an_answer_has_no_fault_of_access(window: Window, link: Callable[..., str]) -> None:
    page = window()
    page.goto(link("Amira", "check-in-year-2"))
    page.check("text=It has changed")
    page.click("button")
    assert page.is_visible("text=Thank you, we have kept that")
    check(page, "half")
    page.click("button")
    check(page, "half, sent as it is")


def test_what_was_said_last_has_no_fault_of_access(window: Window, link: Callable[..., str]) -> None:
    page = window()
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
    assert page.context.cookies() == []


def test_every_school_colour_can_be_read(
    window: Window, link: Callable[..., str], engine: Engine, school: SmallSchool
) -> None:
    url, page, root = link(), window(), "document.documentElement.className"
    with database.writing(engine) as session:
        row = session.get_one(School, school.id)
        row.settings = {**row.settings, "colour": COLOURS[-1]}
        session.add(row)
    page.goto(url)
    page.check("[name=sure][value=very]")
    assert page.evaluate(root) == f"colour-{COLOURS[-1]}"
    for colour in COLOURS:
        page.evaluate(f"{root} = 'colour-{colour}'")
        assert violations(page, ("color-contrast",)) == [], colour


def test_yes_and_no_look_the_same(window: Window, link: Callable[..., str]) -> None:
    page = window()
    page.goto(link())
    script = """node => {
        const style = getComputedStyle(node.parentElement), box = node.parentElement.getBoundingClientRect();
        return [style.color, style.backgroundColor, style.fontSize, style.fontWeight, style.borderColor,
                box.width, box.height];
    }"""
    looks = [page.eval_on_selector(f"[name=P1][value={word}]", script) for word in ("yes", "no")]
    assert looks[0] == looks[1]


def test_what_can_be_tapped_is_big_enough(window: Window, link: Callable[..., str]) -> None:
    page = window(320)
    page.goto(link())
    heights = page.eval_on_selector_all(
        ".option, button, select, .text, summary",
        "nodes => nodes.map(node => node.getBoundingClientRect().height).filter(height => height)",
    )
    assert min(heights) >= 44


def test_the_keyboard_alone_answers(window: Window, link: Callable[..., str], engine: Engine) -> None:
    page = window(1280)
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


def test_after_an_error_the_summary_has_the_focus_and_leads_to_the_choice(
    window: Window, link: Callable[..., str]
) -> None:
    page = window()
    page.goto(link())
    page.click("button")
    assert page.evaluate("document.activeElement.className") == "summary"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#options-1-kind"


def test_it_works_without_scripts_in_two_requests_to_nobody_else(
    window: Window, link: Callable[..., str], engine: Engine, served: str
) -> None:
    page, asked, told = window(scripts=False), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: told.append(message.text))
    page.goto(link())
    assert len(asked) == 2 and all(url.startswith(served) for url in asked)
    page.check("[name=options-1-kind][value=apprenticeship]")
    page.click("summary:has-text('second choice')")
    page.select_option("[name=options-2-kind]", "job_with_study")
    page.fill("[name=options-1-provider]", "Acme Engineering")
    page.check("[name=P1][value=yes]")
    page.click("button")
    assert page.is_visible("text=Thank you, Chloe")
    assert page.context.cookies() == [] and told == []
    with database.reading(engine) as session:
        (answer,) = session.exec(select(Answer)).all()
    assert [option["kind"] for option in answer.content["options"]] == ["apprenticeship", "job_with_study"]


def test_back_after_done_shows_no_answer(window: Window, link: Callable[..., str]) -> None:
    page = window()
    page.goto(link())
    page.check("[name=options-1-kind][value=job]")
    page.fill("[name=options-1-provider]", "Canary Works")
    page.click("button")
    page.wait_for_selector("text=Thank you")
    page.go_back()
    page.reload()
    assert page.input_value("[name=options-1-provider]") == ""
    assert page.query_selector_all("input:checked") == []


@pytest.mark.parametrize("way", ["waits", "first button", "every button", "empty forms", "junk"])
def test_a_scanner_with_a_browser_leaves_no_row(
    window: Window, link: Callable[..., str], engine: Engine, way: str
) -> None:
    url = link()
    page = window(1280)
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
