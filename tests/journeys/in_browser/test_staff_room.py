"""The staff room in a real browser: sign in, open a round, watch a number change; no fault of access."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.engine import Engine

from surveybot.catalogue import load_catalogue
from surveybot.links import LinkPurpose
from surveybot.records import database
from surveybot.records.roster.students import Student
from surveybot.records.round.tutor_rounds import unknown_student
from surveybot.records.schools import School
from surveybot.records.staff import StaffMember
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.steps.staff.sign_in import new_sign_in_link
from surveybot.steps.tutor_rounds.say import OnList, pass_on
from tests.conftest import NOW, SmallSchool
from tests.fakes.listing import compare, text
from tests.journeys.in_browser.conftest import Window
from tests.journeys.in_browser.faults import check
from tests.steps.tutors import learn, open_now, the_round
from tests.web.staff_room import a_round, mark_answered

WIDTHS = (360, 1280)


class Visitor:
    """One person at one browser; what goes wrong in the page is kept."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address
        self.faults: list[str] = []
        self.page.on("console", self._keep_error)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))

    def _keep_error(self, said: Any) -> None:
        if said.type == "error":
            self.faults.append(said.text)

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)

    def check(self) -> None:
        """No violation, nothing that hangs over the side, no error in the console; at every width."""
        check(self.page, self.page.url, WIDTHS)
        assert (self.page.url, self.faults) == (self.page.url, [])


@pytest.fixture
def sign_in_path(app: Flask, engine: Engine, school: SmallSchool) -> str:
    with database.writing(engine) as session:
        staff = session.get_one(StaffMember, school.staff["careers_leader"])
        link = new_sign_in_link(session, staff, now=NOW)
        assert link.id is not None
        token = app.extensions["surveybot"].signer.sign(LinkPurpose.SIGN_IN, link.id)
        return f"/staff/sign-in/{token}"


@pytest.fixture
def visitor(window: Window, served: str) -> Visitor:
    return Visitor(window(), served)


def signed_in(visitor: Visitor, path: str) -> Any:
    visitor.go(path)
    visitor.page.get_by_label("Your school email address").fill("leader@example.org")
    visitor.page.get_by_role("button", name="Sign in").click()
    visitor.page.get_by_role("heading", level=1, name="Rounds").wait_for()
    return visitor.page


def test_a_careers_leader_signs_in_opens_a_round_and_sees_a_number_change(
    visitor: Visitor, engine: Engine, school: SmallSchool, sign_in_path: str
) -> None:
    visitor.go("/staff/sign-in")
    visitor.check()
    page = signed_in(visitor, sign_in_path)
    visitor.check()
    page.get_by_role("link", name="Open the first round").click()
    page.get_by_label("Results day").check()
    page.get_by_label("Whom?").select_option("11-2026")
    visitor.check()
    page.get_by_role("button", name="Preview").click()
    visitor.check()
    page.get_by_role("button", name="Open the round for 10 students").click()
    page.get_by_text("The round is open. 10 students are asked.").wait_for()
    answered = page.locator(".tile", has_text="answered").locator(".tile-number")
    assert answered.inner_text() == "0"
    code = page.url.rpartition("/")[2]
    mark_answered(engine, school, code, "Amira")
    page.get_by_text("1 / 5").wait_for(timeout=6000)  # nobody has loaded the page again
    assert answered.inner_text() == "1"
    visitor.check()


def pass_somebody_on(engine: Engine, school: SmallSchool, code: str) -> None:
    """The leader hands Grace to the adviser, from the list of a round that asks tutors."""
    with database.writing(engine) as session:
        row, grace = the_round(session, code), session.get_one(Student, school.ids["Grace"])
        unknown = unknown_student(session, row.id or 0, school.ids["Grace"])
        assert unknown is not None
        leader, adviser = (
            session.get_one(StaffMember, school.staff[role]) for role in ("careers_leader", "adviser")
        )
        one = OnList(row, unknown, grace, leader)
        calendar = load_catalogue().calendar_at(session.get_one(School, school.id).settings)
        note = "Grace told a friend that she may start in Leeds after Christmas."
        pass_on(session, calendar, one, to=adviser, note=note, now=NOW)


