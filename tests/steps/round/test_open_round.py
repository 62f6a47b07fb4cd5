"""A round says whom it asks, over which channel and when, and for everybody else why not."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TypedDict, Unpack

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session, select

from surveybot.catalogue import load_catalogue
from surveybot.records import database
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.roster.students import Leaving
from surveybot.records.round.invitations import Audience, Invitation
from surveybot.records.round.rounds import Round, RoundState
from surveybot.records.schools import School
from surveybot.rules.delivery.channels import Channel, RouteOwner
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.rules.delivery.may_ask import Skip
from surveybot.rules.survey.questionnaire import Survey
from surveybot.steps.round.open_round import RoundPlan, RoundRefused, open_round, plan_round
from surveybot.steps.round.remind import plan_reminder, remind
from surveybot.steps.round.steer_round import close_round, pause_round, resume_round
from tests.conftest import NOW, SmallSchool

SURVEY = load_catalogue().survey("after-mocks")


class Changes(TypedDict, total=False):
    """What differs from the usual round."""

    survey: Survey
    leaving: int
    year_group: int
    tutor_group: str
    opens_at: datetime
    closes_at: datetime
    now: datetime
    any_hour: bool


def plan(session: Session, school: SmallSchool, **changes: Unpack[Changes]) -> RoundPlan:
    wanted: Changes = {"survey": SURVEY, "leaving": 2026, "year_group": 11, "now": NOW}
    wanted.update(changes)
    return plan_round(session, session.get_one(School, school.id), **wanted)


def opened(engine: Engine, school: SmallSchool, **changes: Unpack[Changes]) -> int:
    with database.writing(engine) as session:
        row = open_round(
            session,
            session.get_one(School, school.id),
            plan(session, school, **changes),
            opened_by="leader@example.org",
            now=NOW,
        )
        assert row.id is not None
        return row.id


def test_a_plan_names_everybody_once_and_writes_nothing(engine: Engine, school: SmallSchool) -> None:
    with database.reading(engine) as session:
        planned = plan(session, school)
    routes = {one.student.forename: one.route.channel for one in planned.invited}
    reasons = {one.student.forename: one.reason for one in planned.left_out}
    assert reasons == {"Finn": Skip.NO_ROUTE, "Kit": Skip.DECEASED}
    assert routes["Amira"] is Channel.EMAIL
    assert routes["Dewi"] is Channel.SMS
    assert set(routes) | set(reasons) == set(school.ids)


def test_first_messages_keep_to_the_window(engine: Engine, school: SmallSchool) -> None:
    evening = NOW.replace(hour=21)
    with database.reading(engine) as session:
        planned = plan(session, school, opens_at=evening, now=evening)
        assert planned.first_send_at == (NOW + timedelta(days=1)).replace(hour=8)
        assert plan(session, school, opens_at=evening, now=evening, any_hour=True).first_send_at == evening


def test_opening_writes_one_invitation_a_person_and_one_message_for_each_who_is_asked(
    engine: Engine, school: SmallSchool
) -> None:
    round_id = opened(engine, school)
    with database.reading(engine) as session:
        invitations = session.exec(select(Invitation).where(Invitation.round_id == round_id)).all()
        deliveries = session.exec(select(Delivery)).all()
    assert len(invitations) == len(school.ids)
    asked = {one.student_id for one in invitations if one.skipped is None}
    assert {one.student_id for one in deliveries} == asked
    assert school.ids["Kit"] not in asked
    assert all(one.state is DeliveryState.PENDING and one.body_text == "" for one in deliveries)


def test_a_second_opening_is_refused_with_the_code_of_the_first(engine: Engine, school: SmallSchool) -> None:
    opened(engine, school, tutor_group="11A")
    with database.reading(engine) as session:
        with pytest.raises(RoundRefused, match=r"R-\w{6}"):
            plan(session, school)
        with pytest.raises(RoundRefused, match="already open"):
            plan(session, school, tutor_group="11A")
        assert plan(session, school, tutor_group="11B").invited


@pytest.mark.parametrize("groups", [("", ""), ("", "11A"), ("11A", "11A")])
def test_of_two_openings_at_once_one_is_refused(
    engine: Engine, school: SmallSchool, groups: tuple[str, str]
) -> None:
    with database.reading(engine) as session:
        plans = [plan(session, school, tutor_group=group) for group in groups]
    barrier, refused = threading.Barrier(2), []

    def press(planned: RoundPlan) -> None:
        try:
            with database.writing(engine) as session:
                row = session.get_one(School, school.id)
                session.rollback()
                barrier.wait()
                open_round(session, row, planned, opened_by="x", now=NOW)
        except RoundRefused as error:
            refused.append(error)

    threads = [threading.Thread(target=press, args=[planned]) for planned in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading(engine) as session:
        row = session.exec(select(Round)).one()
        invitations = session.exec(select(Invitation)).all()
    assert len(refused) == 1
    won = next(one for one in plans if one.tutor_group == row.tutor_group)
    assert len(invitations) == len(won.invited) + len(won.left_out)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"leaving": 2031}, "Import the roster"),
        ({"year_group": 12}, "not Year 12"),
        ({"closes_at": NOW - timedelta(days=1)}, "later closing time"),
        ({"tutor_group": "11Z"}, "11Z"),
    ],
)
def test_an_impossible_round_is_refused_in_words(
    engine: Engine, school: SmallSchool, changes: Changes, said: str
) -> None:
    with database.reading(engine) as session, pytest.raises(RoundRefused, match=said):
        plan(session, school, **changes)


def test_parents_are_asked_about_students_under_sixteen_only(engine: Engine, school: SmallSchool) -> None:
    survey = load_catalogue().survey("parent-consent")
    with database.reading(engine) as session:
        planned = plan(session, school, survey=survey)
    reasons = {one.student.forename: one.reason for one in planned.left_out}
    assert reasons["Chloe"] is Skip.NO_ROUTE  # 15, and no parent can be reached
    assert reasons["Dewi"] is Skip.OVER_16  # 16 today
    assert reasons["Lena"] is Skip.OVER_16  # although the parent has a phone
    assert reasons["Kit"] is Skip.DECEASED
    assert {one.student.forename for one in planned.out_of_reach} == {"Chloe", "Ewa", "Imran"}


def test_a_parents_round_where_everybody_is_sixteen_is_refused(engine: Engine, school: SmallSchool) -> None:
    survey = load_catalogue().survey("parent-consent")
    summer = NOW.replace(month=9, day=2)
    with database.reading(engine) as session, pytest.raises(RoundRefused, match="16 or over"):
        plan(session, school, survey=survey, now=summer)


def test_a_parent_is_written_to_at_contact_1_never_at_the_student(
    engine: Engine, school: SmallSchool
) -> None:
    early = NOW.replace(year=2025, month=9, day=15)  # nobody is 16 by then but those born before
    survey = load_catalogue().survey("parent-consent")
    with database.writing(engine) as session:
        row = session.get_one(School, school.id)
        planned = plan_round(session, row, survey, leaving=2026, year_group=11, now=early)
        open_round(session, row, planned, opened_by="x", now=early)
    with database.reading(engine) as session:
        deliveries = session.exec(select(Delivery)).all()
        audiences = {one.audience for one in session.exec(select(Invitation))}
    assert {one.student_id for one in deliveries} == {school.ids["Lena"]}
    assert {one.owner for one in deliveries} == {RouteOwner.CONTACT_1}
    assert audiences == {Audience.PARENT}


def test_another_schools_students_are_never_in_a_round(
    engine: Engine, school: SmallSchool, other_school: SmallSchool
) -> None:
    with database.reading(engine) as session:
        planned = plan(session, school)
    students = [one.student for one in planned.invited] + [one.student for one in planned.left_out]
    assert "Zara" not in {student.forename for student in students}


def test_pause_holds_resume_releases_and_close_cancels(engine: Engine, school: SmallSchool) -> None:
    round_id = opened(engine, school)

    def steer(deed: Callable[[Session, Round], object]) -> set[DeliveryState]:
        with database.writing(engine) as session:
            deed(session, session.get_one(Round, round_id))
        with database.reading(engine) as session:
            return {one.state for one in session.exec(select(Delivery))}

    assert steer(pause_round) == {DeliveryState.HELD}
    assert steer(resume_round) == {DeliveryState.PENDING}
    assert steer(pause_round) == {DeliveryState.HELD}
    assert steer(partial(close_round, now=NOW)) == {DeliveryState.CANCELLED}
    with database.reading(engine) as session:
        assert session.get_one(Round, round_id).state is RoundState.CLOSED


def test_a_reminder_goes_to_those_without_an_answer_once_a_day(engine: Engine, school: SmallSchool) -> None:
    round_id = opened(engine, school)
    with database.writing(engine) as session:
        answered = session.exec(select(Invitation).where(Invitation.student_id == school.ids["Amira"])).one()
        answered.answered_at = NOW
        session.add(answered)
    for pressed in (1, 2):
        with database.writing(engine) as session:
            row = session.get_one(Round, round_id)
            planned = plan_reminder(session, row, SURVEY, now=NOW)
            queued = remind(session, row, planned, now=NOW)
        assert "Amira" not in {one.student.forename for one in planned.reminded}
        assert {student.forename for student, _ in planned.left_out} == {"Finn", "Kit"}
        assert queued == (len(planned.reminded) if pressed == 1 else 0)


def test_whoever_was_not_seen_in_year_12_is_a_leaver_from_september(
    engine: Engine, school: SmallSchool
) -> None:
    autumn = NOW.replace(month=9, day=15)
    with database.reading(engine) as session:
        planned = plan(session, school, now=autumn)
    assert {one.reason for one in planned.left_out} == {Skip.LEFT, Skip.DECEASED}
    assert planned.invited == ()


def test_whoever_went_on_into_the_own_sixth_form_is_still_at_school(
    engine: Engine, school: SmallSchool
) -> None:
    autumn = NOW.replace(month=9, day=15)
    with database.writing(engine) as session:
        session.add(Leaving(school_id=school.id, student_id=school.ids["Amira"], year_group=13, summer=2028))
    with database.reading(engine) as session:
        planned = plan(session, school, now=autumn)
    assert {one.student.forename for one in planned.invited} == {"Amira"}
