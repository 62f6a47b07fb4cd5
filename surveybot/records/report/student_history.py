"""What happened with one student: rounds, answers, facts, messages, links. Each is one query."""

from sqlmodel import Session, col, select

from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.destination.destinations import DestinationFact
from surveybot.records.round.invitations import BIRTHDAY_TRIES, Audience, Invitation, Link
from surveybot.records.round.rounds import Round


def rounds_of_student(session: Session, student_id: int) -> list[tuple[Round, Invitation]]:
    """The rounds that a student is in, newest first."""
    query = (
        select(Round, Invitation)
        .join(Invitation, col(Invitation.round_id) == col(Round.id))
        .where(Invitation.student_id == student_id)
        .order_by(col(Round.opens_at).desc(), col(Round.id).desc())
    )
    return list(session.exec(query))


def facts_of_student(session: Session, student_id: int) -> list[DestinationFact]:
    """The ledger of a student's destinations, newest first and then in order of preference."""
    query = select(DestinationFact).where(DestinationFact.student_id == student_id)
    return list(
        session.exec(
            query.order_by(
                col(DestinationFact.ascertained_at).desc(),
                col(DestinationFact.kind),
                col(DestinationFact.preference),
            )
        )
    )


def deliveries_of_student(session: Session, student_id: int, *, limit: int = 50) -> list[Delivery]:
    """The last messages to a student or about one, newest first."""
    query = select(Delivery).where(Delivery.student_id == student_id)
    return list(
        session.exec(query.order_by(col(Delivery.due_at).desc(), col(Delivery.id).desc()).limit(limit))
    )


def locked_links_of(session: Session, student_id: int) -> list[Link]:
    """The student's own links that five wrong birthdays locked and nobody has renewed, newest first."""
    query = select(Link).where(
        Link.student_id == student_id,
        Link.audience == Audience.STUDENT,
        Link.birthday_tries >= BIRTHDAY_TRIES,
        col(Link.revoked_at).is_(None),
        col(Link.renewed_at).is_(None),
    )
    return list(session.exec(query.order_by(col(Link.id).desc())))
