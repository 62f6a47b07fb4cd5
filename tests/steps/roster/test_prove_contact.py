"""A new email or mobile: asked where it is said to be, proven by a round trip, and used from then on."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.config import Settings
from surveybot.records import database
from surveybot.records.answer.contact_proofs import ContactProof, proofs_of
from surveybot.records.audit import AuditEntry
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.delivery.opt_outs import OptOutSource
from surveybot.records.installations import take_over
from surveybot.records.roster.students import Route, Student, routes_of
from surveybot.records.round.invitations import Audience
from surveybot.rules.delivery.channels import Channel, RouteKind
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.rules.roster.contact_proof import ProofMethod
from surveybot.rules.roster.people import StudentState
from surveybot.steps.consent.withdraw import stop_addresses
from surveybot.steps.roster.change_contact import (
    Unusable,
    ask_again,
    change_contact,
    remove_contact,
    why_unusable,
)
from surveybot.steps.roster.prove_contact import Given, prove, refuse
from tests.conftest import NOW, SmallSchool
from tests.steps.phone import Phones
from tests.steps.sending.outbox import INSTANCE, Wire, run

EMAIL, MOBILE = RouteKind.PERSONAL_EMAIL, RouteKind.MOBILE
NEW, HOME = "+447700900777", "amira@home.example.org"


@dataclass
class Handover:
    """The small school, and what its students give."""

    engine: Engine
    settings: Settings
    school: SmallSchool

    def give(
        self, name: str, kind: RouteKind, address: str, *, after: timedelta = timedelta(), **how: Any
    ) -> Given:
        with database.writing(self.engine) as session:
            student = session.get_one(Student, self.school.ids[name])
            return change_contact(
                session, student=student, kind=kind, address=address, now=NOW + after, **how
            )

    def answer(self, name: str, *, yes: bool = True) -> bool:
        """What comes of the newest question that this student's address was asked."""
        with database.writing(self.engine) as session:
            newest = proofs_of(session, self.school.ids[name])[0]
            if not yes:
                return refuse(session, newest, now=NOW)
            return prove(session, newest, method=ProofMethod.LINK, now=NOW)

    def route(self, name: str, kind: RouteKind) -> Route | None:
        with database.reading(self.engine) as session:
            found = routes_of(session, self.school.ids[name])
            return next((one for one in found if one.kind is kind), None)

    def proofs(self, name: str) -> list[ContactProof]:
        with database.reading(self.engine) as session:
            return proofs_of(session, self.school.ids[name])

    def send(self, after: timedelta = timedelta()) -> Wire:
        wire = Wire()
        run(self.engine, self.settings, wire, at=NOW + after)
        return wire

    def fates(self) -> list[tuple[DeliveryState, str]]:
        with database.reading(self.engine) as session:
            return [(row.state, row.reason) for row in session.exec(select(Delivery))]


@pytest.fixture
def handover(engine: Engine, settings: Settings, school: SmallSchool) -> Iterator[Handover]:
    with database.writing(engine) as session:
        take_over(session, INSTANCE, by="test", now=NOW)
    yield Handover(engine, settings, school)


def test_the_working_number_stays_until_the_new_one_is_proven(handover: Handover) -> None:
    assert handover.give("Amira", MOBILE, NEW) is Given.ASKED
    old = handover.route("Amira", MOBILE)
    assert old and (old.address, old.proven_at) == ("+447700900101", None)
    (text,) = handover.send().taken
    assert (text.to, text.channel, text.stop_link) == (NEW, Channel.SMS, "")
    assert "MINE" in text.text and "/mine/" in text.text and "Amira" not in text.text
    assert handover.answer("Amira")
    new = handover.route("Amira", MOBILE)
    assert new and (new.address, new.proven_at) == (NEW, NOW)
    assert not handover.answer("Amira")  # said twice, it is the same


def test_where_there_is_none_the_new_one_is_stored_as_not_proven(handover: Handover) -> None:
    handover.give("Ewa", MOBILE, NEW)
    stored = handover.route("Ewa", MOBILE)
    assert stored and (stored.address, stored.proven_at) == (NEW, None)


def test_an_email_goes_to_the_new_address_with_nothing_of_the_student_in_it(handover: Handover) -> None:
    handover.give("Amira", EMAIL, HOME)
    (email,) = handover.send().taken
    assert (email.to, email.stop_link) == (HOME, "")
    whole = email.subject + email.text + email.html
    assert "/mine/" in whole
    for secret in ("Amira", "Khan", "/me/", "/stop/", "/r/", "11A"):
        assert secret not in whole


