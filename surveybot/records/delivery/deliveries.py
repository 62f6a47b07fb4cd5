"""Deliveries: the outbox. One row per message; its text is written in the claim that sends it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, UniqueConstraint, Update, literal_column, text, tuple_, update
from sqlmodel import Field, Index, Session, SQLModel, col, select

from surveybot.records.database import JSON_COLUMN, UTCDateTime, word_column
from surveybot.records.new_rows import add_rows
from surveybot.rules.delivery.channels import Channel, RouteOwner
from surveybot.rules.delivery.delivery_states import DeliveryState, HoldReason, MessageClass
from surveybot.rules.delivery.kill_switch import Scope


def _only(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class Delivery(SQLModel, table=True):
    __tablename__ = "delivery"
    __table_args__ = (
        # What is settled stands in none of these: old messages make a new one no dearer.
        Index("ix_delivery_waiting", "channel", "message_class", "next_at", **_only("state = 'pending'")),
        Index("ix_delivery_held", "hold_reason", **_only("state = 'held'")),
        Index("ix_delivery_claimed", "lease_until", **_only("state = 'dispatching'")),
        Index("ix_delivery_in_doubt", "channel", "ask_at", **_only("state = 'ambiguous'")),
        Index("ix_delivery_texted", "accepted_at", **_only("state = 'accepted' AND channel = 'sms'")),
        Index("ix_delivery_round", "round_id", "channel", "state"),
        Index("ix_delivery_invitation", "invitation_id"),
        Index("ix_delivery_student", "student_id"),
        Index("ix_delivery_provider", "provider_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    dedupe_key: str = Field(max_length=120, unique=True)  # makes each occurrence single
    school_id: int | None = Field(default=None, foreign_key="school.id")
    student_id: int | None = Field(default=None, foreign_key="student.id")
    staff_id: int | None = Field(default=None, foreign_key="staff_member.id")
    round_id: int | None = Field(default=None, foreign_key="round.id")
    invitation_id: int | None = Field(default=None, foreign_key="invitation.id")
    parent_id: int | None = Field(
        default=None, foreign_key="delivery.id", index=True
    )  # a fallback names what it follows
    message_class: MessageClass = Field(sa_type=word_column(MessageClass))
    template: str = Field(max_length=60)  # of templates/messages/
    step: str = Field(default="invitation", max_length=30)  # invitation, reminder-1 ...
    channel: Channel = Field(sa_type=word_column(Channel))
    owner: RouteOwner = Field(default=RouteOwner.STUDENT, sa_type=word_column(RouteOwner))
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON_COLUMN)  # see steps/sending/queue
    due_at: datetime = Field(sa_type=UTCDateTime)
    next_at: datetime = Field(sa_type=UTCDateTime)  # due_at, or later after a try that was put off
    not_after: datetime | None = Field(default=None, sa_type=UTCDateTime)
    state: DeliveryState = Field(default=DeliveryState.PENDING, sa_type=word_column(DeliveryState))
    hold_reason: str = Field(default="", max_length=20)
    reason: str = Field(default="", max_length=60)  # why it was not sent, or failed, in our words
    fence: int = 0
    lease_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    claimed_by: str = Field(default="", max_length=40)
    attempt: int = 0
    # What went out, written by the claim.
    to_address: str = Field(default="", max_length=254)
    subject: str = Field(default="", max_length=200)
    body_text: str = ""
    body_html: str = ""
    segments: int = 0
    composed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # kept over a second try
    # What came back.
    provider_id: str | None = Field(default=None, max_length=200)  # a Twilio SID, or our Message-ID
    provider_status: str = Field(default="", max_length=20)
    error_code: str = Field(default="", max_length=20)
    ask_at: datetime | None = Field(
        default=None, sa_type=UTCDateTime
    )  # of an ambiguous one: when to look next
    asked: int = 0  # how often the provider was asked, and knew nothing of it
    was_ambiguous: bool = False
    maybe_duplicate: bool = False  # put back after it had been ambiguous: at most once
    created_at: datetime = Field(sa_type=UTCDateTime)
    accepted_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class AskCount(SQLModel, table=True):
    """How many asks a person had on a day: the counter that keeps the caps. A contact is another person."""

    __tablename__ = "ask_count"
    __table_args__ = (UniqueConstraint("student_id", "owner", "on"),)

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id")
    student_id: int = Field(foreign_key="student.id")
    owner: RouteOwner = Field(default=RouteOwner.STUDENT, sa_type=word_column(RouteOwner))
    on: date
    asks: int = 0


class SchoolAskCount(SQLModel, table=True):
    """How many asks a school sent on a day: one row, so that its cap costs one UPDATE."""

    __tablename__ = "school_ask_count"
    __table_args__ = (UniqueConstraint("school_id", "on"),)

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id")
    on: date
    asks: int = 0


def stands_at(state: DeliveryState) -> ColumnElement[bool]:
    """With the word itself in the statement: only so do the indexes of one state serve it."""
    return col(Delivery.state) == literal_column(f"'{state.value}'")


def find_delivery(session: Session, dedupe_key: str) -> Delivery | None:
    return session.exec(select(Delivery).where(Delivery.dedupe_key == dedupe_key)).one_or_none()


def add_deliveries(session: Session, rows: Sequence[Mapping[str, Any]]) -> int:
    """Add those whose dedupe_key is not there yet, all at once, and say how many were added."""
    if not rows:
        return 0
    added = add_rows(session, "delivery", [{**_BLANK, **row} for row in rows], single=["dedupe_key"])
    count: int = added.rowcount
    return count


_BLANK = {
    name: field.get_default(call_default_factory=True)
    for name, field in Delivery.model_fields.items()
    if name != "id" and not field.is_required()
}


def suppress_waiting(
    session: Session,
    people: Collection[tuple[int, RouteOwner]],
    *,
    channels: Collection[Channel],
    reason: str,
    now: datetime,
    asks_only: bool = False,
) -> int:
    """Stop what waits to go to these people (student, whose routes) over these channels; say how many."""
    classes = [MessageClass.ASK] if asks_only else [MessageClass.ASK, MessageClass.REPLY]
    stopped = (
        update(Delivery)
        .where(
            tuple_(col(Delivery.student_id), col(Delivery.owner)).in_(list(people)),
            col(Delivery.channel).in_(list(channels)),
            col(Delivery.message_class).in_(classes),
            col(Delivery.state).in_([DeliveryState.PENDING, DeliveryState.HELD]),
        )
        .values(state=DeliveryState.SUPPRESSED, reason=reason, ended_at=now)
        .returning(col(Delivery.id))
        .execution_options(synchronize_session=False)
    )
    return len(session.execute(stopped).all()) if people and channels else 0


def hold_waiting(session: Session, scope: Scope, *, reason: HoldReason) -> int:
    """Hold what waits within a scope, of a school's without what goes to its staff; say how many."""
    held = _within(update(Delivery), scope).where(stands_at(DeliveryState.PENDING))
    if scope.school_id is not None:
        held = held.where(col(Delivery.message_class) != MessageClass.STAFF)
    return _count(session, held.values(state=DeliveryState.HELD, hold_reason=reason))


