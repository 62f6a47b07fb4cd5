"""One text in, one effect, one text back."""

import re
from itertools import permutations

import pytest
from sqlmodel import col, select

from surveybot.catalogue import load_catalogue
from surveybot.config import Outbound
from surveybot.records import database
from surveybot.records.answer.consents import ConsentEvent, consents_of
from surveybot.records.audit import AuditEntry
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.delivery.opt_outs import OptOut, OptOutSource
from surveybot.records.destination.destinations import DestinationFact
from surveybot.records.follow_ups import HelpRequest
from surveybot.records.roster.students import Route
from surveybot.records.round.invitations import Invitation, LinkMedium
from surveybot.records.round.rounds import Round, RoundState
from surveybot.records.schools import all_schools
from surveybot.records.staff import StaffPost
from surveybot.records.texting.texts import Conversation, NumberHold, TalkState, TextReason, TextState
from surveybot.rules.answer.consent import Decision, Purpose
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import DeliveryState, HoldReason
from surveybot.rules.delivery.may_ask import Skip
from surveybot.rules.destination.destinations import FactKind, FactMethod, FactSource
from surveybot.rules.roster.people import StaffRole
from surveybot.rules.texting.text_talk import first_keys
from tests.conftest import NOW, SmallSchool
from tests.steps.phone import AMIRA, BEN, NOBODY, PARENT, SHARED, Phones

pytestmark = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
"""What the two databases could do differently stands in test_converse_at_once.py."""


