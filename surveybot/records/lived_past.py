"""What only the demo's past needs: messages long since delivered, and somebody whose link to show."""

from dataclasses import dataclass

from sqlalchemy import and_, case, insert, literal, update
from sqlalchemy import select as sql_select
from sqlmodel import Session, SQLModel, col, select

from surveybot.records.audit import AuditEntry
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.roster.students import Route, Student
from surveybot.records.round.invitations import Audience, Invitation, Link, LinkMedium
from surveybot.records.round.rounds import Round, RoundState
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.rules.roster.people import StudentState

ONE_LOST_OF = 43
SEEDED = "demo_seeded"


def students_by_admission_number(session: Session, school_id: int) -> dict[str, Student]:
    rows = session.exec(select(Student).where(Student.school_id == school_id))
    return {row.admission_number: row for row in rows if row.admission_number}


def student_with_number(session: Session, school_id: int, admission_number: str) -> Student | None:
    return session.exec(
        select(Student).where(Student.school_id == school_id, Student.admission_number == admission_number)
    ).first()


def deliver_long_ago(session: Session, round_id: int) -> None:
    """Give each waiting message of the round its link and its end: delivered, a few texts undelivered."""
    _add_links(session, round_id)
    lost = and_(col(Delivery.channel) == Channel.SMS, col(Delivery.id) % ONE_LOST_OF == 0)
    address = (
        select(Route.address)
        .where(
            Route.student_id == Delivery.student_id,
            Route.owner == Delivery.owner,
            Route.channel == Delivery.channel,
        )
        .order_by(col(Route.id))
        .limit(1)
        .scalar_subquery()
    )
    session.execute(
        update(Delivery)
        .where(col(Delivery.round_id) == round_id, col(Delivery.state) == DeliveryState.PENDING)
        .values(
            state=case((lost, DeliveryState.UNDELIVERED), else_=DeliveryState.DELIVERED),
            reason=case((lost, "unreachable handset"), else_=""),
            to_address=address,
            attempt=1,
            accepted_at=Delivery.due_at,
            ended_at=Delivery.due_at,
        )
        .execution_options(synchronize_session=False)
    )


def _add_links(session: Session, round_id: int) -> None:
    link, delivery = SQLModel.metadata.tables["link"], SQLModel.metadata.tables["delivery"].c
    values = {
        "school_id": delivery.school_id,
        "student_id": delivery.student_id,
        "invitation_id": delivery.invitation_id,
        "delivery_id": delivery.id,
        "audience": literal(Audience.STUDENT, link.c.audience.type),
        "medium": case(
            (delivery.channel == Channel.SMS, literal(LinkMedium.SMS, link.c.medium.type)),
            else_=literal(LinkMedium.EMAIL, link.c.medium.type),
        ),
        "created_at": delivery.due_at,
        "birthday_tries": literal(0),
        "renewals_today": literal(0),
    }
    waiting = (delivery.round_id == round_id) & (delivery.state == DeliveryState.PENDING)
    rows = sql_select(*values.values()).where(waiting)
    session.execute(insert(link).from_select(list(values), rows))


def links_of_round(session: Session, round_id: int) -> list[tuple[Invitation, int, LinkMedium]]:
    """Each invitation that has a link with its first one, in the order of the invitations."""
    query = (
        select(Invitation, col(Link.id), Link.medium)
        .join(Link, col(Link.invitation_id) == Invitation.id)
        .where(Invitation.round_id == round_id)
        .order_by(col(Invitation.id), col(Link.id).desc())
    )
    found: dict[int | None, tuple[Invitation, int, LinkMedium]] = {}
    for invitation, link_id, medium in session.exec(query):
        assert link_id is not None
        found[invitation.id] = (invitation, link_id, LinkMedium(medium))
    return list(found.values())


def is_seeded(session: Session) -> bool:
    """Whether the demo's past is there, whole."""
    return session.exec(select(AuditEntry.id).where(AuditEntry.deed == SEEDED).limit(1)).first() is not None


@dataclass(frozen=True, slots=True)
class OpenDoor:
    """Somebody who was asked and has not answered yet, with the link that they got."""

    first_name: str
    tutor_group: str
    link_id: int
    round_code: str


def somebody_unanswered(session: Session) -> OpenDoor | None:
    """The first by group and name in a round that is open; anybody in it where all have answered."""
    query = (
        select(Student, col(Link.id), Round.code)
        .join(Link, col(Link.student_id) == Student.id)
        .join(Invitation, col(Invitation.id) == Link.invitation_id)
        .join(Round, col(Round.id) == Invitation.round_id)
        .where(Round.state == RoundState.OPEN, Student.state == StudentState.ON_ROLL)
        .order_by(
            col(Invitation.answered_at).is_not(None), Student.tutor_group, Student.surname, col(Link.id)
        )
        .limit(1)
    )
    found = session.exec(query).first()
    if found is None:
        return None
    student, link_id, code = found
    assert link_id is not None
    return OpenDoor(student.first_name, student.tutor_group, link_id, code)