def _find_something_at_night(engine: Engine, school: SmallSchool) -> None:
    """One text unknown to its provider, and one of which it says otherwise."""
    dewi = text(engine, school, "Dewi", DeliveryState.DELIVERED)
    text(engine, school, "Amira", DeliveryState.ACCEPTED)
    compare(engine, [replace(dewi, status="undelivered")], forgotten=["SM-Amira"])


def test_no_main_page_has_a_fault_of_access(
    visitor: Visitor, engine: Engine, school: SmallSchool, sign_in_path: str
) -> None:
    code = a_round(engine, school)
    mark_answered(engine, school, code, "Amira", help=True)
    of_tutors, of_results = open_now(engine, school), a_round(engine, school, "results-day")
    learn(engine, school, "Finn")
    pass_somebody_on(engine, school, of_tutors)
    _find_something_at_night(engine, school)
    signed_in(visitor, sign_in_path)
    amira = school.codes["Amira"]
    for path in (
        "/staff/",
        f"/staff/rounds/{code}?part=unreachable",
        f"/staff/rounds/{code}?q=nobody-at-all",
        f"/staff/rounds/{code}/remind",
        "/staff/comparison",
        f"/staff/rounds/{code}/reminders",
        f"/staff/rounds/{code}/close",
        f"/staff/rounds/{code}/answer/{amira}",
        f"/staff/rounds/{code}/screen/{amira}",
        f"/staff/rounds/{of_tutors}",
        f"/staff/rounds/{of_tutors}/mine",
        f"/staff/rounds/{of_tutors}/mine/{school.codes['Finn']}",
        f"/staff/rounds/{of_tutors}/remind",
        "/staff/inbox/help",
        f"/staff/rounds/{of_results}/board",
        f"/staff/rounds/{of_results}/slips",
        "/staff/reachability?reach=all",
        "/staff/rounds/new",
        "/staff/students",
        f"/staff/students/{amira}",
        f"/staff/students/{school.codes['Imran']}",
        f"/staff/students/{amira}/mark",
        f"/staff/students/{amira}/paper",
        "/staff/calendar?leaving=2026",
        "/staff/charts?leaving=2026",
        "/staff/calendar?leaving=2040",
        f"/staff/calendar/students/{amira}",
        "/staff/calendar/dates?summer=2027",
        "/staff/calendar/words",
        "/staff/calendar/words/check-in-november",
        "/staff/settings",
        "/staff/settings/staff",
        "/staff/two-step/set-up",
    ):
        visitor.go(path)
        visitor.check()


def test_an_error_takes_the_focus_and_leads_to_its_field(
    visitor: Visitor, engine: Engine, school: SmallSchool, sign_in_path: str
) -> None:
    page = signed_in(visitor, sign_in_path)
    visitor.go(f"/staff/students/{school.codes['Amira']}/mark")
    page.get_by_role("button", name="Save").click()
    page.wait_for_function("document.activeElement.className === 'error-summary'")
    page.get_by_role("link", name="Choose what happened").click()
    page.wait_for_function("document.activeElement.id === 'state-0'")
    visitor.faults.clear()  # Chromium calls a 422 an error
    visitor.check()


def test_a_round_is_steered_by_keyboard_alone(
    visitor: Visitor, engine: Engine, school: SmallSchool, sign_in_path: str
) -> None:
    code = a_round(engine, school)
    page = signed_in(visitor, sign_in_path)
    visitor.go(f"/staff/rounds/{code}")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to main content"
    page.keyboard.press("Enter")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Pause":
            break
    page.keyboard.press("Enter")
    page.get_by_text("The round is paused.").wait_for()