class TestAWholeConversation:
    def test_from_the_first_reply_to_the_receipt(self, phones: Phones) -> None:
        assert phones.text(AMIRA, "college in abingdon") == (
            "Did you mean Abingdon and Witney College? 1 right 2 wrong"
        )
        asked = phones.text(AMIRA, "1")
        assert asked.startswith("Further education college, Abingdon and Witney College. Would you like")
        thanks = phones.text(AMIRA, "no thanks")
        (answer,) = phones.answers("Amira")
        assert answer.receipt in thanks
        assert answer.medium is LinkMedium.SMS
        assert answer.content == {
            "options": [{"kind": "further_education_college", "provider": "Abingdon and Witney College"}],
            "help": ["none"],
        }
        (fact,) = phones.facts("Amira")
        assert (fact.kind, fact.method, fact.source) == (
            FactKind.INTENDED,
            FactMethod.TEXT,
            FactSource.STUDENT,
        )
        assert fact.provider_id is not None

    def test_nothing_is_answered_before_all_was_said(self, phones: Phones) -> None:
        phones.text(AMIRA, "aprentiship w bt")
        assert phones.answers("Amira") == []
        (talk,) = phones.rows(Conversation)
        assert talk.state is TalkState.OPEN

    def test_a_key_before_the_list_was_sent_brings_the_list(self, phones: Phones) -> None:
        assert "1 apprenticeship 2 college" in phones.text(AMIRA, "1")
        assert "Which one?" in phones.text(AMIRA, "2")

    def test_hello_brings_the_list_and_is_no_try(self, phones: Phones) -> None:
        assert phones.text(AMIRA, "hello").startswith("What would you like to do next?")
        (talk,) = phones.rows(Conversation)
        assert talk.tries == 0

    def test_three_tries_then_a_person(self, phones: Phones) -> None:
        phones.text(AMIRA, "hello")
        assert phones.text(AMIRA, "asdf").startswith("Sorry")
        assert phones.text(AMIRA, "qwer").startswith("Sorry")
        assert "A person at Hillview School will read this" in phones.text(AMIRA, "zxcv")
        last = phones.last()
        assert (last.state, last.reason) == (TextState.INBOX, TextReason.UNREADABLE)
        assert phones.text(AMIRA, "hello?") == ""
        assert phones.last().reason is TextReason.WITH_PERSON

    def test_what_was_understood_resets_the_tries(self, phones: Phones) -> None:
        for text in ("hello", "asdf", "qwer", "college"):
            phones.text(AMIRA, text)
        (talk,) = phones.rows(Conversation)
        assert (talk.tries, talk.state) == (0, TalkState.OPEN)

    def test_who_has_not_decided_about_consent_gets_the_page_and_never_a_question(
        self, phones: Phones
    ) -> None:
        phones.text(AMIRA, "gap year")
        phones.text(AMIRA, "something else")
        thanks = phones.text(AMIRA, "no")
        assert re.search(r"https://school\.example\.org/r/\w{29}", thanks)
        before = len(phones.rows(ConsentEvent))
        assert re.search(r"own page: https://school\.example\.org/r/\w{29}", phones.text(AMIRA, "yes"))
        assert len(phones.rows(ConsentEvent)) == before

    def test_a_no_to_consent_is_taken_by_one_word(self, phones: Phones) -> None:
        for text in ("dunno", "no", "REFUSE"):
            phones.text(AMIRA, text)
        assert "your no is stored" in phones.last().reply
        with database.reading(phones.engine) as session:
            events = consents_of(session, phones.school.ids["Amira"])
        assert {event.purpose: event.decision for event in events} == {
            Purpose.CONTACT_AFTER_LEAVING: Decision.GRANTED,
            Purpose.LA_SHARE_BACK: Decision.REFUSED,
        }
        assert events[-1].channel is LinkMedium.SMS

    def test_withdraw_takes_every_yes_back(self, phones: Phones) -> None:
        assert re.search(r"https://school\.example\.org/me/\w{29}", phones.text(AMIRA, "withdraw"))
        with database.reading(phones.engine) as session:
            last = {e.purpose: e.decision for e in consents_of(session, phones.school.ids["Amira"])}
        assert last[Purpose.CONTACT_AFTER_LEAVING] is Decision.WITHDRAWN

    def test_change_asks_it_all_again_and_makes_a_new_version(self, phones: Phones) -> None:
        for text in ("dunno", "no"):
            phones.text(AMIRA, text)
        assert "1 apprenticeship" in phones.text(AMIRA, "change")
        for text in ("apprenticeship with bt", "no"):
            phones.text(AMIRA, text)
        newest, first = phones.answers("Amira")
        assert (first.version, newest.version) == (1, 2)
        assert newest.content["options"] == [{"kind": "apprenticeship", "provider": "bt"}]

    def test_saying_the_first_answer_again_counts_as_the_newest(self, phones: Phones) -> None:
        for text in ("dunno", "no", "change", "gap", "college", "0", "no", "change", "hm", "dunno", "no"):
            phones.text(AMIRA, text)
        kinds = [answer.content["options"][0]["kind"] for answer in phones.answers("Amira")]
        assert kinds == ["not_sure", "further_education_college", "not_sure"]

    def test_the_same_as_before_repeats_what_was_said(self, phones: Phones) -> None:
        assert "1 apprenticeship" in phones.text(AMIRA, "same as last yr")  # nothing is known from before
        for text in ("apprenticeship with bt", "no"):
            phones.text(AMIRA, text)
        phones.wait(days=60)
        phones.ask("Amira", AMIRA, "after-mocks")
        for text in ("same as last time", "no"):
            phones.text(AMIRA, text)
        first, again = phones.facts("Amira")
        assert (again.destination, again.provider_name, again.verifies_id) == (
            "apprenticeship",
            "bt",
            first.id,
        )
        assert again.verified_at is not None

    def test_thanks_after_the_end_is_left_in_peace(self, phones: Phones) -> None:
        for text in ("dunno", "no"):
            phones.text(AMIRA, text)
        assert phones.text(AMIRA, "ok thanks") == ""
        assert phones.last().state is TextState.HANDLED

    def test_names_are_not_said_where_a_number_has_one_owner(self, phones: Phones) -> None:
        for text in ("hello", "college", "0", "no"):
            assert "Amira" not in phones.text(AMIRA, text)

    def test_one_key_is_enough_where_the_message_itself_showed_the_keys(self, phones: Phones) -> None:
        keys = first_keys(load_catalogue().survey("results-day"))
        assert keys == "1 same plan 2 changed 3 no place 4 need help"
        phones.ask("Ben", BEN, "results-day", said=f"Hillview: what happens next? Text {keys}, or STOP. link")
        assert "eceipt" in phones.text(BEN, "1")
        assert phones.answers("Ben")[0].content == {"plan": "same"}


