"""Sign-in links work once, for a quarter of an hour, and only for the address they went to."""

from datetime import timedelta

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.records import database
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.round.invitations import Link
from surveybot.records.staff import StaffMember
from surveybot.rules.delivery.delivery_states import MessageClass
from surveybot.steps.staff.sign_in import (
    OldLink,
    OtherAddress,
    ask_for_link,
    look_at_link,
    page_wanted,
    sign_in,
)
from tests.conftest import NOW, SmallSchool


def test_a_known_address_gets_one_staff_message_that_outlives_no_link(
    engine: Engine, school: SmallSchool
) -> None:
    with database.writing(engine) as session:
        link = ask_for_link(session, " Leader@Example.org ", back_to="/staff/students", now=NOW)
        assert link is not None
        assert page_wanted(session, link) == "/staff/students"
        delivery = session.exec(select(Delivery)).one()
    assert delivery.message_class is MessageClass.STAFF
    assert delivery.dedupe_key == f"sign-in:{link.id}"
    assert delivery.not_after == link.expires_at


def test_an_unknown_address_gets_nothing(engine: Engine, school: SmallSchool) -> None:
    with database.writing(engine) as session:
        assert ask_for_link(session, "somebody@example.org", now=NOW) is None
        assert session.exec(select(Link)).all() == []
        assert session.exec(select(Delivery)).all() == []


def test_somebody_without_a_school_gets_nothing(engine: Engine) -> None:
    with database.writing(engine) as session:
        session.add(StaffMember(email="left@example.org", name="Gone", created_at=NOW))
        session.flush()
        assert ask_for_link(session, "left@example.org", now=NOW) is None


def test_a_link_signs_in_once(engine: Engine, school: SmallSchool) -> None:
    with database.writing(engine) as session:
        link = ask_for_link(session, "leader@example.org", now=NOW)
        assert link is not None
        assert sign_in(session, link, "LEADER@example.org", now=NOW).name == "Lee Leader"
        session.refresh(link)
        with pytest.raises(OldLink):
            sign_in(session, link, "leader@example.org", now=NOW)


def test_another_address_is_refused_and_uses_nothing_up(engine: Engine, school: SmallSchool) -> None:
    with database.writing(engine) as session:
        link = ask_for_link(session, "leader@example.org", now=NOW)
        assert link is not None
        for wrong in ("", "tutor@example.org", "leader@example.com", "le\u0131der@example.org"):
            with pytest.raises(OtherAddress):
                sign_in(session, link, wrong, now=NOW)
        assert sign_in(session, link, "leader@example.org", now=NOW)


def test_a_link_is_too_old_after_a_quarter_of_an_hour(engine: Engine, school: SmallSchool) -> None:
    with database.writing(engine) as session:
        link = ask_for_link(session, "leader@example.org", now=NOW)
        assert link is not None
        look_at_link(link, now=NOW + timedelta(minutes=14, seconds=59))
        with pytest.raises(OldLink):
            sign_in(session, link, "leader@example.org", now=NOW + timedelta(minutes=15))
