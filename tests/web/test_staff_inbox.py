"""The inbox: what needs a person, beside the student; answered, filed or closed. Worries are for few."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.config import Settings
from surveybot.records import database
from surveybot.records.audit import AuditEntry
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.delivery.opt_outs import OptOut
from surveybot.records.follow_ups import HelpRequest
from surveybot.records.roster.students import Route
from surveybot.records.schools import School
from surveybot.records.staff import StaffMember
from surveybot.records.texting.texts import Conversation, NumberHold, TalkState, TextState
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import DeliveryState, HoldReason
from tests.conftest import Clock, SmallSchool
from tests.steps.phone import Phones
from tests.steps.sending.outbox import SMS, Wire, run
from tests.web.staff_room import post

SignIn = Callable[..., FlaskClient]
AMIRA, BEN, SHARED, NOBODY = "+447700900101", "+447700900102", "+447700900150", "+447700900999"

pytestmark = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)


@pytest.fixture
def phones(engine: Engine, settings: Settings, school: SmallSchool) -> Phones:
    made = Phones(engine, settings, school)
    made.ask("Amira", AMIRA)
    return made


def page_of(phones: Phones) -> str:
    return f"/staff/inbox/{phones.last().id}"


def test_a_text_that_needs_a_person_stands_beside_its_student(phones: Phones, sign_in: SignIn) -> None:
    phones.text(BEN, "hi when is the trip")
    client = sign_in("careers_leader")
    listed = client.get("/staff/inbox").text
    assert "hi when is the trip" in listed
    assert "Ben O’Neill" in listed
    shown = client.get(page_of(phones)).text
    assert "hi when is the trip" in shown
    assert f"/staff/students/{phones.school.codes['Ben']}" in shown


def test_an_empty_inbox_says_what_comes_here(school: SmallSchool, sign_in: SignIn) -> None:
    client = sign_in("tutor")
    assert "Nothing waits" in client.get("/staff/inbox").text
    assert "Nobody waits" in client.get("/staff/inbox/help").text


def test_a_tutor_sees_their_own_group_alone(phones: Phones, sign_in: SignIn) -> None:
    phones.text(BEN, "text of 11A")
    theirs = page_of(phones)
    phones.ask("Imran", "+447700900105")
    phones.text("+447700900105", "HELP")
    other = page_of(phones)
    phones.text(NOBODY, "text of nobody")
    tutor = sign_in("tutor")
    listed = tutor.get("/staff/inbox").text
    assert "text of 11A" in listed
    assert "Imran" not in listed
    assert "text of nobody" not in listed
    assert tutor.get(theirs).status_code == 200
    assert tutor.get(other).status_code == 404
    assert tutor.get(page_of(phones)).status_code == 404


@pytest.mark.parametrize(("role", "sees"), [("careers_leader", True), ("tutor", False), ("adviser", False)])
def test_a_worry_is_for_those_who_lead(phones: Phones, sign_in: SignIn, role: str, sees: bool) -> None:
    phones.text(AMIRA, "college")
    page = page_of(phones)
    phones.text(AMIRA, "i want to die")
    client = sign_in(role)
    assert ("i want to die" in client.get("/staff/inbox").text) is sees
    assert client.get(page_of(phones)).status_code == (200 if sees else 404)
    assert ("i want to die" in client.get(page).text) is sees


def test_the_safeguarding_lead_sees_worries_whatever_their_post(
    phones: Phones, sign_in: SignIn, engine: Engine
) -> None:
    phones.text("+447700900105", "i want to die")  # of 11B
    with database.writing(engine) as session:
        tutor = session.get_one(StaffMember, phones.school.staff["tutor"])
        row = session.get_one(School, phones.school.id)
        row.settings = {**row.settings, "safeguarding_email": tutor.email}
    client = sign_in("tutor")
    assert "i want to die" in client.get("/staff/inbox").text
    assert client.get(page_of(phones)).status_code == 200


def test_a_worry_told_to_two_schools_is_read_at_both_and_shows_neither_the_others_students(
    app: Flask, phones: Phones, sign_in: SignIn, other_school: SmallSchool
) -> None:
    phones.text(AMIRA, "i want to die")
    elsewhere = sign_in("careers_leader", at=other_school)
    assert elsewhere.get(page_of(phones)).status_code == 404  # nobody there has this number
    with database.writing(phones.engine) as session:
        theirs = select(Route).where(Route.school_id == other_school.id, Route.channel == Channel.SMS)
        session.exec(theirs).one().address = AMIRA
    shown = elsewhere.get(page_of(phones)).text
    assert "i want to die" in shown and "Zara" in shown and "Hillview School" in shown
    assert "Amira" not in shown and phones.school.codes["Amira"] not in shown
    assert post(app, elsewhere, page_of(phones) + "/close").status_code == 404
    assert phones.last().state is TextState.INBOX


def test_the_alert_reaches_the_safeguarding_lead_without_name_or_words(
    phones: Phones, engine: Engine, settings: Settings
) -> None:
    phones.text(AMIRA, "canary i want to die")
    wire = Wire()
    run(engine, settings, wire, at=phones.now)
    (alert,) = [message for message in wire.taken if message.to == "safe@example.org"]
    assert f"https://school.example.org{page_of(phones)}" in alert.text
    for word in ("canary", "die", "Amira", "Khan", AMIRA):
        assert word not in alert.text + alert.html + alert.subject


def test_staff_answer_by_text(
    app: Flask, phones: Phones, sign_in: SignIn, engine: Engine, settings: Settings, clock: Clock
) -> None:
    phones.text(BEN, "hi when is the trip")
    client, page = sign_in("careers_leader"), page_of(phones)
    clock.time = phones.now
    assert post(app, client, f"{page}/answer", words="On Friday – see you there").status_code == 302
    text = phones.last()
    assert (text.state, text.handled_by) == (TextState.CLOSED, phones.school.staff["careers_leader"])
    wire = Wire()
    run(engine, settings, wire, at=phones.now + timedelta(seconds=1))
    (sent,) = [message for message in wire.taken if message.channel is SMS and message.to == BEN]
    assert sent.text == "On Friday - see you there"
    assert "On Friday" in client.get(page).text


@pytest.mark.parametrize("words", ["", "  ", "x" * 301])
def test_an_answer_has_words_but_not_too_many(
    app: Flask, phones: Phones, sign_in: SignIn, words: str
) -> None:
    phones.text(BEN, "hi")
    answer = post(app, sign_in("careers_leader"), f"{page_of(phones)}/answer", words=words)
    assert answer.status_code == 422
    assert "There is a problem" in answer.text


def test_who_has_said_stop_gets_no_answer_either(app: Flask, phones: Phones, sign_in: SignIn) -> None:
    phones.text(BEN, "hi when is the trip")
    page = page_of(phones)
    phones.text(BEN, "STOP")
    client = sign_in("careers_leader")
    assert "Asked us to stop" in client.get(page).text
    assert post(app, client, f"{page}/answer", words="Friday").status_code == 302
    assert not [row for row in phones.rows(Delivery) if row.step == "staff-reply"]


def test_a_strangers_text_is_filed_with_a_student(app: Flask, phones: Phones, sign_in: SignIn) -> None:
    phones.text(NOBODY, "its amira, new number")
    client, page = sign_in("careers_leader"), page_of(phones)
    assert "No text can go there" in client.get(page).text
    code = phones.school.codes["Amira"]
    assert post(app, client, f"{page}/file", code="S-000000").status_code == 422
    assert post(app, client, f"{page}/file", code=code.lower()).status_code == 302
    text = phones.last()
    assert (text.state, text.student_id) == (TextState.FILED, phones.school.ids["Amira"])
    (deed,) = [row for row in phones.rows(AuditEntry) if row.deed == "text_filed"]
    assert (deed.subject, deed.details) == (code, {"text": text.id})


def test_a_text_is_not_filed_with_another_schools_student(
    app: Flask, phones: Phones, sign_in: SignIn, other_school: SmallSchool
) -> None:
    phones.text(BEN, "hi")
    answer = post(app, sign_in("careers_leader"), f"{page_of(phones)}/file", code=other_school.codes["Zara"])
    assert answer.status_code == 422
    assert "There is no such student here" in answer.text


def test_after_a_person_has_dealt_with_it_the_conversation_goes_on(
    app: Flask, phones: Phones, sign_in: SignIn
) -> None:
    for text in ("hello", "asdf", "qwer", "zxcv", "still there?"):
        phones.text(AMIRA, text)
    client, texts = sign_in("careers_leader"), phones.texts()
    for row in texts[-2:]:
        assert phones.rows(Conversation)[0].state is TalkState.WITH_PERSON
        assert post(app, client, f"/staff/inbox/{row.id}/close").status_code == 302
    assert phones.rows(Conversation)[0].state is TalkState.OPEN
    assert "Which one?" in phones.text(AMIRA, "college")


class TestAHeldNumber:
    @pytest.fixture(autouse=True)
    def held(self, phones: Phones, engine: Engine) -> None:
        """Amira's number is on hold, and a reminder is due."""
        phones.text(AMIRA, "not interested")
        with database.writing(engine) as session:
            asked = session.exec(select(Delivery).where(Delivery.to_address == AMIRA)).one()
            values = asked.model_dump(exclude={"id", "to_address", "accepted_at"})
            changes = {"dedupe_key": "reminder", "step": "reminder-1", "template": "reminder"}
            session.add(Delivery(**{**values, **changes, "state": DeliveryState.PENDING}))

    def reminder(self, phones: Phones) -> Delivery:
        return next(row for row in phones.rows(Delivery) if row.dedupe_key == "reminder")

    def test_nothing_is_asked_until_a_person_has_read_it(
        self, app: Flask, phones: Phones, engine: Engine, settings: Settings, sign_in: SignIn
    ) -> None:
        wire = Wire()
        run(engine, settings, wire, at=phones.now)
        assert AMIRA not in wire.addresses()
        held = self.reminder(phones)
        assert (held.state, held.hold_reason) == (DeliveryState.HELD, HoldReason.UNREAD)
        client = sign_in("careers_leader")
        assert "Does this person want the texts to stop?" in client.get(page_of(phones)).text
        assert post(app, client, f"{page_of(phones)}/hold", stop="no").status_code == 302
        run(engine, settings, wire, at=phones.now + timedelta(days=1))  # one ask a day, and it was emailed
        assert wire.addresses().count(AMIRA) == 1
        assert phones.rows(NumberHold)[0].lifted_at is not None

    def test_a_person_may_read_it_as_a_stop(
        self, app: Flask, phones: Phones, sign_in: SignIn, engine: Engine, settings: Settings
    ) -> None:
        post(app, sign_in("careers_leader"), f"{page_of(phones)}/hold", stop="yes")
        assert [row.address for row in phones.rows(OptOut)] == [AMIRA]
        wire = Wire()
        run(engine, settings, wire, at=phones.now)
        assert AMIRA not in wire.addresses()

    def test_nothing_is_chosen_for_them(self, app: Flask, phones: Phones, sign_in: SignIn) -> None:
        answer = post(app, sign_in("careers_leader"), f"{page_of(phones)}/hold")
        assert answer.status_code == 422
        assert "checked" not in re.sub(r"<script.*?</script>", "", answer.text)
        assert phones.rows(NumberHold)[0].lifted_at is None


