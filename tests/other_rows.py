"""Another school's rows: one of every kind that an address can name, and whether anybody touched them."""

from pathlib import Path

from sqlalchemy.engine import Engine
from sqlmodel import SQLModel, select

from surveybot.catalogue import load_catalogue
from surveybot.files.uploads import keep_upload
from surveybot.records import database
from surveybot.records.answer.answers import Answer
from surveybot.records.answer.worries import WorryingAnswer
from surveybot.records.audit import AuditEntry
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.follow_ups import HelpRequest
from surveybot.records.plan.planned import PlannedCohort, PlannedOccurrence, PlannedReminder
from surveybot.records.roster.students import Student
from surveybot.records.round.invitations import Audience, Link, LinkMedium
from surveybot.records.schools import School
from surveybot.records.staff import StaffPost
from surveybot.records.texting.texts import InboundText, TextState
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.steps.round.open_round import open_round, plan_round
from tests.conftest import NOW, SmallSchool

CANARY = "Canary"
"""The surname of the other school's only student."""


def rows_of(engine: Engine, other_school: SmallSchool, uploads: Path) -> dict[str, str]:
    """Codes and numbers, by the name of an address's argument, or by the word that stands before it."""
    survey = load_catalogue().survey("after-mocks")
    with database.writing(engine) as session:
        row = session.get_one(School, other_school.id)
        plan = plan_round(session, row, survey, leaving=2026, year_group=11, now=NOW)
        opened = open_round(session, row, plan, opened_by="x", now=NOW)
        student = session.exec(select(Student).where(Student.school_id == other_school.id)).one()
        delivery = session.exec(select(Delivery).where(Delivery.school_id == other_school.id)).one()
        session.add(
            Link(
                school_id=other_school.id,
                student_id=student.id,
                invitation_id=delivery.invitation_id,
                medium=LinkMedium.PAPER,
                created_at=NOW,
            )
        )
        text = InboundText(
            message_sid="SM-theirs",
            from_number="+447700900180",
            body=CANARY,
            received_at=NOW,
            school_id=other_school.id,
            student_id=student.id,
            state=TextState.INBOX,
        )
        asked = HelpRequest(
            school_id=other_school.id, student_id=student.id or 0, promised_by=NOW, asked_at=NOW
        )
        session.add_all([text, asked])
        said = Answer(
            school_id=other_school.id,
            student_id=student.id or 0,
            invitation_id=delivery.invitation_id or 0,
            survey="goodbye",
            version=1,
            page_number="0" * 12,
            content_sha256="0" * 64,
            content={"words": CANARY},
            receipt="AAAA-AAAA",
            given_by=Audience.STUDENT,
            medium=LinkMedium.SMS,
            answered_at=NOW,
        )
        session.add(said)
        session.flush()
        worry = WorryingAnswer(
            school_id=other_school.id, student_id=student.id or 0, answer_id=said.id or 0, noted_at=NOW
        )
        session.add(worry)
        session.flush()
        imported = AuditEntry(school_id=other_school.id, deed="roster_imported", at=NOW)
        cohort = PlannedCohort(school_id=other_school.id, leaving=2026, year_group=11, started_at=NOW)
        reminder = PlannedReminder(school_id=other_school.id, round_id=opened.id or 0, number=1, due_at=NOW)
        session.add_all([imported, cohort, reminder])
        session.flush()
        planned = PlannedOccurrence(
            cohort_id=cohort.id or 0,
            school_id=other_school.id,
            student_id=student.id or 0,
            survey="check-in-november",
            destination_year=1,
            step="november",
            leaving=2026,
            due_at=NOW,
        )
        delivery.state = DeliveryState.AMBIGUOUS
        session.add_all([planned, delivery])
        session.flush()
        post = session.exec(select(StaffPost).where(StaffPost.school_id == other_school.id)).one()
        return {
            "rounds": opened.code,
            "students": student.code,
            "student_code": student.code,
            "text_id": str(text.id),
            "request_id": str(asked.id),
            "worry_id": str(worry.id),
            "delivery_id": str(delivery.id),
            "entry_id": str(imported.id),
            "post_id": str(post.staff_id),
            "rows": str(planned.id),
            "reminders": str(reminder.id),
            "files": keep_upload(uploads, other_school.id, CANARY.encode(), file_name="r.csv", now=NOW),
        }


def everything_of(engine: Engine, school: SmallSchool) -> dict[str, list[str]]:
    """Every row of a school, by table."""
    with database.reading(engine) as session:
        return {
            name: sorted(map(repr, session.execute(table.select().where(table.c.school_id == school.id))))
            for name, table in SQLModel.metadata.tables.items()
            if "school_id" in table.c
        }