def release_held(session: Session, scope: Scope, *, reason: HoldReason) -> int:
    """Let go of what was held for this reason within a scope; say how many."""
    held = _within(update(Delivery), scope).where(
        stands_at(DeliveryState.HELD), col(Delivery.hold_reason) == reason
    )
    return _count(session, held.values(state=DeliveryState.PENDING, hold_reason=""))


def cancel_waiting(session: Session, scope: Scope, *, reason: str, now: datetime) -> int:
    """Cancel for good what waits or is held within a scope; say how many."""
    waiting = [DeliveryState.PENDING, DeliveryState.HELD]
    query = _within(update(Delivery), scope).where(col(Delivery.state).in_(waiting))
    return _count(session, query.values(state=DeliveryState.CANCELLED, reason=reason, ended_at=now))


def _within(query: Update, scope: Scope) -> Update:
    if scope.school_id is not None:
        query = query.where(col(Delivery.school_id) == scope.school_id)
    if scope.channel is not None:
        query = query.where(col(Delivery.channel) == scope.channel)
    if scope.round_id is not None:
        query = query.where(col(Delivery.round_id) == scope.round_id)
    return query


def _count(session: Session, query: Update) -> int:
    changed = query.returning(col(Delivery.id)).execution_options(synchronize_session=False)
    return len(session.execute(changed).all())
