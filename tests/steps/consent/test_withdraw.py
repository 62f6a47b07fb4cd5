"""Withdrawing, stopping a channel and "this isn't me": what is stored, and what no longer goes out."""

from collections.abc import Collection, Iterator
from datetime import timedelta

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session, col, select

from surveybot.catalogue import load_catalogue
from surveybot.records import database
from surveybot.records.answer.consents import consents_of
from surveybot.records.audit import AuditEntry
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.delivery.opt_outs import OptOut, OptOutSource, stopped_addresses
from surveybot.records.roster.students import Route, Student, routes_of
from surveybot.records.round.invitations import Audience, Link, LinkMedium
from surveybot.rules.answer.consent import Actor, Decision, Purpose, standing
from surveybot.rules.delivery.channels import Channel, RouteKind, RouteOwner
from surveybot.rules.delivery.delivery_states import DeliveryState, MessageClass
from surveybot.rules.delivery.may_ask import Skip
from surveybot.rules.roster.people import StudentState
from surveybot.rules.survey.wordings import Controllers
from surveybot.steps.consent.withdraw import everything, stop_addresses, stop_channel, withdraw, wrong_person
from tests.conftest import NOW, SmallSchool

P1, P2 = Purpose.CONTACT_AFTER_LEAVING, Purpose.LA_SHARE_BACK
WALSH = "+447700900150"  # the phone that Grace and Harri share


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with database.writing(engine) as session:
        yield session


def person(session: Session, school: SmallSchool, name: str) -> Student:
    student = session.get(Student, school.ids[name])
    assert student
    return student


def a_message(
    session: Session,
    student: Student,
    channel: Channel,
    *,
    state: DeliveryState = DeliveryState.PENDING,
    kind: MessageClass = MessageClass.ASK,
    owner: RouteOwner = RouteOwner.STUDENT,
    to: str = "",
) -> Delivery:
    row = Delivery(
        dedupe_key=f"test:{student.id}:{channel}:{state}:{kind}:{owner}:{to}",
        school_id=student.school_id,
        student_id=student.id,
        message_class=kind,
        template="reminder",
        channel=channel,
        owner=owner,
        to_address=to,
        state=state,
        due_at=NOW,
        next_at=NOW,
        created_at=NOW,
    )
    session.add(row)
    session.flush()
    return row


def a_link(
    session: Session,
    student: Student,
    carrier: Delivery | None,
    audience: Audience = Audience.STUDENT,
) -> Link:
    link = Link(
        school_id=student.school_id,
        student_id=student.id,
        delivery_id=carrier.id if carrier else None,
        medium=LinkMedium(carrier.channel.value) if carrier else LinkMedium.PAPER,
        audience=audience,
        created_at=NOW,
    )
    session.add(link)
    session.flush()
    return link


def fate(session: Session, row: Delivery) -> tuple[str, str]:
    session.refresh(row)
    return row.state, row.reason


SENT_ANYWAY = (DeliveryState.PENDING, "")


def take_back(
    session: Session, student: Student, purposes: set[Purpose], actor: Actor = Actor.SELF
) -> list[Purpose]:
    events = withdraw(
        session,
        student=student,
        purposes=purposes,
        actor=actor,
        wordings=load_catalogue().wordings,
        controllers=Controllers("Hillview School"),
        language="en",
        medium=LinkMedium.EMAIL,
        now=NOW,
    )
    return [event.purpose for event in events]


def test_one_purpose_is_withdrawn_and_the_others_stand(session: Session, school: SmallSchool) -> None:
    amira = person(session, school, "Amira")
    assert take_back(session, amira, {P1}) == [P1]
    stands = standing(event.as_fact() for event in consents_of(session, school.ids["Amira"]))
    assert (stands[P1], stands[P2]) == (Decision.WITHDRAWN, None)


def test_withdrawing_twice_is_the_same_as_once(session: Session, school: SmallSchool) -> None:
    amira = person(session, school, "Amira")
    take_back(session, amira, {P1})
    assert take_back(session, amira, {P1}) == []


def test_a_refusal_that_is_withdrawn_becomes_a_second_no(session: Session, school: SmallSchool) -> None:
    assert take_back(session, person(session, school, "Ben"), {P1}) == [P1]


def test_everything_is_every_use_of_data_and_leaves_the_channels_unset(
    session: Session, school: SmallSchool
) -> None:
    assert everything(session, person(session, school, "Amira")) == set(Purpose) - {
        Purpose.SMS,
        Purpose.EMAIL,
    }


def test_a_parent_withdraws_for_the_parent(session: Session, school: SmallSchool) -> None:
    amira = person(session, school, "Amira")
    take_back(session, amira, {P1}, Actor.PARENT)
    assert consents_of(session, school.ids["Amira"])[-1].supersedes_id is None
    assert take_back(session, amira, {P1}) == [P1]


