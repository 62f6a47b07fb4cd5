"""What living three years in minutes asks the database: what is due next, what went out, who answered."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, func, or_, select

from surveybot.records.answer.contact_proofs import ContactProof
from surveybot.records.audit import AuditEntry
from surveybot.records.delivery.deliveries import Delivery, stands_at
from surveybot.records.destination.destinations import DestinationFact
from surveybot.records.plan.planned import (
    TO_COME,
    PlannedCohort,
    PlannedOccurrence,
    PlannedReminder,
    PlannedState,
)
from surveybot.records.roster.students import Leaving, Student
from surveybot.records.round.invitations import Invitation, Link, LinkMedium
from surveybot.records.round.rounds import Round, RoundState
from surveybot.records.round.tutor_rounds import PlannedTutorRound
from surveybot.records.worker.rehearsal_clock import ONLY_ROW, RehearsalClock
from surveybot.rules.delivery.channels import RouteOwner
from surveybot.rules.delivery.delivery_states import DeliveryState, MessageClass
from surveybot.rules.destination.destinations import FactKind
from surveybot.rules.roster.people import StudentState

TOLD_AHEAD = timedelta(days=1)
"""So long before a last reminder its tutors hear of it (steps/plan/remind_due)."""

ARRIVED = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.UNDELIVERED)


@dataclass(frozen=True, slots=True)
class Received:
    """A question to a student, or a letter to a member of staff, with the round that it is about."""

    message: Delivery
    about: Round
    link_id: int | None
    medium: LinkMedium | None


def clock_was_set(session: Session) -> datetime | None:
    """The pretended time to which the clock was last set."""
    row = session.get(RehearsalClock, ONLY_ROW)
    return row.changed_at + timedelta(seconds=row.offset_seconds) if row else None


def next_due_at(session: Session, *, after: datetime) -> datetime | None:
    """When the next row of a plan, tutor round, reminder, letter or message is due, or a round ends."""
    row, reminder = col(PlannedOccurrence.due_at), col(PlannedReminder.due_at)
    message, end = col(Delivery.next_at), col(Round.closes_at)
    of_tutors = col(PlannedTutorRound.due_at)
    waiting = PlannedReminder.state == PlannedState.PLANNED
    untold = col(PlannedReminder.is_last) & col(PlannedReminder.told_tutors_at).is_(None)
    letter = session.exec(
        select(func.min(reminder)).where(waiting, untold, reminder > after + TOLD_AHEAD)
    ).one()
    moments = [
        session.exec(
            select(func.min(row)).where(
                row > after,
                col(PlannedOccurrence.settled_at).is_(None),
                col(PlannedOccurrence.state).in_(TO_COME),
            )
        ).one(),
        session.exec(select(func.min(reminder)).where(waiting, reminder > after)).one(),
        session.exec(
            select(func.min(of_tutors)).where(
                of_tutors > after, PlannedTutorRound.state == PlannedState.PLANNED
            )
        ).one(),
        letter - TOLD_AHEAD if letter else None,
        session.exec(
            select(func.min(message)).where(stands_at(DeliveryState.PENDING), message > after)
        ).one(),
        session.exec(select(func.min(end)).where(Round.state != RoundState.CLOSED, end > after)).one(),
    ]
    return min((moment for moment in moments if moment), default=None)


def put_off_looks(session: Session, *, now: datetime, until: datetime) -> None:
    """Nobody compares a plan with the roster before then, unless a row of it is due, or a round of tutors."""
    due = select(col(PlannedOccurrence.cohort_id)).where(
        col(PlannedOccurrence.due_at) <= now,
        col(PlannedOccurrence.settled_at).is_(None),
        col(PlannedOccurrence.state).in_(TO_COME),
    )
    tutors_due = select(col(PlannedTutorRound.cohort_id)).where(
        col(PlannedTutorRound.due_at) <= now, PlannedTutorRound.state == PlannedState.PLANNED
    )
    session.execute(
        update(PlannedCohort)
        .where(
            col(PlannedCohort.next_look_at) <= now,
            col(PlannedCohort.fingerprint) != "",
            col(PlannedCohort.id).not_in(due),
            col(PlannedCohort.id).not_in(tutors_due),
        )
        .values(next_look_at=until)
        .execution_options(synchronize_session=False)
    )


def look_at_everything(session: Session, *, now: datetime) -> None:
    """The worker compares every plan that runs with the roster in its next tick."""
    running = col(PlannedCohort.next_look_at).is_not(None)
    session.execute(update(PlannedCohort).where(running).values(next_look_at=now))


def received_since(session: Session, at: datetime) -> list[Received]:
    """Questions to students and letters about a round that went out from then on, in the order of sending."""
    query = (
        select(Delivery, Round, Link.id, Link.medium)
        .join(Round, col(Round.id) == Delivery.round_id)
        .outerjoin(Link, col(Link.delivery_id) == Delivery.id)
        .where(
            col(Delivery.accepted_at) >= at,
            col(Delivery.state).in_(ARRIVED),
            Delivery.owner == RouteOwner.STUDENT,
            or_(Delivery.message_class == MessageClass.ASK, col(Delivery.staff_id).is_not(None)),
        )
        .order_by(col(Delivery.id))
    )
    return [Received(*row) for row in session.exec(query)]


def proofs_asked_since(session: Session, at: datetime) -> list[tuple[Delivery, ContactProof]]:
    """Messages that went out from then on and asked whether an address is somebody's, where it is open."""
    query = (
        select(Delivery)
        .where(
            col(Delivery.accepted_at) >= at,
            col(Delivery.state).in_(ARRIVED),
            Delivery.message_class == MessageClass.REPLY,
        )
        .order_by(col(Delivery.id))
    )
    asked = {one.facts["proof"]: one for one in session.exec(query) if "proof" in one.facts}
    if not asked:
        return []
    proofs = session.exec(select(ContactProof).where(col(ContactProof.id).in_(asked)))
    return [(asked[proof.id or 0], proof) for proof in proofs if proof.is_unanswered]