def test_a_slip_is_put_right_at_once_and_the_wrong_address_no_longer_counts(handover: Handover) -> None:
    handover.give("Amira", MOBILE, "+447700900778")
    assert handover.give("Amira", MOBILE, NEW) is Given.ASKED
    assert [text.to for text in handover.send().taken] == [NEW]
    assert ("suppressed", "answered") in handover.fates()
    right, wrong = handover.proofs("Amira")
    assert (right.ended_at, wrong.ended_at) == (None, NOW)


def test_an_address_is_asked_once_an_hour_and_three_times_a_day_whoever_gives_it(handover: Handover) -> None:
    hour = timedelta(hours=1)
    assert handover.give("Amira", MOBILE, NEW) is Given.ASKED
    assert handover.give("Amira", MOBILE, NEW, after=hour / 2) is Given.TOO_OFTEN
    assert handover.give("Ben", MOBILE, NEW, after=hour / 2) is Given.TOO_OFTEN
    assert handover.give("Ben", MOBILE, NEW, after=hour) is Given.ASKED
    assert handover.give("Amira", MOBILE, NEW, after=2 * hour) is Given.ASKED
    assert handover.give("Chloe", MOBILE, NEW, after=4 * hour) is Given.TOO_OFTEN
    assert handover.give("Chloe", MOBILE, NEW, after=timedelta(days=1, hours=2)) is Given.ASKED


def test_a_number_that_said_stop_is_not_texted(handover: Handover) -> None:
    with database.writing(handover.engine) as session:
        stop_addresses(session, Channel.SMS, [NEW], source=OptOutSource.TEXT, now=NOW)
    assert handover.give("Amira", MOBILE, NEW) is Given.STOPPED
    assert handover.send().taken == []


def test_a_stop_that_comes_before_the_message_goes_holds(handover: Handover) -> None:
    handover.give("Amira", MOBILE, NEW)
    with database.writing(handover.engine) as session:
        stop_addresses(session, Channel.SMS, [NEW], source=OptOutSource.TEXT, now=NOW)
    assert handover.send().taken == []
    assert handover.fates() == [(DeliveryState.SUPPRESSED, "opted_out")]


def test_after_a_death_nothing_is_asked(handover: Handover) -> None:
    handover.give("Amira", MOBILE, NEW)
    with database.writing(handover.engine) as session:
        session.get_one(Student, handover.school.ids["Amira"]).state = StudentState.DECEASED
    assert handover.send().taken == []
    assert not handover.answer("Amira")


def test_this_isnt_me_quarantines_the_address_for_this_student_alone(handover: Handover) -> None:
    """Whoever gives somebody else's number must not silence the one who has it."""
    handover.give("Ewa", MOBILE, "+447700900101")  # Amira's
    assert handover.answer("Ewa", yes=False)
    bad, amiras = handover.route("Ewa", MOBILE), handover.route("Amira", MOBILE)
    assert bad and bad.bad_reason == "wrong_number"
    assert amiras and amiras.bad_at is None
    with database.reading(handover.engine) as session:
        ewa = session.get_one(Student, handover.school.ids["Ewa"])
        assert why_unusable(session, ewa, MOBILE, "+447700900101") is Unusable.NOT_THEIRS
        deeds = [(row.deed, row.subject) for row in session.exec(select(AuditEntry))]
    assert ("contact_refused", ewa.code) in deeds


def test_a_no_after_a_yes_takes_the_yes_back(handover: Handover) -> None:
    handover.give("Amira", EMAIL, HOME)
    handover.answer("Amira")
    assert handover.answer("Amira", yes=False)
    route = handover.route("Amira", EMAIL)
    assert route and (route.proven_at, route.bad_reason) == (None, "wrong_number")


def test_a_school_address_is_no_address_of_ones_own(handover: Handover) -> None:
    with database.reading(handover.engine) as session:
        finn = session.get_one(Student, handover.school.ids["Finn"])  # has none himself
        assert why_unusable(session, finn, EMAIL, "finn2@pupils.example.org") is Unusable.SCHOOL_ADDRESS
        assert why_unusable(session, finn, EMAIL, "finn@gmail.com") is None


