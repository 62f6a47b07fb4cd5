"""What a school decides for itself, and who its staff are."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.records import database
from surveybot.records.schools import School
from surveybot.records.staff import StaffMember, StaffPost, find_staff, posts_of
from surveybot.rules.roster.people import StaffRole
from tests.conftest import NOW, SmallSchool
from tests.web.staff_room import post

SignIn = Callable[..., FlaskClient]
STAFF_PAGE = "/staff/settings/staff"


def settings_of(engine: Engine, school: SmallSchool) -> dict[str, object]:
    with database.reading(engine) as session:
        return session.get_one(School, school.id).settings


def post_of(engine: Engine, staff_id: int) -> int:
    with database.reading(engine) as session:
        found = posts_of(session, staff_id)[0].id
    assert found is not None
    return found


def test_settings_are_taken_whole_or_not_at_all(
    app: Flask, engine: Engine, sign_in: SignIn, school: SmallSchool
) -> None:
    client = sign_in("careers_leader")
    before = settings_of(engine, school)
    wrong = post(app, client, "/staff/settings", help_adult="Ms Jones", la="12", window_opens="soon")
    assert wrong.status_code == 422
    assert "write 3 digits" in wrong.text
    assert "not a time of day" in wrong.text
    assert 'value="Ms Jones"' in wrong.text
    assert settings_of(engine, school) == before
    post(app, client, "/staff/settings", help_adult="Ms Jones", sixth_form="yes", pence_per_segment="3.5")
    assert settings_of(engine, school) == {
        **before,
        "help_adult": "Ms Jones",
        "sixth_form": True,
        "pence_per_segment": 3.5,
    }


def test_every_setting_stands_on_the_page(sign_in: SignIn) -> None:
    from dataclasses import fields

    from surveybot.rules.school_settings import SchoolSettings

    page = sign_in("careers_leader").get("/staff/settings").text
    assert {field.name for field in fields(SchoolSettings)} <= set(re.findall(r'name="(\w+)"', page))


@pytest.mark.parametrize("role", ["tutor", "adviser"])
def test_only_leaders_see_settings(sign_in: SignIn, role: str) -> None:
    assert sign_in(role).get("/staff/settings").status_code == 403
    assert sign_in(role).get(STAFF_PAGE).status_code == 403


def test_somebody_is_added_and_can_sign_in(
    app: Flask, engine: Engine, sign_in: SignIn, school: SmallSchool
) -> None:
    client = sign_in("careers_leader")
    new = {"name": "Noor New", "email": "Noor@example.org", "role": "tutor"}
    assert post(app, client, STAFF_PAGE).status_code == 422
    without_group = post(app, client, STAFF_PAGE, **new)
    assert without_group.status_code == 422
    assert "Choose the tutor" in without_group.text
    post(app, client, STAFF_PAGE, **new, tutor_group="11B")
    assert "noor@example.org" in client.get(STAFF_PAGE).text
    with database.reading(engine) as session:
        staff = find_staff(session, "noor@example.org")
        assert staff is not None
        assert staff.id is not None
        assert [one.tutor_group for one in posts_of(session, staff.id)] == ["11B"]


def test_who_is_removed_is_signed_out_at_once(
    app: Flask, engine: Engine, sign_in: SignIn, school: SmallSchool
) -> None:
    leader, tutor = sign_in("careers_leader"), sign_in("tutor")
    number = post_of(engine, school.staff["tutor"])
    assert tutor.get("/staff/").status_code == 200
    assert post(app, leader, f"{STAFF_PAGE}/{number}/remove").status_code == 422
    post(app, leader, f"{STAFF_PAGE}/{number}/remove", sure="no")
    assert tutor.get("/staff/").status_code == 200
    post(app, leader, f"{STAFF_PAGE}/{number}/remove", sure="yes")
    assert tutor.get("/staff/").status_code == 302


def test_the_last_leader_stays(app: Flask, engine: Engine, sign_in: SignIn, school: SmallSchool) -> None:
    number = post_of(engine, school.staff["careers_leader"])
    answer = post(app, sign_in("careers_leader"), f"{STAFF_PAGE}/{number}/remove", sure="yes")
    assert answer.status_code == 422
    assert "last careers leader" in answer.text


def test_a_second_step_is_reset_by_another_leader_only(
    app: Flask, engine: Engine, sign_in: SignIn, school: SmallSchool
) -> None:
    client = sign_in("careers_leader")
    own = post_of(engine, school.staff["careers_leader"])
    assert post(app, client, f"{STAFF_PAGE}/{own}/new-phone").status_code == 403
    with database.writing(engine) as session:
        second = StaffMember(
            email="second@example.org",
            name="Sol",
            totp_secret="A" * 32,
            totp_confirmed_at=NOW,
            created_at=NOW,
        )
        session.add(second)
        session.flush()
        assert second.id is not None
        session.add(StaffPost(staff_id=second.id, school_id=school.id, role=StaffRole.CAREERS_LEADER))
    number = post_of(engine, second.id)
    post(app, client, f"{STAFF_PAGE}/{number}/new-phone")
    with database.reading(engine) as session:
        row = session.exec(select(StaffMember).where(StaffMember.id == second.id)).one()
    assert (row.totp_secret, row.session_generation) == (None, 1)


def test_another_schools_staff_do_not_exist(
    app: Flask, engine: Engine, sign_in: SignIn, school: SmallSchool, other_school: SmallSchool
) -> None:
    client = sign_in("careers_leader")
    number = post_of(engine, other_school.staff["careers_leader"])
    assert client.get(f"{STAFF_PAGE}/{number}").status_code == 404
    for deed in ("remove", "new-phone"):
        assert post(app, client, f"{STAFF_PAGE}/{number}/{deed}", sure="yes").status_code == 404
    assert "other-leader@example.org" not in client.get(STAFF_PAGE).text
