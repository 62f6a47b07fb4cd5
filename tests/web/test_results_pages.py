"""Results day in the staff room and on the phone: the seal, the board, the marks, the slips."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pypdfium2
import pytest
import zxingcpp
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine
from sqlmodel import col, select

from surveybot.catalogue import load_catalogue
from surveybot.links import LinkPurpose, LinkSigner
from surveybot.records import database
from surveybot.records.answer.answers import Answer
from surveybot.records.audit import AuditEntry
from surveybot.records.destination.destinations import DestinationFact
from surveybot.records.follow_ups import HelpRequest
from surveybot.records.report.board_cases import BoardCase
from surveybot.records.roster.students import Student
from surveybot.records.round.invitations import Link
from surveybot.records.schools import School
from surveybot.rules.destination.destinations import FactKind, FactMethod, FactSource
from surveybot.steps.round.open_round import open_round, plan_round
from tests.conftest import TEST_KEY, Clock, SmallSchool
from tests.statements import counted
from tests.web.staff_room import a_round, post

SignIn = Callable[..., FlaskClient]
SURVEY = load_catalogue().survey("results-day")
EVE = datetime(2026, 8, 19, 12, 0, tzinfo=UTC)
EIGHT = datetime(2026, 8, 20, 7, 0, tzinfo=UTC)


@pytest.fixture
def code(engine: Engine, school: SmallSchool, clock: Clock) -> str:
    """A round about results, opened on the eve; the clock stands a minute after it opens."""
    clock.time = EVE
    with database.writing(engine) as session:
        row = session.get_one(School, school.id)
        plan = plan_round(session, row, SURVEY, leaving=2026, year_group=11, opens_at=EIGHT, now=EVE)
        made = open_round(session, row, plan, opened_by="leader@example.org", now=EVE)
        opened = made.code
    clock.time = EIGHT + timedelta(minutes=1)
    return opened


def link_of(engine: Engine, school: SmallSchool, forename: str) -> str:
    with database.reading(engine) as session:
        query = select(Link).where(Link.student_id == school.ids[forename]).order_by(col(Link.id))
        link = session.exec(query).first()
    assert link is not None
    assert link.id is not None
    return "/r/" + LinkSigner([(1, TEST_KEY)]).sign(LinkPurpose.SURVEY, link.id)


def say(client: FlaskClient, engine: Engine, school: SmallSchool, forename: str, plan: str) -> str:
    """Two taps on the phone: a choice, and send."""
    address = link_of(engine, school, forename)
    number = re.search(r'name="page" value="([^"]+)"', client.get(address).text)
    assert number
    answer = client.post(address, data={"page": number[1], "plan": plan})
    assert answer.status_code == 200
    return answer.text


def asked_for_help(school: SmallSchool, forename: str, asked_at: datetime) -> HelpRequest:
    return HelpRequest(
        school_id=school.id, student_id=school.ids[forename], asked_at=asked_at, promised_by=EIGHT
    )


def tiles(page: str) -> dict[str, int]:
    found = re.findall(r'tile-number">(\d+)</span> <span class="tile-label">([^<]+)<', page)
    return {label: int(number) for number, label in found}


def names_in(piece: str, page: str) -> list[str]:
    """The names in one piece of the board, in their order."""
    inside = page.split(f'id="{piece}"')[1].split('id="board-')[0]
    return re.findall(r'<a href="/staff/students/[^"]+">([^<]+)</a>', inside)


def test_before_eight_the_page_says_when_it_opens_and_takes_nothing(
    client: FlaskClient, engine: Engine, school: SmallSchool, code: str, clock: Clock
) -> None:
    clock.time = EIGHT - timedelta(seconds=1)
    address = link_of(engine, school, "Amira")
    page = client.get(address)
    assert page.status_code == 200
    assert "This page opens on Thu 20 Aug 2026, 08:00" in page.text
    assert "<form" not in page.text
    number = LinkSigner([(1, TEST_KEY)]).new_page(1)
    refused = client.post(address, data={"page": number, "plan": "same"})
    assert (refused.status_code, "opens on" in refused.text) == (409, True)
    clock.time = EIGHT  # and no tick was needed
    assert "how is your plan?" in client.get(address).text
    with database.reading(engine) as session:
        assert session.exec(select(Answer)).first() is None


def test_staff_answer_for_nobody_before_eight(
    sign_in: SignIn, school: SmallSchool, code: str, clock: Clock
) -> None:
    clock.time = EVE
    client = sign_in("careers_leader")
    address = f"/staff/rounds/{code}/answer/{school.codes['Amira']}"
    assert client.get(address).status_code == 404
    assert "sealed, opens Thu 20 Aug 2026, 08:00" in client.get(f"/staff/rounds/{code}").text
    assert "Sealed until Thu 20 Aug 2026, 08:00" in client.get(f"/staff/rounds/{code}/board").text
    clock.time = EIGHT
    assert sign_in("careers_leader").get(address).status_code == 200


def test_same_plan_in_two_taps_verifies_what_was_said_last(
    client: FlaskClient, engine: Engine, school: SmallSchool, code: str
) -> None:
    said_before = partial(
        DestinationFact,
        school_id=school.id,
        student_id=school.ids["Amira"],
        kind=FactKind.INTENDED,
        source=FactSource.STUDENT,
        method=FactMethod.LINK,
        preference=1,
    )
    with database.writing(engine) as session:
        for destination, at in (("apprenticeship", EVE - timedelta(days=200)), ("fe_college", EVE)):
            session.add(said_before(destination=destination, ascertained_at=at))
    say(client, engine, school, "Amira", "same")
    with database.reading(engine) as session:
        facts = session.exec(select(DestinationFact).order_by(col(DestinationFact.id))).all()
        last = facts[-1]
        assert len(facts) == 3
        assert (last.destination, last.verifies_id) == ("fe_college", facts[1].id)
        assert last.verified_at == EIGHT + timedelta(minutes=1)


def test_the_board_puts_who_needs_somebody_first(
    client: FlaskClient, engine: Engine, school: SmallSchool, code: str, sign_in: SignIn, app: Flask
) -> None:
    staff = sign_in("careers_leader")
    post(app, staff, f"/staff/students/{school.codes['Jo']}/see-first", first="yes")
    for forename, plan in (("Ben", "same"), ("Chloe", "changed"), ("Dewi", "no_place"), ("Ewa", "need_help")):
        say(client, engine, school, forename, plan)
    page = staff.get(f"/staff/rounds/{code}/board").text
    assert names_in("board-waiting", page) == ["Ewa Wiśniewska", "Dewi Llŷr", "Chloe Brown", "Jo"]
    assert tiles(page) == {
        "Needs help": 1,
        "No place": 1,
        "Plan has changed": 1,
        "See first, no answer yet": 1,
        "Not answered": 6,
        "Same plan": 1,
    }
    assert names_in("board-same", page) == ["Ben O’Neill"]
    assert "Finn Walsh" in page  # who has no phone is on the board all the same
    assert "Kit Moss" not in page


def test_an_answer_shows_in_the_next_look_which_comes_within_two_seconds(
    client: FlaskClient, engine: Engine, school: SmallSchool, code: str, sign_in: SignIn
) -> None:
    staff = sign_in("careers_leader")
    page = staff.get(f"/staff/rounds/{code}/board").text
    found = re.search(rf'data-live="(/staff/rounds/{code}/board/live)" data-every="(\d+)"', page)
    assert found
    say(client, engine, school, "Amira", "need_help")
    started = time.process_time()
    fresh = staff.get(found[1]).text
    spent = time.process_time() - started
    assert names_in("board-waiting", fresh) == ["Amira Khan"]
    assert int(found[2]) / 1000 + spent < 2
    pieces = re.findall(r'^<\w+ id="([\w-]+)"', fresh, re.MULTILINE)
    assert len(pieces) >= 9
    assert all(f'id="{piece}"' in page for piece in pieces)


def test_a_newer_answer_counts_and_a_text_for_help_does_too(
    client: FlaskClient, engine: Engine, school: SmallSchool, code: str, sign_in: SignIn
) -> None:
    for plan in ("need_help", "same"):
        say(client, engine, school, "Amira", plan)
    with database.writing(engine) as session:
        for forename, at in (("Ben", EIGHT), ("Chloe", EVE)):  # Chloe's was of the day before
            session.add(asked_for_help(school, forename, at))
        for request in session.exec(select(HelpRequest).where(HelpRequest.student_id == school.ids["Amira"])):
            request.done_at = EIGHT
    page = sign_in("careers_leader").get(f"/staff/rounds/{code}/board").text
    assert names_in("board-waiting", page) == ["Ben O’Neill"]
    assert names_in("board-same", page) == ["Amira Khan"]


def test_a_case_is_taken_once_left_dealt_with_and_brought_back(
    app: Flask,
    client: FlaskClient,
    engine: Engine,
    school: SmallSchool,
    code: str,
    sign_in: SignIn,
    clock: Clock,
) -> None:
    say(client, engine, school, "Amira", "need_help")
    leader, tutor = sign_in("careers_leader"), sign_in("tutor")
    where = f"/staff/rounds/{code}/board/{school.codes['Amira']}"
    post(app, tutor, where, do="take")
    post(app, leader, where, do="take")
    page = leader.get(f"/staff/rounds/{code}/board").text
    assert "Somebody else is with Amira Khan already" in page
    assert "Tia Tutor is with them" in page
    post(app, tutor, where, do="leave")
    assert "is with them</strong>" not in leader.get(f"/staff/rounds/{code}/board").text
    for do, waits in (("take", True), ("done", False), ("undo", True), ("done", False)):
        clock.time += timedelta(minutes=1)
        post(app, leader, where, do=do)
        page = leader.get(f"/staff/rounds/{code}/board").text
        assert ("Amira Khan" in names_in("board-waiting", page)) is waits, do
        assert ("Amira Khan" in names_in("board-done", page)) is not waits, do
    clock.time += timedelta(minutes=1)
    say(client, engine, school, "Amira", "no_place")  # something new: on the list again
    assert "Amira Khan" in names_in("board-waiting", leader.get(f"/staff/rounds/{code}/board").text)
    post(app, leader, where, do="take")
    with database.reading(engine) as session:
        deeds = [one.deed for one in session.exec(select(AuditEntry)) if one.deed.startswith("case_")]
        case = session.exec(select(BoardCase)).one()
    assert deeds == [
        "case_taken",
        "case_left",
        "case_taken",
        "case_dealt_with",
        "case_reopened",
        "case_dealt_with",
        "case_taken",
    ]
    assert (case.taken_by, case.done_at) == (school.staff["careers_leader"], None)
    assert post(app, leader, where, do="nonsense").status_code == 400


def test_dealt_with_ends_what_was_asked_for_and_undo_brings_it_back(
    app: Flask, engine: Engine, school: SmallSchool, code: str, sign_in: SignIn, clock: Clock
) -> None:
    with database.writing(engine) as session:
        session.add(asked_for_help(school, "Ben", EIGHT))
    client, where = sign_in("adviser"), f"/staff/rounds/{code}/board/{school.codes['Ben']}"
    for do, ended in (("done", True), ("done", True), ("take", True), ("undo", False)):
        clock.time += timedelta(seconds=5)
        post(app, client, where, do=do)  # a second press, and a page that is behind, change nothing
        with database.reading(engine) as session:
            assert (session.exec(select(HelpRequest)).one().done_at is not None) is ended


def test_a_tutor_sees_marks_and_prints_the_own_group_alone(
    app: Flask, engine: Engine, school: SmallSchool, code: str, sign_in: SignIn
) -> None:
    tutor = sign_in("tutor")
    board = tutor.get(f"/staff/rounds/{code}/board").text
    assert "Amira Khan" in board
    assert "Grace" not in board
    assert "11B" not in board
    theirs = school.codes["Grace"]
    assert post(app, tutor, f"/staff/students/{theirs}/see-first", first="yes").status_code == 404
    assert post(app, tutor, f"/staff/rounds/{code}/board/{theirs}", do="take").status_code == 404
    slips = tutor.get(f"/staff/rounds/{code}/slips").text
    assert "Amira Khan" in slips
    assert "Grace" not in slips
    assert sign_in("adviser").get(f"/staff/rounds/{code}/slips").status_code == 403
    pdf = post(app, tutor, f"/staff/rounds/{code}/slips/pdf").data
    assert "Grace" not in "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))


def test_the_mark_stands_on_the_students_page_and_in_the_rounds_list_and_is_taken_off_there(
    app: Flask, engine: Engine, school: SmallSchool, code: str, sign_in: SignIn
) -> None:
    client = sign_in("careers_leader")
    where = f"/staff/students/{school.codes['Amira']}"
    assert "Mark: see first" in client.get(where).text
    answer = post(app, client, f"{where}/see-first?round={code}&q=ami&sort=group", first="yes")
    assert answer.location == f"/staff/rounds/{code}?q=ami&sort=group"
    assert "Take the mark off" in client.get(where).text
    assert "Take the mark off" in client.get(f"/staff/rounds/{code}").text
    post(app, client, f"{where}/see-first", first="no")
    with database.reading(engine) as session:
        assert session.get_one(Student, school.ids["Amira"]).see_me_first is False


def test_the_students_page_is_the_same_whether_marked_or_not(
    app: Flask, client: FlaskClient, engine: Engine, school: SmallSchool, code: str, sign_in: SignIn
) -> None:
    address = link_of(engine, school, "Amira")

    def page() -> str:
        return re.sub(r'name="page" value="[^"]+"', "", client.get(address).text)

    before = page()
    where = f"/staff/students/{school.codes['Amira']}/see-first"
    assert post(app, sign_in("careers_leader"), where, first="yes").status_code == 302
    assert page() == before


def test_the_page_of_slips_prints_what_the_pdf_holds(
    app: Flask, school: SmallSchool, code: str, sign_in: SignIn
) -> None:
    client = sign_in("careers_leader")
    page = client.get(f"/staff/rounds/{code}/slips").text
    assert page.count('<li class="slip">') == 11
    assert page.count('<ul class="sheet">') == 2  # one for each tutor group
    assert "Opens Thu 20 Aug 2026, 08:00" in page
    answer = post(app, client, f"/staff/rounds/{code}/slips/pdf")
    assert answer.mimetype == "application/pdf"
    pictures = [one.render(scale=150 / 72).to_pil() for one in pypdfium2.PdfDocument(answer.data)]
    codes = {one.text for picture in pictures for one in zxingcpp.read_barcodes(picture)}
    assert len(codes) == 11


def test_slips_of_a_round_that_runs_already_are_made_on_a_click(
    app: Flask, engine: Engine, school: SmallSchool, sign_in: SignIn
) -> None:
    code, client = a_round(engine, school), sign_in("careers_leader")
    assert "Make the slips" in client.get(f"/staff/rounds/{code}/slips").text
    post(app, client, f"/staff/rounds/{code}/slips")
    page = client.get(f"/staff/rounds/{code}/slips").text
    assert page.count('<li class="slip">') == 11
    assert client.get(f"/staff/rounds/{code}/board").status_code == 404  # a board is about results


def test_a_board_takes_few_queries_however_many_people(
    engine: Engine, school: SmallSchool, code: str, sign_in: SignIn
) -> None:
    client = sign_in("careers_leader")
    client.get(f"/staff/rounds/{code}/board/live")
    with counted() as seen:
        assert client.get(f"/staff/rounds/{code}/board/live").status_code == 200
    assert len(seen) <= 6, seen
