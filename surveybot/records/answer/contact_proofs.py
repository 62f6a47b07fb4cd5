"""Addresses that somebody gave as a student's own, and what came of asking there whether they are.

A row is asked about until it ends: proven, said to be somebody else's, replaced, or too old. What was proven
becomes the student's route; until then the old route stays.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import or_
from sqlmodel import Field, Index, Session, SQLModel, col, func, select

from surveybot.records.database import UTCDateTime, word_column
from surveybot.records.roster.students import Route, Student
from surveybot.records.round.invitations import Audience
from surveybot.rules.delivery.channels import Channel, RouteKind
from surveybot.rules.roster.contact_proof import AskedBefore, ProofMethod, ProofState, state_of_proof
from surveybot.rules.roster.people import StudentState


class ContactProof(SQLModel, table=True):
    __tablename__ = "contact_proof"
    __table_args__ = (
        Index("ix_contact_proof_student", "student_id", "kind"),
        Index("ix_contact_proof_address", "address"),
    )

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id")
    student_id: int = Field(foreign_key="student.id")
    kind: RouteKind = Field(sa_type=word_column(RouteKind))
    channel: Channel = Field(sa_type=word_column(Channel))
    address: str = Field(max_length=254)
    given_by: Audience = Field(sa_type=word_column(Audience))
    staff_id: int | None = Field(default=None, foreign_key="staff_member.id")
    given_at: datetime = Field(sa_type=UTCDateTime)
    asked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # when a message was last queued
    asks: int = 0
    asks_today: int = 0
    expires_at: datetime = Field(sa_type=UTCDateTime)
    proven_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    method: ProofMethod | None = Field(default=None, sa_type=word_column(ProofMethod))
    refused_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # "this isn't me"
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # another one took its place

    def state(self, now: datetime) -> ProofState:
        return state_of_proof(
            proven_at=self.proven_at,
            refused_at=self.refused_at,
            ended_at=self.ended_at,
            expires_at=self.expires_at,
            now=now,
        )

    @property
    def is_unanswered(self) -> bool:
        return self.proven_at is None and self.refused_at is None and self.ended_at is None

    def as_asked(self) -> AskedBefore:
        assert self.asked_at is not None
        return AskedBefore(self.address, self.asked_at, self.asks_today)


_UNANSWERED = (
    col(ContactProof.proven_at).is_(None),
    col(ContactProof.refused_at).is_(None),
    col(ContactProof.ended_at).is_(None),
)


def proofs_of(session: Session, student_id: int) -> list[ContactProof]:
    """Everything that was asked about one student's addresses, newest first."""
    query = select(ContactProof).where(ContactProof.student_id == student_id)
    return list(session.exec(query.order_by(col(ContactProof.id).desc())))


def waiting_proofs(session: Session, student_ids: Collection[int]) -> dict[int, list[ContactProof]]:
    """What nobody has answered yet, open or run out, by student id, newest first."""
    query = select(ContactProof).where(col(ContactProof.student_id).in_(student_ids), *_UNANSWERED)
    found: dict[int, list[ContactProof]] = {}
    for row in session.exec(query.order_by(col(ContactProof.id).desc())):
        found.setdefault(row.student_id, []).append(row)
    return found


def open_proofs_to(session: Session, address: str, *, now: datetime) -> list[ContactProof]:
    """What is being asked at an address, of whichever school; of somebody who has died, nothing."""
    query = (
        select(ContactProof)
        .join(Student, col(Student.id) == ContactProof.student_id)
        .where(
            ContactProof.address == address,
            ContactProof.expires_at > now,
            Student.state != StudentState.DECEASED,
            *_UNANSWERED,
        )
    )
    return list(session.exec(query.order_by(col(ContactProof.id))))


def asked_lately(
    session: Session, *, student_id: int, kind: RouteKind, address: str, now: datetime
) -> list[AskedBefore]:
    """What was asked within a day of this person over this kind of route, or at this address."""
    query = select(ContactProof).where(
        or_(
            (col(ContactProof.student_id) == student_id) & (col(ContactProof.kind) == kind),
            col(ContactProof.address) == address,
        ),
        col(ContactProof.asked_at) > now - timedelta(days=1),
    )
    return [row.as_asked() for row in session.exec(query)]


def count_proofs(session: Session, *, now: datetime, since: datetime) -> tuple[int, int]:
    """How many addresses were proven since then, and how many wait for an answer."""
    proven = select(func.count()).select_from(ContactProof).where(col(ContactProof.proven_at) >= since)
    waiting = (
        select(func.count()).select_from(ContactProof).where(ContactProof.expires_at > now, *_UNANSWERED)
    )
    return session.exec(proven).one(), session.exec(waiting).one()


def uses_domain(session: Session, school_id: int, domain: str) -> bool:
    """Whether school addresses of this school end in this domain."""
    query = select(Route.id).where(
        Route.school_id == school_id,
        Route.kind == RouteKind.SCHOOL_EMAIL,
        col(Route.address).endswith(f"@{domain}", autoescape=True),
    )
    return session.exec(query.limit(1)).first() is not None