def test_a_leaver_who_withdraws_gets_no_ask_that_was_waiting(session: Session, school: SmallSchool) -> None:
    amira = person(session, school, "Amira")
    amira.state = StudentState.LEFT
    waiting = [a_message(session, amira, channel) for channel in Channel]
    held = a_message(session, amira, Channel.SMS, state=DeliveryState.HELD)
    receipt = a_message(session, amira, Channel.EMAIL, kind=MessageClass.REPLY)
    gone = a_message(session, amira, Channel.SMS, state=DeliveryState.DELIVERED)
    take_back(session, amira, {P1})
    for row in (*waiting, held):
        assert fate(session, row) == (DeliveryState.SUPPRESSED, Skip.NO_CONSENT)
    assert fate(session, receipt) == SENT_ANYWAY
    assert fate(session, gone) == (DeliveryState.DELIVERED, "")


def test_a_leaver_who_withdraws_texts_still_gets_email(session: Session, school: SmallSchool) -> None:
    amira = person(session, school, "Amira")
    amira.state = StudentState.LEFT
    text, mail = (a_message(session, amira, channel) for channel in (Channel.SMS, Channel.EMAIL))
    take_back(session, amira, {Purpose.SMS})
    assert fate(session, text) == (DeliveryState.SUPPRESSED, Skip.NO_CONSENT)
    assert fate(session, mail) == SENT_ANYWAY


def test_at_school_the_survey_goes_on_after_withdrawing(session: Session, school: SmallSchool) -> None:
    amira = person(session, school, "Amira")
    row = a_message(session, amira, Channel.SMS)
    take_back(session, amira, {P1})
    assert fate(session, row) == SENT_ANYWAY


def stop(
    session: Session,
    student: Student,
    channel: Channel,
    *,
    owners: Collection[RouteOwner] = (RouteOwner.STUDENT,),
    address: str = "",
) -> int:
    return stop_channel(
        session,
        student=student,
        channel=channel,
        source=OptOutSource.PAGE,
        now=NOW,
        owners=owners,
        address=address,
    )


def test_stopping_texts_stops_the_students_own_number_and_no_email(
    session: Session, school: SmallSchool
) -> None:
    amira = person(session, school, "Amira")
    text, mail = (a_message(session, amira, channel) for channel in (Channel.SMS, Channel.EMAIL))
    assert stop(session, amira, Channel.SMS) == 1
    assert stopped_addresses(session, ["+447700900101", "amira@pupils.example.org"]) == {"+447700900101"}
    assert fate(session, text) == (DeliveryState.SUPPRESSED, Skip.OPTED_OUT)
    assert fate(session, mail) == SENT_ANYWAY
    assert all(event.decision is Decision.GRANTED for event in consents_of(session, school.ids["Amira"]))


def test_stopping_twice_adds_no_second_row(session: Session, school: SmallSchool) -> None:
    amira = person(session, school, "Amira")
    stop(session, amira, Channel.SMS)
    assert stop(session, amira, Channel.SMS) == 0
    assert len(session.exec(select(OptOut)).all()) == 1


def test_a_stop_can_come_again_after_it_was_lifted(session: Session, school: SmallSchool) -> None:
    amira = person(session, school, "Amira")
    stop(session, amira, Channel.SMS)
    session.add(
        OptOut(
            channel=Channel.SMS,
            address="+447700900101",
            stopped=False,
            source=OptOutSource.TEXT,
            at=NOW + timedelta(minutes=1),
        )
    )
    assert stop(session, amira, Channel.SMS) == 1


def test_a_stop_holds_for_everybody_behind_the_number(
    session: Session, school: SmallSchool, other_school: SmallSchool
) -> None:
    grace, harri = person(session, school, "Grace"), person(session, school, "Harri")
    zara = person(session, other_school, "Zara")
    for route in routes_of(session, other_school.ids["Zara"]):
        route.address = WALSH if route.channel is Channel.SMS else route.address
    rows = [a_message(session, student, Channel.SMS) for student in (grace, harri, zara)]
    bystander = a_message(session, person(session, school, "Ben"), Channel.SMS)
    stop(session, grace, Channel.SMS)
    for row in rows:
        assert fate(session, row) == (DeliveryState.SUPPRESSED, Skip.OPTED_OUT)
    assert fate(session, bystander) == SENT_ANYWAY


def test_a_student_does_not_stop_a_parents_phone(session: Session, school: SmallSchool) -> None:
    lena = person(session, school, "Lena")
    row = a_message(session, lena, Channel.SMS, owner=RouteOwner.CONTACT_1)
    assert stop(session, lena, Channel.SMS) == 0
    assert fate(session, row) == SENT_ANYWAY
    assert stop(session, lena, Channel.SMS, owners=[RouteOwner.CONTACT_1]) == 1
    assert fate(session, row) == (DeliveryState.SUPPRESSED, Skip.OPTED_OUT)


