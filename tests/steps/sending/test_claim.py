"""What is looked at again at the moment of sending, and the reason that every no leaves."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session, select

from surveybot.config import Outbound, Settings
from surveybot.links import LinkPurpose, LinkSigner
from surveybot.records import database
from surveybot.records.delivery.deliveries import AskCount, Delivery, SchoolAskCount
from surveybot.records.delivery.opt_outs import OptOut, OptOutSource
from surveybot.records.installations import disown
from surveybot.records.roster.students import Route, Student
from surveybot.records.round.invitations import Audience, Invitation, Link, LinkMedium
from surveybot.records.round.rounds import Round, RoundState
from surveybot.records.schools import School
from surveybot.records.staff import StaffMember
from surveybot.rules.answer.consent import Decision, Purpose
from surveybot.rules.delivery.channels import Channel, RouteKind, RouteOwner
from surveybot.rules.delivery.delivery_states import DeliveryState, MessageClass
from surveybot.rules.delivery.kill_switch import Scope
from surveybot.rules.roster.people import StudentState
from surveybot.steps.round.steer_round import close_round, pause_round, resume_round
from surveybot.steps.sending.queue import queue_delivery
from surveybot.steps.sending.switch_sending import pause_sending, resume_sending
from tests.conftest import NOW, SmallSchool
from tests.small_school import consent_event
from tests.steps.sending.outbox import (
    INSTANCE,
    SMS,
    Wire,
    days,
    deliveries,
    delivery_to,
    open_for,
    run,
)

MIDNIGHT = datetime(2026, 1, 20, 23, 0, tzinfo=UTC)
SUNDAY = datetime(2026, 1, 25, 12, 0, tzinfo=UTC)


def write(engine: Engine, *rows: object) -> None:
    with database.writing(engine) as session:
        session.add_all(rows)


def student(session: Session, school: SmallSchool, forename: str) -> Student:
    return session.get_one(Student, school.ids[forename])


def test_each_person_gets_one_message_with_a_link_of_their_own(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    open_for(engine, school)
    wire = Wire()
    result = run(engine, settings, wire)
    assert result.sent == len(wire.taken) == 10
    assert len(set(wire.addresses())) == 10
    signer = LinkSigner(settings.keys)
    with database.reading(engine) as session:
        for message in wire.taken:
            token = message.text.split("/r/")[1][:29]
            link = session.get_one(Link, signer.open(token, LinkPurpose.SURVEY))
            row = session.get_one(Delivery, message.delivery_id)
            assert (link.delivery_id, link.student_id) == (row.id, row.student_id)
            assert signer.open(message.stop_link.split("/stop/")[1], LinkPurpose.STOP) == link.id
            assert (row.body_text, row.to_address, row.state) == (message.text, message.to, "accepted")
            assert session.get_one(Student, row.student_id).first_name in message.text
    assert run(engine, settings, wire).sent == 0


def test_the_text_and_its_parts_are_written_with_the_delivery(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    open_for(engine, school)
    run(engine, settings, Wire())
    text, email = delivery_to(engine, school, "Dewi"), delivery_to(engine, school, "Amira")
    assert (text.channel, text.segments, text.subject, text.body_html) == (SMS, 1, "", "")
    assert email.subject == "What is your plan now? Hillview School asks"
    assert "Hi Amira," in email.body_text
    assert "Hi Amira," in email.body_html
    assert email.provider_id is not None
    assert email.provider_id.endswith("@school.example.org>")


@pytest.mark.parametrize(
    ("outbound", "sent"),
    [
        (Outbound("deny"), []),
        (Outbound("only", frozenset({"amira@pupils.example.org"})), ["amira@pupils.example.org"]),
    ],
)
def test_what_is_not_allowed_out_is_held_and_never_rewritten(
    engine: Engine, school: SmallSchool, settings: Settings, outbound: Outbound, sent: list[str]
) -> None:
    open_for(engine, school)
    wire = Wire()
    run(engine, settings, wire, outbound=outbound)
    assert wire.addresses() == sent
    held = [row for row in deliveries(engine).values() if row.state is DeliveryState.HELD]
    assert len(held) == 10 - len(sent)
    assert {(row.hold_reason, row.reason, row.to_address) for row in held} == {
        ("outbound_denied", "outbound_denied", "")
    }
    with database.reading(engine) as session:
        assert len(session.exec(select(AskCount).where(AskCount.asks > 0)).all()) == len(sent)


def test_what_was_not_allowed_out_goes_after_a_resume_and_never_before_it_is_allowed(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    open_for(engine, school)
    denied, wire = Outbound("deny"), Wire()
    run(engine, settings, wire, outbound=denied)
    for outbound, sent in ((denied, 0), (settings.outbound, 10)):
        with database.writing(engine) as session:
            assert resume_sending(session, Scope(), instance=INSTANCE, by="test", now=NOW) == 10
        run(engine, settings, wire, outbound=outbound)
        assert len(wire.taken) == sent


@pytest.mark.parametrize(("whole", "sent"), [(False, 1), (True, 0)], ids=["its school", "everything"])
def test_mail_to_staff_waits_for_a_pause_of_everything_alone(
    engine: Engine, school: SmallSchool, settings: Settings, whole: bool, sent: int
) -> None:
    open_for(engine, school)
    with database.writing(engine) as session:
        queue_delivery(
            session,
            now=NOW,
            dedupe_key="alert",
            message_class=MessageClass.STAFF,
            template="alert-help",
            step="alert",
            channel=Channel.EMAIL,
            due_at=NOW,
            school_id=school.id,
            staff_id=school.staff["adviser"],
            facts={"page": "/staff/inbox"},
        )
        pause_sending(session, Scope() if whole else Scope(school.id), by="test", now=NOW)
    wire = Wire()
    run(engine, settings, wire)
    assert len(wire.taken) == sent


def test_a_stopped_address_is_suppressed_for_everybody_behind_it(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    open_for(engine, school)
    stop = OptOut(channel=Channel.SMS, address="+447700900104", source=OptOutSource.TEXT, at=NOW)
    write(engine, stop)
    wire = Wire()
    assert run(engine, settings, wire).suppressed == 1
    row = delivery_to(engine, school, "Dewi")
    assert (row.state, row.reason) == (DeliveryState.SUPPRESSED, "opted_out")
    assert row.ended_at is not None
    assert "+447700900104" not in wire.addresses()


@pytest.mark.parametrize("state", [StudentState.DECEASED, StudentState.LEFT])
def test_who_died_or_left_after_the_round_opened_is_not_written_to(
    engine: Engine, school: SmallSchool, settings: Settings, state: StudentState
) -> None:
    open_for(engine, school)
    with database.writing(engine) as session:
        student(session, school, "Amira").state = state
    wire = Wire()
    run(engine, settings, wire)
    row = delivery_to(engine, school, "Amira")
    assert (row.state, row.reason) == (DeliveryState.SUPPRESSED, state.value)
    assert "amira@pupils.example.org" not in wire.addresses()


def test_a_leaver_with_a_school_address_alone_is_not_written_to_and_the_reason_is_kept(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    open_for(engine, school, "enrolled")  # queued in the last days of August, while the address still works
    with database.writing(engine) as session:
        for name in ("Ewa", "Lena"):
            who = student(session, school, name)
            who.state = StudentState.LEFT
            purpose, granted = Purpose.CONTACT_AFTER_LEAVING, Decision.GRANTED
            session.add(consent_event(school.id, school.ids[name], purpose, granted))
        session.add(
            Route(
                school_id=school.id,
                student_id=school.ids["Lena"],
                owner=RouteOwner.STUDENT,
                kind=RouteKind.PERSONAL_EMAIL,
                channel=Channel.EMAIL,
                address="lena@example.org",
                proven_at=NOW,
                changed_at=NOW,
            )
        )
    wire = Wire()
    run(engine, settings, wire)
    row = delivery_to(engine, school, "Ewa")
    assert (row.state, row.reason, row.to_address) == (DeliveryState.SUPPRESSED, "no_route", "")
    assert "lena@example.org" in wire.addresses()
    assert not {"ewa@pupils.example.org", "lena@pupils.example.org"} & set(wire.addresses())


def test_a_number_that_turned_out_wrong_is_not_texted(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    open_for(engine, school)
    with database.writing(engine) as session:
        route = session.exec(select(Route).where(Route.address == "+447700900104")).one()
        route.bad_at, route.bad_reason = NOW, "wrong_number"
    run(engine, settings, Wire())
    assert delivery_to(engine, school, "Dewi").reason == "wrong_number"


def test_who_has_answered_on_paper_is_not_asked_again(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    open_for(engine, school)
    with database.writing(engine) as session:
        where = Invitation.student_id == school.ids["Amira"]
        session.exec(select(Invitation).where(where)).one().answered_at = NOW
    run(engine, settings, Wire())
    row = delivery_to(engine, school, "Amira")
    assert (row.state, row.reason) == (DeliveryState.SUPPRESSED, "answered")


def test_an_address_that_changed_since_is_the_one_that_is_used(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    open_for(engine, school)
    with database.writing(engine) as session:
        route = session.exec(select(Route).where(Route.address == "amira@pupils.example.org")).one()
        route.address = "amira.khan@pupils.example.org"
    wire = Wire()
    run(engine, settings, wire)
    assert "amira.khan@pupils.example.org" in wire.addresses()


@pytest.mark.parametrize(
    ("at", "next_at"),
    [
        (MIDNIGHT, datetime(2026, 1, 21, 8, 0, tzinfo=UTC)),
        (SUNDAY, datetime(2026, 1, 26, 8, 0, tzinfo=UTC)),
    ],
)
def test_outside_the_window_an_ask_waits_for_the_morning(
    engine: Engine, school: SmallSchool, settings: Settings, at: datetime, next_at: datetime
) -> None:
    open_for(engine, school)
    wire = Wire()
    assert run(engine, settings, wire, at=at).sent == 0
    waiting = deliveries(engine).values()
    assert {(row.state, row.reason, row.next_at, row.attempt) for row in waiting} == {
        (DeliveryState.PENDING, "window", next_at, 0)
    }
    assert run(engine, settings, wire, at=next_at).sent == 10


def test_the_demo_writes_at_any_hour(engine: Engine, school: SmallSchool, settings: Settings) -> None:
    open_for(engine, school)
    assert run(engine, settings, Wire(), at=SUNDAY, demo=True).sent == 10


def test_a_message_to_staff_and_a_reply_go_at_any_hour(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    open_for(engine, school)
    with database.writing(engine) as session:
        link = Link(
            staff_id=school.staff["tutor"],
            audience=Audience.STAFF,
            medium=LinkMedium.EMAIL,
            created_at=NOW,
        )
        session.add(link)
        session.flush()
        queue_delivery(
            session,
            dedupe_key=f"sign-in:{link.id}",
            message_class=MessageClass.STAFF,
            template="sign-in",
            step="sign-in",
            channel=Channel.EMAIL,
            staff_id=school.staff["tutor"],
            due_at=NOW,
            now=NOW,
        )
        queue_delivery(
            session,
            dedupe_key="receipt:1",
            message_class=MessageClass.REPLY,
            template="receipt",
            step="receipt",
            channel=Channel.EMAIL,
            school_id=school.id,
            student_id=school.ids["Amira"],
            facts={"receipt": "7K2M9Q"},
            due_at=NOW,
            now=NOW,
        )
    wire = Wire()
    assert run(engine, settings, wire, at=SUNDAY).sent == 2
    assert wire.addresses() == ["amira@pupils.example.org", "tutor@example.org"]
    to_tutor, to_amira = sorted(wire.taken, key=lambda message: message.to, reverse=True)
    token = to_tutor.text.split("/staff/sign-in/")[1][:29]
    assert LinkSigner(settings.keys).open(token, LinkPurpose.SIGN_IN) == link.id
    assert to_tutor.stop_link == ""
    assert "7K2M9Q" in to_amira.text
    assert "/me/" in to_amira.text
    with database.reading(engine) as session:
        assert not session.exec(select(AskCount).where(AskCount.asks > 0)).all()


def test_nobody_is_asked_twice_on_one_day_and_the_second_ask_waits(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    open_for(engine, school)
    open_for(engine, school, "autumn-intentions")
    wire = Wire()
    assert run(engine, settings, wire).sent == 10
    assert len(set(wire.addresses())) == 10
    later = [row for row in deliveries(engine).values() if row.state is DeliveryState.PENDING]
    assert {(row.reason, row.next_at) for row in later} == {("cap", datetime(2026, 1, 21, 8, 0, tzinfo=UTC))}
    assert run(engine, settings, wire, at=NOW + days(1)).sent == 10


def test_nobody_is_asked_more_than_four_times_in_thirty_days(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    amira = school.ids["Amira"]
    write(
        engine,
        *(
            AskCount(school_id=school.id, student_id=amira, on=(NOW - days(day)).date(), asks=1)
            for day in (1, 10, 20, 29)
        ),
        *(
            AskCount(school_id=school.id, student_id=school.ids["Ben"], on=(NOW - days(day)).date(), asks=1)
            for day in (1, 10, 20, 30)
        ),
    )
    open_for(engine, school)
    wire = Wire()
    assert run(engine, settings, wire).sent == 9
    assert "amira@pupils.example.org" not in wire.addresses()
    assert "ben@pupils.example.org" in wire.addresses()
    assert delivery_to(engine, school, "Amira").reason == "cap"
    assert run(engine, settings, wire, at=NOW + days(1)).sent == 1


def test_a_school_has_a_cap_per_day(engine: Engine, school: SmallSchool, settings: Settings) -> None:
    with database.writing(engine) as session:
        session.get_one(School, school.id).settings = {"school_cap_per_day": "3"}
    open_for(engine, school)
    wire = Wire()
    assert run(engine, settings, wire).sent == 3
    assert run(engine, settings, wire).sent == 0
    with database.reading(engine) as session:
        assert session.exec(select(SchoolAskCount.asks)).one() == 3
        assert sum(session.exec(select(AskCount.asks))) == 3
    assert run(engine, settings, wire, at=NOW + days(1)).sent == 3


def test_a_message_that_is_too_old_expires(engine: Engine, school: SmallSchool, settings: Settings) -> None:
    open_for(engine, school)
    wire = Wire()
    assert run(engine, settings, wire, at=NOW + days(60)).expired == 10
    assert wire.taken == []
    assert {(row.state, row.reason) for row in deliveries(engine).values()} == {
        (DeliveryState.EXPIRED, "expired")
    }


def test_a_paused_round_waits_and_a_closed_one_sends_nothing(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    number = open_for(engine, school)
    with database.writing(engine) as session:
        pause_round(session, session.get_one(Round, number))
    wire = Wire()
    assert run(engine, settings, wire).sent == 0
    with database.writing(engine) as session:
        resume_round(session, session.get_one(Round, number))
        session.get_one(Delivery, delivery_to(engine, school, "Amira").id).next_at = NOW + days(1)
    assert run(engine, settings, wire).sent == 9
    with database.writing(engine) as session:
        close_round(session, session.get_one(Round, number), now=NOW)
    run(engine, settings, wire, at=NOW + days(1))
    assert "amira@pupils.example.org" not in wire.addresses()


def test_a_round_that_is_paused_while_a_message_waits_holds_it(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    number = open_for(engine, school)
    with database.writing(engine) as session:
        session.get_one(Round, number).state = RoundState.PAUSED  # the deliveries do not know of it yet
    run(engine, settings, Wire())
    assert {row.hold_reason for row in deliveries(engine).values()} == {"paused"}


def test_the_kill_switch_and_a_copied_database_hold_everything(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    open_for(engine, school)
    wire = Wire()
    run(engine, settings, wire, instance="another-machine")
    assert {row.hold_reason for row in deliveries(engine).values()} == {"copy"}
    with database.writing(engine) as session:
        resume_sending(session, Scope(), instance=INSTANCE, by="test", now=NOW)
        pause_sending(session, Scope(channel=Channel.SMS), by="test", now=NOW)
    assert run(engine, settings, wire).sent == 9
    assert delivery_to(engine, school, "Dewi").hold_reason == "switch"
    with database.writing(engine) as session:
        disown(session)
        queue_delivery(
            session,
            dedupe_key="test:1",
            message_class=MessageClass.STAFF,
            template="sign-in",
            step="sign-in",
            channel=Channel.EMAIL,
            staff_id=school.staff["tutor"],
            due_at=NOW,
            now=NOW,
        )
    assert run(engine, settings, wire).sent == 0


def test_a_leavers_text_has_no_name_unless_two_share_the_number(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    with database.writing(engine) as session:
        for forename in ("Dewi", "Grace"):
            one = student(session, school, forename)
            one.state = StudentState.LEFT
            queue_delivery(
                session,
                dedupe_key=f"new-link:{forename}",
                message_class=MessageClass.REPLY,
                template="invitation",
                step="new-link",
                channel=Channel.SMS,
                school_id=school.id,
                student_id=one.id,
                round_id=None,
                due_at=NOW,
                now=NOW,
            )
    number = open_for(engine, school)
    with database.writing(engine) as session:
        for row in session.exec(select(Delivery).where(Delivery.step == "new-link")):
            row.round_id = number
    wire = Wire()
    run(engine, settings, wire)
    texts = {message.to: message.text for message in wire.taken if message.channel is SMS}
    assert "Dewi" not in texts["+447700900104"]
    assert "Grace" in texts["+447700900150"]  # the twins' phone


def test_a_parent_is_asked_over_a_contacts_route_and_a_student_never(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    with database.writing(engine) as session:
        session.add(
            Route(
                school_id=school.id,
                student_id=school.ids["Chloe"],
                owner=RouteOwner.CONTACT_1,
                kind=RouteKind.PERSONAL_EMAIL,
                channel=Channel.EMAIL,
                address="parent.brown@example.org",
                changed_at=NOW,
            )
        )
    open_for(engine, school, "parent-consent")
    open_for(engine, school, "after-mocks")
    wire = Wire()
    run(engine, settings, wire)
    to_parents = [message for message in wire.taken if "parent or carer" in message.text]
    assert [message.to for message in to_parents] == ["parent.brown@example.org"]
    assert "Hello Parent Brown," in to_parents[0].text
    assert "chloe@pupils.example.org" in wire.addresses()  # a parent's cap is not the student's
    with database.reading(engine) as session:
        token = to_parents[0].text.split("/r/")[1][:29]
        link = session.get_one(Link, LinkSigner(settings.keys).open(token, LinkPurpose.SURVEY))
        assert link.audience == "parent"


def test_a_test_message_shows_staff_what_students_will_get(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    open_for(engine, school)
    with database.writing(engine) as session:
        queue_delivery(
            session,
            dedupe_key="test:2",
            message_class=MessageClass.STAFF,
            template="test-to-self",
            step="test-to-self",
            channel=Channel.EMAIL,
            school_id=school.id,
            staff_id=school.staff["careers_leader"],
            facts={"survey": "results-day", "year_group": 11},
            due_at=NOW,
            now=NOW,
        )
    wire = Wire()
    run(engine, settings, wire, at=SUNDAY)
    (message,) = wire.taken
    with database.reading(engine) as session:
        leader = session.get_one(StaffMember, school.staff["careers_leader"])
        assert message.to == leader.email
        assert session.exec(select(Link).where(Link.delivery_id == message.delivery_id)).all() == []
    assert message.subject == "Test: What happens next? Hillview School asks"
    assert "Hillview School asks: what happens next?" in message.text


def test_a_message_that_cannot_be_written_fails_alone(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    open_for(engine, school)
    with database.writing(engine) as session:
        session.get_one(Delivery, delivery_to(engine, school, "Amira").id).template = "no-such-template"
    wire = Wire()
    result = run(engine, settings, wire)
    assert (result.sent, result.failed) == (9, 1)
    assert delivery_to(engine, school, "Amira").reason == "cannot be written"
    went = sum(row.state is DeliveryState.ACCEPTED for row in deliveries(engine).values())
    with database.reading(engine) as session:
        assert sum(session.exec(select(AskCount.asks))) == went
        assert session.exec(select(SchoolAskCount.asks)).one() == went
