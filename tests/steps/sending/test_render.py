"""A preview shows the words that will go out, and counts what they cost."""

from dataclasses import replace

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session, select

from surveybot.catalogue import load_catalogue
from surveybot.config import Settings
from surveybot.records import database
from surveybot.records.answer.consents import ConsentEvent
from surveybot.records.roster.students import Leaving, Student
from surveybot.records.round.invitations import LinkMedium
from surveybot.records.schools import School
from surveybot.rules.answer.consent import Actor, Decision, Purpose
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.text_length import measure
from surveybot.rules.roster.people import StudentState
from surveybot.steps.round.open_round import RoundPlan, plan_round
from surveybot.steps.sending.render import render_preview, sample_round, segments_of_plan
from tests.conftest import NOW, SmallSchool
from tests.steps.sending.outbox import Wire, deliveries, delivery_to, open_for, run

CATALOGUE = load_catalogue()


def plan(session: Session, school: SmallSchool) -> tuple[School, RoundPlan]:
    row = session.get_one(School, school.id)
    survey = CATALOGUE.survey("after-mocks")
    return row, plan_round(session, row, survey, leaving=2026, year_group=11, now=NOW)


def test_a_preview_reads_as_the_message_will(engine: Engine, school: SmallSchool, settings: Settings) -> None:
    with database.reading(engine) as session:
        row, planned = plan(session, school)
        amira = session.get_one(Student, school.ids["Amira"])
        preview = render_preview(CATALOGUE, row, planned, amira, public_url=settings.public_url)
    open_for(engine, school)
    run(engine, settings, Wire())
    sent = delivery_to(engine, school, "Amira")
    assert preview.subject == sent.subject
    for shown, real in zip(preview.text.splitlines(), sent.body_text.splitlines(), strict=True):
        assert shown == real or "https://" in real
        assert len(shown) == len(real)
    assert preview.segments == 1
    assert "Amira" in preview.sms


@pytest.mark.parametrize("slug", sorted(CATALOGUE.surveys))
def test_every_survey_has_a_preview_in_one_part_with_a_made_up_name(
    engine: Engine, school: SmallSchool, slug: str
) -> None:
    survey = CATALOGUE.survey(slug)
    with database.reading(engine) as session:
        row = session.get_one(School, school.id)
    preview = render_preview(CATALOGUE, row, sample_round(survey, NOW))
    assert preview.segments == 1, preview.sms
    assert "Hillview School" in preview.text
    assert "SampleLinkThatOpensNoPage" in preview.html


def test_the_parts_of_a_plan_are_counted_with_each_persons_own_name(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    with database.reading(engine) as session:
        row, planned = plan(session, school)
        assert segments_of_plan(session, row, planned, settings) == 1  # Dewi alone gets a text
        far = replace(settings, public_url="https://" + "a" * 140 + ".example.org")
        assert segments_of_plan(session, row, planned, far) == 2


@pytest.mark.parametrize("name", ["Grace", "محمد", "Bartholomew-Maximilian-Alexander"])
@pytest.mark.parametrize("survey", ["results-day", "check-in-november"])
def test_what_a_plan_counts_is_what_is_sent_also_where_two_share_a_number(
    engine: Engine, school: SmallSchool, settings: Settings, survey: str, name: str
) -> None:
    leavers = [school.ids["Grace"], school.ids["Harri"], school.ids["Amira"]]
    with database.writing(engine) as session:
        session.get_one(Student, school.ids["Grace"]).forename = name
        for student_id in leavers if survey.startswith("check-in") else ():
            let_go(session, student_id)
    with database.reading(engine) as session:
        row = session.get_one(School, school.id)
        planned = plan_round(session, row, CATALOGUE.survey(survey), leaving=2026, year_group=11, now=NOW)
        counted = segments_of_plan(session, row, planned, settings)
    open_for(engine, school, survey)
    run(engine, settings, Wire())
    sent = [one for one in deliveries(engine).values() if one.channel is Channel.SMS]
    assert counted == sum(one.segments for one in sent) > 1
    assert any(one.body_text.count(name) for one in sent)


def let_go(session: Session, student_id: int) -> None:
    """Has left, and agreed to be asked."""
    student = session.get_one(Student, student_id)
    student.state = StudentState.LEFT
    row = session.exec(select(Leaving).where(Leaving.student_id == student_id)).one()
    row.left_on = NOW.date()
    session.add(
        ConsentEvent(
            school_id=student.school_id,
            student_id=student_id,
            purpose=Purpose.CONTACT_AFTER_LEAVING,
            decision=Decision.GRANTED,
            actor=Actor.SELF,
            age_on_day=16,
            wording="test",
            wording_sha256="0" * 64,
            channel=LinkMedium.PAPER,
            at=NOW,
        )
    )


def test_a_sample_link_is_as_long_as_a_real_one(
    engine: Engine, school: SmallSchool, settings: Settings
) -> None:
    with database.reading(engine) as session:
        row, planned = plan(session, school)
        dewi = session.get_one(Student, school.ids["Dewi"])
        preview = render_preview(CATALOGUE, row, planned, dewi, public_url=settings.public_url)
    open_for(engine, school)
    run(engine, settings, Wire())
    assert measure(preview.sms) == measure(delivery_to(engine, school, "Dewi").body_text)


def test_the_goodbye_says_how_long_this_school_keeps_what(engine: Engine, school: SmallSchool) -> None:
    with database.reading(engine) as session:
        row = session.get_one(School, school.id)
    row.settings = {**row.settings, "retention_routes_months": 1, "retention_answers_months": 18}
    sample = sample_round(CATALOGUE.survey("goodbye"), NOW)
    said = render_preview(CATALOGUE, row, sample, template="goodbye")
    assert "email address: 1 month after this school year, then they are erased" in said.text
    assert "your answers: 18 months after" in said.text and "when: 6 years" in said.text
    assert said.segments == 1