def test_help_is_listed_with_its_promise_and_done_once(
    app: Flask, phones: Phones, sign_in: SignIn, clock: Clock
) -> None:
    phones.text(AMIRA, "i need help")
    client = sign_in("tutor")
    listed = client.get("/staff/inbox/help").text
    assert "Amira Khan" in listed
    assert "Tue 20 Jan 2026, 16:00" in listed
    assert "Overdue" not in listed
    clock.time = phones.now + timedelta(hours=8)
    late = sign_in("tutor")
    assert "Overdue" in late.get("/staff/inbox/help").text
    (request,) = phones.rows(HelpRequest)
    for _ in range(2):
        assert post(app, late, f"/staff/inbox/help/{request.id}/done").status_code == 302
    (request,) = phones.rows(HelpRequest)
    assert request.done_by == phones.school.staff["tutor"]
    assert "Nobody waits" in late.get("/staff/inbox/help").text
    assert [row.deed for row in phones.rows(AuditEntry)].count("help_given") == 1


def test_a_tutor_ends_no_request_of_another_group(app: Flask, phones: Phones, sign_in: SignIn) -> None:
    phones.ask("Imran", "+447700900105")
    phones.text("+447700900105", "i need help")
    (request,) = phones.rows(HelpRequest)
    assert post(app, sign_in("tutor"), f"/staff/inbox/help/{request.id}/done").status_code == 404


def test_what_a_student_writes_is_shown_as_text(phones: Phones, sign_in: SignIn) -> None:
    phones.text(BEN, "<script>alert(1)</script>")
    client = sign_in("careers_leader")
    for page in ("/staff/inbox", page_of(phones)):
        assert "<script>alert" not in client.get(page).text