class TestHelpAndWorry:
    def test_help_gets_a_named_adult_and_a_promise(self, phones: Phones) -> None:
        set_school(phones, help_adult="Mrs Patel")
        assert phones.text(AMIRA, "i need help") == (
            "Thank you for asking. Mrs Patel at Hillview School will get back to you by 4pm today."
        )
        (request,) = phones.rows(HelpRequest)
        assert (request.adult, request.student_id) == ("Mrs Patel", phones.school.ids["Amira"])
        assert request.text_id == phones.last().id
        templates = {alert.template for alert in phones.alerts()}
        assert templates == {"alert-help"}

    def test_asking_twice_is_one_request_and_one_alert_each(self, phones: Phones) -> None:
        phones.text(AMIRA, "i need help")
        alerts = len(phones.alerts())
        phones.text(AMIRA, "can someone help me")
        assert len(phones.rows(HelpRequest)) == 1
        assert len(phones.alerts()) == alerts

    def test_an_answer_can_ask_for_help(self, phones: Phones) -> None:
        phones.text(AMIRA, "dunno")
        thanks = phones.text(AMIRA, "yes please")
        assert "will get back to you by 4pm today" in thanks
        (request,) = phones.rows(HelpRequest)
        (answer,) = phones.answers("Amira")
        assert request.answer_id == answer.id
        assert answer.wants_help

    def test_a_worry_goes_to_the_safeguarding_lead_at_once(self, phones: Phones) -> None:
        reply = phones.text(AMIRA, "tbh i want to die")
        for number in ("999", "0800 1111", "116 123", "85258"):
            assert number in reply
        text = phones.last()
        assert (text.state, text.reason, text.safeguarding) == (TextState.INBOX, TextReason.WORRY, True)
        (alert,) = phones.alerts()
        assert alert.template == "alert-safeguarding"
        assert alert.facts == {"page": f"/staff/inbox/{text.id}", "to": "safeguarding"}
        assert alert.due_at == phones.now

    def test_after_a_worry_the_bot_is_silent(self, phones: Phones) -> None:
        phones.text(AMIRA, "hello")
        phones.text(AMIRA, "i want to die")
        assert phones.text(AMIRA, "are you there") == ""
        assert phones.last().safeguarding
        assert phones.text(AMIRA, "college") == ""
        assert phones.text(AMIRA, "i really want to kill myself") == ""
        assert len(phones.alerts()) == 2
        (talk,) = phones.rows(Conversation)
        assert talk.state is TalkState.WITH_PERSON

    def test_a_worry_beside_a_stop_is_heard_and_nothing_is_texted(self, phones: Phones) -> None:
        assert phones.text(AMIRA, "stop texting me i want to die") == ""
        assert len(phones.alerts()) == 1
        assert len(phones.rows(OptOut)) == 1

    def test_where_no_lead_is_named_those_who_lead_are_told(self, phones: Phones) -> None:
        set_school(phones, safeguarding_email="")
        phones.text(AMIRA, "i want to die")
        assert [alert.staff_id for alert in phones.alerts()] == [phones.school.staff["careers_leader"]]

    def test_a_worry_of_somebody_at_two_schools_is_told_to_both_leads(
        self, phones: Phones, other_school: SmallSchool
    ) -> None:
        with database.writing(phones.engine) as session:
            theirs = select(Route).where(Route.school_id == other_school.id, Route.channel == Channel.SMS)
            session.exec(theirs).one().address = AMIRA
        phones.text(AMIRA, "i want to die")
        assert {alert.school_id for alert in phones.alerts()} == {phones.school.id, other_school.id}

    def test_nothing_of_a_text_is_ever_logged(self, phones: Phones, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level("DEBUG", logger="surveybot")
        for text in ("canary college", "i want to die", "canary", "STOP"):
            phones.text(AMIRA, text)
        assert "canary" not in caplog.text
        assert "die" not in caplog.text
        assert AMIRA not in caplog.text
        assert "Amira" not in caplog.text


class TestStop:
    def test_stop_is_for_everybody_behind_the_number(self, phones: Phones) -> None:
        phones.ask("Grace", SHARED)
        assert phones.text(SHARED, "stop pls") == ""
        (row,) = phones.rows(OptOut)
        assert (row.address, row.source, row.stopped) == (SHARED, OptOutSource.TEXT, True)
        assert row.student_id is None

    def test_after_a_stop_nothing_is_answered(self, phones: Phones) -> None:
        phones.text(AMIRA, "hello")
        for text in ("STOP", "college", "who is this", "i need help"):
            assert phones.text(AMIRA, text) == "", text
        (talk,) = phones.rows(Conversation)
        assert talk.state is TalkState.STOPPED

    def test_help_is_heard_all_the_same(self, phones: Phones) -> None:
        phones.text(AMIRA, "STOP")
        phones.text(AMIRA, "i need help")
        assert len(phones.rows(HelpRequest)) == 1

    def test_start_takes_back_a_stop_of_the_same_number(self, phones: Phones) -> None:
        phones.text(AMIRA, "STOP")
        assert phones.text(AMIRA, "START") == ""
        assert [row.stopped for row in phones.rows(OptOut)] == [True, False]
        assert phones.text(AMIRA, "hello") != ""

    @pytest.mark.parametrize("source", [OptOutSource.STAFF, OptOutSource.PAGE])
    def test_start_takes_back_no_other_stop(self, phones: Phones, source: OptOutSource) -> None:
        with database.writing(phones.engine) as session:
            session.add(OptOut(channel=Channel.SMS, address=AMIRA, source=source, at=NOW))
        phones.text(AMIRA, "START")
        assert len(phones.rows(OptOut)) == 1

    def test_start_from_a_number_that_never_stopped_changes_nothing(self, phones: Phones) -> None:
        assert phones.text(AMIRA, "START") == ""
        assert phones.rows(OptOut) == []

    def test_help_alone_is_the_carriers_and_a_person_sees_it(self, phones: Phones) -> None:
        assert phones.text(AMIRA, "HELP") == ""
        assert phones.last().state is TextState.INBOX

    def test_in_doubt_the_number_waits_and_nothing_is_stopped_for_good(self, phones: Phones) -> None:
        assert phones.text(AMIRA, "not interested") == ""
        assert phones.rows(OptOut) == []
        (hold,) = phones.rows(NumberHold)
        assert (hold.number, hold.lifted_at) == (AMIRA, None)
        assert phones.text(AMIRA, "college") == ""
        assert phones.last().reason is TextReason.HELD
        phones.text(AMIRA, "STOP")
        assert len(phones.rows(OptOut)) == 1

    def test_an_answer_that_sounds_like_a_stop_is_an_answer(self, phones: Phones) -> None:
        set_school(phones, sixth_form=True)
        assert "Sixth form at this school" in phones.text(AMIRA, "gonna stop on at school")
        assert phones.rows(NumberHold) == []


class TestWrongNumberAndStrangers:
    def test_a_wrong_number_is_quarantined_and_the_tutor_told(self, phones: Phones) -> None:
        reply = phones.text(AMIRA, "wrong number mate")
        assert reply == "Sorry about that. We will not text this number again."
        route = next(row for row in phones.rows(Route) if row.address == AMIRA)
        assert route.bad_reason == Skip.WRONG_NUMBER
        (alert,) = phones.alerts()
        assert (alert.template, alert.staff_id) == ("alert-wrong-number", phones.school.staff["tutor"])
        assert alert.facts == {"page": f"/staff/students/{phones.school.codes['Amira']}"}
        (deed,) = [row for row in phones.rows(AuditEntry) if row.deed == "wrong_person"]
        assert deed.subject == phones.school.codes["Amira"]

    def test_who_is_not_amira_has_a_wrong_number_too(self, phones: Phones) -> None:
        phones.text(AMIRA, "who's amira??")
        assert phones.last().reason is TextReason.WRONG_NUMBER

    def test_for_a_shared_number_everybody_s_route_is_marked(self, phones: Phones) -> None:
        phones.ask("Grace", SHARED)
        phones.text(SHARED, "wrong number")
        marked = [row.student_id for row in phones.rows(Route) if row.bad_reason == Skip.WRONG_NUMBER]
        assert sorted(marked) == sorted(phones.school.ids[name] for name in ("Grace", "Harri"))
        assert {alert.staff_id for alert in phones.alerts()} == {phones.school.staff["careers_leader"]}
        assert phones.text(SHARED, "college") == ""
        assert phones.last().reason is TextReason.UNKNOWN

    def test_who_is_this_names_the_school_and_nobody_else(self, phones: Phones) -> None:
        reply = phones.text(AMIRA, "who is this")
        assert reply.startswith("This is Hillview School.")
        assert "Amira" not in reply

    def test_a_strangers_text_waits_for_a_person_and_is_not_answered(self, phones: Phones) -> None:
        assert phones.text(NOBODY, "hi is that the school") == ""
        text = phones.last()
        assert (text.state, text.reason, text.school_id) == (
            TextState.INBOX,
            TextReason.UNKNOWN,
            phones.school.id,
        )

    def test_with_two_schools_a_stranger_is_read_where_an_administrator_is(
        self, phones: Phones, other_school: SmallSchool
    ) -> None:
        with database.writing(phones.engine) as session:
            first = min(all_schools(session), key=lambda one: one.name)
            [last] = [one for one in all_schools(session) if one.id != first.id]
            for post in session.exec(select(StaffPost).where(StaffPost.role == StaffRole.ADMIN)):
                session.delete(post)
        phones.text(NOBODY, "hi")
        assert phones.last().school_id == first.id
        with database.writing(phones.engine) as session:
            session.exec(select(StaffPost).where(StaffPost.school_id == last.id)).all()[
                0
            ].role = StaffRole.ADMIN
        phones.text("+447700900998", "hello?")
        assert (phones.last().school_id, phones.last().state) == (last.id, TextState.INBOX)
        assert phones.text(NOBODY, "who is this") == ""
        assert phones.last().school_id == first.id

    def test_with_two_schools_a_strangers_worry_reaches_a_safeguarding_lead(
        self, phones: Phones, other_school: SmallSchool
    ) -> None:
        assert phones.text(NOBODY, "i want to kill myself")
        assert phones.last().safeguarding
        assert {alert.school_id for alert in phones.alerts()} == {phones.last().school_id}

    def test_a_parents_text_waits_beside_the_students_page(self, phones: Phones) -> None:
        assert "A person at Hillview School" in phones.text(PARENT, "she is going to college")
        text = phones.last()
        assert (text.student_id, text.state) == (phones.school.ids["Lena"], TextState.INBOX)
        assert phones.answers("Lena") == []

    def test_who_was_never_asked_is_stray(self, phones: Phones) -> None:
        phones.text(BEN, "college")
        assert phones.last().reason is TextReason.STRAY
        assert phones.answers("Ben") == []

    def test_a_late_reply_waits_for_a_person(self, phones: Phones) -> None:
        with database.writing(phones.engine) as session:
            session.get_one(Round, phones.rounds["autumn-intentions"]).state = RoundState.CLOSED
        assert "has closed" in phones.text(AMIRA, "college")
        assert phones.last().reason is TextReason.LATE
        assert phones.text(AMIRA, "college i said") == ""

    def test_who_has_answered_on_the_page_is_not_asked_again(self, phones: Phones) -> None:
        with database.writing(phones.engine) as session:
            student = phones.school.ids["Amira"]
            session.exec(select(Invitation).where(Invitation.student_id == student)).one().answered_at = NOW
        phones.text(AMIRA, "college")
        assert phones.last().reason is TextReason.STRAY

    def test_nobody_hears_from_the_dead(self, phones: Phones) -> None:
        with database.writing(phones.engine) as session:
            from surveybot.records.roster.students import Student
            from surveybot.rules.roster.people import StudentState

            session.get_one(Student, phones.school.ids["Amira"]).state = StudentState.DECEASED
        assert phones.text(AMIRA, "college") == ""

    def test_machines_are_not_answered(self, phones: Phones) -> None:
        for number, body in ((AMIRA, "I'm driving with Driving Focus turned on."), ("60777", "hi")):
            assert phones.text(number, body) == ""
            assert phones.last().reason is TextReason.AUTOMATIC

    def test_two_machines_do_not_talk_for_ever(self, phones: Phones) -> None:
        replies = [phones.text(AMIRA, "Thank you for your message dear customer") for _ in range(30)]
        assert sum(map(bool, replies)) <= 4
        assert sum(text.state is TextState.INBOX for text in phones.texts()) <= 3


class TestTheQuestionThatArrivedLast:
    def test_a_question_that_did_not_arrive_is_not_the_one_that_was_answered(self, phones: Phones) -> None:
        phones.text(AMIRA, "hello")
        phones.text(AMIRA, "college")  # which brings "Which one?"
        with database.writing(phones.engine) as session:
            last = session.exec(select(Delivery).order_by(col(Delivery.id).desc())).first()
            assert last is not None
            last.state, last.provider_status = DeliveryState.UNDELIVERED, "undelivered"
        assert "Who with?" in phones.text(AMIRA, "1")
        assert phones.rows(Conversation)[0].draft["option"] == {"kind": "apprenticeship"}

    def test_a_question_still_on_its_way_was_not_answered_either(self, phones: Phones) -> None:
        phones.text(AMIRA, "hello")
        phones.text(AMIRA, "college")
        with database.writing(phones.engine) as session:
            last = session.exec(select(Delivery).order_by(col(Delivery.id).desc())).first()
            assert last is not None
            last.provider_status = "queued"
        assert "Who with?" in phones.text(AMIRA, "sorry apprenticeship")

    def test_the_newer_survey_is_the_one_that_is_answered(self, phones: Phones) -> None:
        phones.text(AMIRA, "hello")
        phones.wait(days=1)
        phones.ask("Amira", AMIRA, "results-day")
        phones.text(AMIRA, "changed")
        newest = phones.rows(Conversation)[-1]
        assert newest.draft["said"] == {"plan": "changed"}


class TestTwoOnOneNumber:
    @pytest.fixture(autouse=True)
    def both_asked(self, phones: Phones) -> None:
        phones.ask("Grace", SHARED)
        phones.ask("Harri", SHARED)

    def test_they_are_told_apart_by_first_name(self, phones: Phones) -> None:
        assert phones.text(SHARED, "college") == (
            "Two people share this number. Who is writing: Grace or Harri? Text just the first name."
        )
        assert phones.text(SHARED, "Harri") == "Further education college. Harri: " + WHICH_ONE
        assert [text.reason for text in phones.texts()] == [TextReason.WHO_WRITES, TextReason.ANSWER]
        for text in ("0", "no"):
            phones.text(SHARED, text)
        assert phones.answers("Harri")
        assert not phones.answers("Grace")

    def test_after_one_has_finished_the_other_is_not_guessed(self, phones: Phones) -> None:
        for text in ("grace: dunno", "no"):
            phones.text(SHARED, text)
        assert phones.text(SHARED, "thanks") == ""
        assert "Who is writing" in phones.text(SHARED, "apprenticeship")
        assert not phones.answers("Harri")

    def test_nobody_guesses_after_three_texts_without_a_name(self, phones: Phones) -> None:
        for text in ("college", "college!", "i said college"):
            phones.text(SHARED, text)
        assert phones.last().state is TextState.INBOX

    def test_whatever_the_order_each_gets_their_own_answer(self, phones: Phones) -> None:
        """Every interleaving of two conversations, each text with its name."""
        grace, harri = ["grace: aprentiship w bt", "grace 2"], ["Harri here, dunno", "harri: no"]
        orders = sorted(set(permutations("GGHH")))
        assert len(orders) == 6
        for round_number, order in enumerate(orders):
            mine = {"G": iter(grace), "H": iter(harri)}
            if round_number:
                for text in ("grace change", "harri change"):
                    phones.text(SHARED, text)
            for who in order:
                phones.text(SHARED, next(mine[who]))
            assert len(phones.answers("Grace")) == len(phones.answers("Harri")) == round_number + 1
            assert phones.answers("Grace")[0].content["options"] == [
                {"kind": "apprenticeship", "provider": "bt"}
            ]
            assert phones.answers("Harri")[0].content["options"] == [{"kind": "not_sure"}]
            phones.wait(hours=3)


WHICH_ONE = "Which one? Text its name, or 0 if you do not know yet."


class TestOnlyOnce:
    def test_the_same_text_again_gets_the_same_reply_and_has_no_effect(self, phones: Phones) -> None:
        first = phones.take(AMIRA, "dunno", sid="SM1")
        again = phones.take(AMIRA, "dunno", sid="SM1")
        assert first == again
        assert first.reply
        assert len(phones.texts()) == 1

    def test_a_stop_again_is_one_stop(self, phones: Phones) -> None:
        for _ in range(3):
            phones.text(AMIRA, "STOP", sid="SM1")
        assert len(phones.rows(OptOut)) == 1


class TestNothingLeavesTheHouse:
    def test_a_copy_of_the_database_says_nothing(self, phones: Phones) -> None:
        answered = phones.take(AMIRA, "hello", instance="another machine")
        assert (answered.reply, answered.delivery_id) == ("", None)
        held = phones.rows(Delivery)[-1]
        assert (held.state, held.hold_reason) == (DeliveryState.HELD, HoldReason.COPY)

    def test_a_number_off_the_list_is_not_answered(self, phones: Phones) -> None:
        only = Outbound("only", frozenset({BEN}))
        assert phones.take(AMIRA, "hello", outbound=only).reply == ""
        assert phones.rows(Delivery)[-1].hold_reason == HoldReason.OUTBOUND_DENIED

    def test_a_stop_is_taken_everywhere(self, phones: Phones) -> None:
        phones.take(AMIRA, "STOP", instance="another machine", outbound=Outbound("deny"))
        assert len(phones.rows(OptOut)) == 1


def set_school(phones: Phones, **values: object) -> None:
    from surveybot.records.schools import School

    with database.writing(phones.engine) as session:
        row = session.get_one(School, phones.school.id)
        row.settings = {**row.settings, **values}


def test_the_ledger_of_facts_stays_empty_for_a_half_finished_talk(phones: Phones) -> None:
    phones.text(AMIRA, "apprenticeship")
    assert phones.rows(DestinationFact) == []