def test_a_question_runs_out_and_can_be_asked_again(handover: Handover) -> None:
    handover.give("Amira", MOBILE, NEW)
    late = timedelta(days=14)
    with database.writing(handover.engine) as session:
        amira = session.get_one(Student, handover.school.ids["Amira"])
        (asked,) = proofs_of(session, handover.school.ids["Amira"])
        assert not prove(session, asked, method=ProofMethod.LINK, now=NOW + late)
        assert ask_again(session, student=amira, kind=MOBILE, now=NOW + late) is Given.ASKED
        assert prove(session, asked, method=ProofMethod.LINK, now=NOW + late)


def test_the_number_on_the_roster_can_be_asked_too(handover: Handover) -> None:
    with database.writing(handover.engine) as session:
        amira, finn = (session.get_one(Student, handover.school.ids[name]) for name in ("Amira", "Finn"))
        staff_id = handover.school.staff["tutor"]
        assert ask_again(session, student=amira, kind=MOBILE, staff_id=staff_id, now=NOW) is Given.ASKED
        assert ask_again(session, student=finn, kind=MOBILE, now=NOW) is None
    (asked,) = handover.proofs("Amira")
    assert (asked.address, asked.given_by) == ("+447700900101", Audience.STAFF)
    handover.answer("Amira")
    assert handover.give("Amira", MOBILE, "+447700900101") is Given.SAME


def test_what_is_removed_is_asked_about_no_more(handover: Handover) -> None:
    handover.give("Amira", MOBILE, NEW)
    with database.writing(handover.engine) as session:
        amira = session.get_one(Student, handover.school.ids["Amira"])
        assert remove_contact(session, student=amira, kind=MOBILE, now=NOW)
        assert not remove_contact(session, student=amira, kind=MOBILE, now=NOW)
    assert handover.send().taken == []
    assert handover.route("Amira", MOBILE) is None


# By text ----------------------------------------------------------------------------------------------


@pytest.fixture
def phones(handover: Handover) -> Phones:
    return Phones(handover.engine, replace(handover.settings, demo=True), handover.school)


@pytest.mark.parametrize("words", ["MINE", "Yes", "It’s mine"])
def test_a_reply_from_the_number_proves_it(handover: Handover, phones: Phones, words: str) -> None:
    handover.give("Amira", MOBILE, NEW)
    assert phones.text(NEW, words).startswith("Thank you. Hillview School has noted")
    route, (asked,) = handover.route("Amira", MOBILE), handover.proofs("Amira")
    assert route and route.address == NEW and route.proven_at is not None
    assert asked.method is ProofMethod.REPLY
    assert phones.last().student_id == handover.school.ids["Amira"]


def test_a_yes_to_a_surveys_question_proves_nothing_but_mine_does(handover: Handover, phones: Phones) -> None:
    phones.ask("Amira", "+447700900101")
    with database.writing(handover.engine) as session:
        amira = session.get_one(Student, handover.school.ids["Amira"])
        ask_again(session, student=amira, kind=MOBILE, now=NOW)
    phones.text("+447700900101", "yes")
    assert handover.proofs("Amira")[0].proven_at is None
    phones.text("+447700900101", "mine")
    assert handover.proofs("Amira")[0].proven_at is not None


def test_two_who_share_a_number_are_told_apart_by_their_links(handover: Handover, phones: Phones) -> None:
    handover.give("Amira", MOBILE, NEW)
    handover.give("Ben", MOBILE, NEW, after=timedelta(hours=1))
    assert "tap the link in each text" in phones.text(NEW, "mine")
    assert handover.proofs("Amira")[0].proven_at is None
    assert sum(bool(phones.text(NEW, "mine")) for _ in range(10)) < 4  # a machine's, at last


def test_about_somebody_who_died_a_mine_gets_no_reply(handover: Handover, phones: Phones) -> None:
    handover.give("Amira", MOBILE, NEW)
    with database.writing(handover.engine) as session:
        session.get_one(Student, handover.school.ids["Amira"]).state = StudentState.DECEASED
    assert phones.text(NEW, "mine") == ""
    assert handover.proofs("Amira")[0].proven_at is None


def test_a_wrong_number_ends_the_question(handover: Handover, phones: Phones) -> None:
    handover.give("Ewa", MOBILE, NEW)
    assert "Sorry" in phones.text(NEW, "wrong number mate")
    assert handover.proofs("Ewa")[0].refused_at is not None
    assert phones.text(NEW, "mine") == "" or handover.proofs("Ewa")[0].proven_at is None


def test_an_old_yes_gives_no_consent_and_proves_nothing(handover: Handover, phones: Phones) -> None:
    phones.text("+447700900101", "mine")
    assert handover.proofs("Amira") == []