def first_intentions(session: Session, ids: Collection[int]) -> dict[int, DestinationFact]:
    """The first choice that each of these students ever told."""
    query = (
        select(DestinationFact)
        .where(
            col(DestinationFact.student_id).in_(list(ids)),
            DestinationFact.kind == FactKind.INTENDED,
            DestinationFact.preference == 1,
        )
        .order_by(col(DestinationFact.id).desc())
    )
    return {fact.student_id: fact for fact in session.exec(query)}


def unanswered(session: Session, round_id: int, *, tutor_group: str | None = None) -> list[int]:
    """The invitations of a round that nobody has answered, of one tutor group or of all."""
    query = (
        select(col(Invitation.id))
        .join(Student, col(Student.id) == Invitation.student_id)
        .where(
            Invitation.round_id == round_id,
            col(Invitation.answered_at).is_(None),
            Student.state != StudentState.DECEASED,
        )
        .order_by(col(Invitation.id))
    )
    if tutor_group is not None:
        query = query.where(Student.tutor_group == tutor_group)
    return [one for one in session.exec(query) if one is not None]


def newest_cohort(session: Session, school_id: int) -> int | None:
    """The last summer in which somebody of this school finishes Year 11."""
    return session.exec(
        select(func.max(Leaving.summer)).where(Leaving.school_id == school_id, Leaving.year_group == 11)
    ).one()


def noted(session: Session, deed: str) -> list[AuditEntry]:
    """Every deed of a kind, oldest first."""
    return list(session.exec(select(AuditEntry).where(AuditEntry.deed == deed).order_by(col(AuditEntry.id))))


def counts_between(session: Session, start: datetime, end: datetime) -> tuple[int, int]:
    """How many messages went out and how many invitations were answered in that time."""
    sent = session.exec(
        select(func.count()).where(col(Delivery.accepted_at) >= start, col(Delivery.accepted_at) < end)
    ).one()
    answered = session.exec(
        select(func.count()).where(col(Invitation.answered_at) >= start, col(Invitation.answered_at) < end)
    ).one()
    return sent, answered