def test_the_address_of_the_message_is_stopped_even_where_the_roster_has_another_now(
    session: Session, school: SmallSchool
) -> None:
    assert stop(session, person(session, school, "Amira"), Channel.SMS, address="+447700900777") == 2


def test_one_stopped_address_of_two_leaves_the_other_way_open(session: Session, school: SmallSchool) -> None:
    amira = person(session, school, "Amira")
    session.add(
        Route(
            school_id=school.id,
            student_id=school.ids["Amira"],
            owner=RouteOwner.STUDENT,
            kind=RouteKind.PERSONAL_EMAIL,
            channel=Channel.EMAIL,
            address="amira@home.example.org",
            changed_at=NOW,
        )
    )
    row = a_message(session, amira, Channel.EMAIL)
    for address, expected in (
        ("amira@home.example.org", SENT_ANYWAY),
        ("amira@pupils.example.org", (DeliveryState.SUPPRESSED, Skip.OPTED_OUT)),
    ):
        stop_addresses(session, Channel.EMAIL, [address], source=OptOutSource.ONE_CLICK, now=NOW)
        assert fate(session, row) == expected


def test_a_staff_message_about_a_student_is_not_stopped(session: Session, school: SmallSchool) -> None:
    amira = person(session, school, "Amira")
    alert = a_message(session, amira, Channel.EMAIL, kind=MessageClass.STAFF)
    stop(session, amira, Channel.EMAIL)
    assert fate(session, alert) == SENT_ANYWAY


def test_a_stranger_behind_a_number_is_never_written_to_again(session: Session, school: SmallSchool) -> None:
    """Grace and Harri share the number: it is wrong for both, and their tutors are told of both."""
    grace, harri = person(session, school, "Grace"), person(session, school, "Harri")
    carrier = a_message(session, grace, Channel.SMS, state=DeliveryState.DELIVERED, to=WALSH)
    waiting = [a_message(session, student, Channel.SMS) for student in (grace, harri)]
    link = a_link(session, grace, carrier)
    wrong_person(session, link=link, now=NOW)
    marked = session.exec(select(Route).where(Route.bad_reason == "wrong_number")).all()
    assert {(route.student_id, route.address) for route in marked} == {(grace.id, WALSH), (harri.id, WALSH)}
    for row in waiting:
        assert fate(session, row) == (DeliveryState.SUPPRESSED, Skip.WRONG_NUMBER)
    told = session.exec(select(AuditEntry).order_by(col(AuditEntry.id))).all()
    assert [(entry.deed, entry.subject) for entry in told] == [
        ("wrong_person", grace.code),
        ("wrong_person", harri.code),
    ]
    assert link.revoked_at is None


def test_this_isnt_me_pressed_twice_tells_staff_once(session: Session, school: SmallSchool) -> None:
    amira = person(session, school, "Amira")
    carrier = a_message(session, amira, Channel.SMS, state=DeliveryState.DELIVERED, to="+447700900101")
    link = a_link(session, amira, carrier)
    for _ in range(2):
        wrong_person(session, link=link, now=NOW)
    assert len(session.exec(select(AuditEntry)).all()) == 1


def test_a_parents_phone_in_a_students_place_stays_good_for_the_parent(
    session: Session, school: SmallSchool
) -> None:
    amira = person(session, school, "Amira")
    for route in routes_of(session, school.ids["Lena"]):
        route.address = "+447700900101" if route.channel is Channel.SMS else route.address
    carrier = a_message(session, amira, Channel.SMS, state=DeliveryState.DELIVERED, to="+447700900101")
    wrong_person(session, link=a_link(session, amira, carrier), now=NOW)
    (parents,) = [r for r in routes_of(session, school.ids["Lena"]) if r.owner is RouteOwner.CONTACT_1]
    assert parents.bad_at is None


def test_a_parent_who_is_not_the_parent_marks_the_contacts_route(
    session: Session, school: SmallSchool
) -> None:
    lena = person(session, school, "Lena")
    carrier = a_message(
        session,
        lena,
        Channel.SMS,
        state=DeliveryState.DELIVERED,
        owner=RouteOwner.CONTACT_1,
        to="+447700900199",
    )
    wrong_person(session, link=a_link(session, lena, carrier, audience=Audience.PARENT), now=NOW)
    (route,) = session.exec(select(Route).where(Route.bad_reason == "wrong_number")).all()
    assert route.owner is RouteOwner.CONTACT_1


def test_a_slip_in_the_wrong_hands_is_revoked(session: Session, school: SmallSchool) -> None:
    link = a_link(session, person(session, school, "Finn"), None)
    for _ in range(2):
        wrong_person(session, link=link, now=NOW)
    assert link.revoked_at == NOW
    assert len(session.exec(select(AuditEntry)).all()) == 1
    assert not session.exec(select(Route).where(col(Route.bad_at).is_not(None))).all()
