"""Texts that came in, and the conversations they belong to. A MessageSid comes once, whatever arrives."""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import UniqueConstraint, func, or_, update
from sqlalchemy import select as pick
from sqlmodel import Field, Index, Session, SQLModel, col, select

from surveybot.records.database import JSON_COLUMN, UTCDateTime, word_column
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.new_rows import insert_for
from surveybot.records.round.invitations import Invitation
from surveybot.records.round.rounds import Round
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import DeliveryState, MessageClass


class TextState(StrEnum):
    HANDLED = "handled"  # the bot has done what was to be done
    INBOX = "inbox"  # a person must read it
    FILED = "filed"  # a person has put it with a student
    CLOSED = "closed"


class TextReason(StrEnum):
    """What a text was taken for, or why a person must read it."""

    ANSWER = "answer"
    AGAIN = "again"  # not understood, and asked once more
    STOP = "stop"
    START = "start"
    CARRIER_HELP = "carrier_help"
    WRONG_NUMBER = "wrong_number"
    WHO_IS_THIS = "who_is_this"
    NEEDS_HELP = "needs_help"
    WITHDRAW = "withdraw"
    REFUSE = "refuse"
    CHANGE = "change"
    THANKS = "thanks"
    WHO_WRITES = "who_writes"  # two share the number: asked for a first name
    AUTOMATIC = "automatic"
    LOOP = "loop"
    HOLD = "hold"  # perhaps a stop
    HELD = "held"  # came while the number was on hold
    STOPPED = "stopped"  # came from a number that had said stop
    WORRY = "worry"
    UNREADABLE = "unreadable"
    LATE = "late"
    STRAY = "stray"
    WITH_PERSON = "with_person"
    PROVEN = "proven"  # said that the number is theirs
    UNKNOWN = "unknown"  # nobody's number


class TalkState(StrEnum):
    OPEN = "open"
    DONE = "done"
    WITH_PERSON = "with_person"
    STOPPED = "stopped"


class InboundText(SQLModel, table=True):
    __tablename__ = "inbound_text"
    __table_args__ = (
        Index("ix_inbound_text_number", "from_number", "received_at"),
        Index("ix_inbound_text_inbox", "school_id", "state"),
    )

    id: int | None = Field(default=None, primary_key=True)
    message_sid: str = Field(max_length=64, unique=True)
    from_number: str = Field(max_length=40)
    to_number: str = Field(default="", max_length=40)
    body: str = ""
    received_at: datetime = Field(sa_type=UTCDateTime)
    school_id: int | None = Field(default=None, foreign_key="school.id")
    student_id: int | None = Field(default=None, foreign_key="student.id", index=True)
    conversation_id: int | None = Field(default=None, foreign_key="conversation.id")
    reason: TextReason = Field(default=TextReason.STRAY, sa_type=word_column(TextReason))
    state: TextState = Field(default=TextState.HANDLED, sa_type=word_column(TextState))
    safeguarding: bool = False  # only for those who may see such things
    reply: str = ""  # what was answered at once; said again when the same text comes again
    reply_delivery_id: int | None = Field(default=None, foreign_key="delivery.id")
    handled_by: int | None = Field(default=None, foreign_key="staff_member.id")
    handled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Conversation(SQLModel, table=True):
    """One student's survey, held by text with one number."""

    __tablename__ = "conversation"
    __table_args__ = (UniqueConstraint("number", "invitation_id"),)

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(max_length=40)
    school_id: int = Field(foreign_key="school.id")
    student_id: int = Field(foreign_key="student.id", index=True)
    invitation_id: int = Field(foreign_key="invitation.id", index=True)
    draft: dict[str, Any] = Field(default_factory=dict, sa_type=JSON_COLUMN)  # rules/texting/text_talk
    asked: list[Any] = Field(default_factory=list, sa_type=JSON_COLUMN)  # [{delivery, draft}], oldest first
    tries: int = 0  # replies in a row that were not understood
    state: TalkState = Field(default=TalkState.OPEN, sa_type=word_column(TalkState))
    started_at: datetime = Field(sa_type=UTCDateTime)
    last_at: datetime = Field(sa_type=UTCDateTime)


class NumberHold(SQLModel, table=True):
    """No ask goes to a number until a person has read what it wrote."""

    __tablename__ = "number_hold"

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(max_length=40, index=True)
    text_id: int = Field(foreign_key="inbound_text.id")
    held_at: datetime = Field(sa_type=UTCDateTime)
    lifted_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


def add_text(session: Session, text: InboundText) -> InboundText | None:
    """Store a text that is new; None where its MessageSid is there already, or comes in at this moment."""
    values = text.model_dump(exclude={"id"})
    insert = insert_for(session)(SQLModel.metadata.tables["inbound_text"]).values(**values)
    added = session.execute(
        insert.on_conflict_do_nothing(index_elements=["message_sid"]).returning(col(InboundText.id))
    ).scalar_one_or_none()
    return session.get(InboundText, added) if added is not None else None


def text_by_sid(session: Session, message_sid: str) -> InboundText | None:
    return session.exec(select(InboundText).where(InboundText.message_sid == message_sid)).one_or_none()


def take_turns(session: Session, number: str) -> None:
    """Texts of one number are read one after the other; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(pick(func.pg_advisory_xact_lock(func.hashtext(number))))


def texts_from(session: Session, number: str, *, since: datetime) -> list[InboundText]:
    """What a number has written lately, newest first."""
    query = select(InboundText).where(InboundText.from_number == number, InboundText.received_at > since)
    return list(session.exec(query.order_by(col(InboundText.id).desc()).limit(100)))


def wrong_numbers_from(session: Session, number: str, *, but: int | None) -> list[InboundText]:
    """The other texts of a number that said it was the wrong one, newest first."""
    query = select(InboundText).where(
        InboundText.from_number == number,
        InboundText.reason == TextReason.WRONG_NUMBER,
        col(InboundText.id) != but,
    )
    return list(session.exec(query.order_by(col(InboundText.id).desc()).limit(100)))


def conversations_with(session: Session, number: str) -> list[Conversation]:
    """Every conversation with a number, newest first."""
    query = select(Conversation).where(Conversation.number == number)
    return list(session.exec(query.order_by(col(Conversation.id).desc())))


_MAY_HAVE_ARRIVED = (
    DeliveryState.DISPATCHING,
    DeliveryState.AMBIGUOUS,
    DeliveryState.ACCEPTED,
    DeliveryState.DELIVERED,
)


def asks_sent_to(
    session: Session, number: str, student_ids: Collection[int]
) -> list[tuple[Delivery, Invitation, Round]]:
    """The texted invitations and reminders that may have arrived at a number, newest first."""
    query = (
        select(Delivery, Invitation, Round)
        .join(Invitation, col(Invitation.id) == Delivery.invitation_id)
        .join(Round, col(Round.id) == Invitation.round_id)
        .where(
            col(Delivery.student_id).in_(list(student_ids)),
            Delivery.channel == Channel.SMS,
            Delivery.message_class == MessageClass.ASK,
            Delivery.to_address == number,
            col(Delivery.state).in_(_MAY_HAVE_ARRIVED),
        )
        .order_by(col(Delivery.id).desc())
        .limit(20)
    )
    return list(session.exec(query))


def deliveries_with_ids(session: Session, ids: Collection[int]) -> dict[int, Delivery]:
    rows = session.exec(select(Delivery).where(col(Delivery.id).in_(list(ids)))) if ids else ()
    return {row.id: row for row in rows if row.id is not None}


def invitations_with_rounds(session: Session, ids: Collection[int]) -> dict[int, tuple[Invitation, Round]]:
    query = select(Invitation, Round).join(Round, col(Round.id) == Invitation.round_id)
    rows = session.exec(query.where(col(Invitation.id).in_(list(ids)))) if ids else ()
    return {invitation.id: (invitation, row) for invitation, row in rows if invitation.id is not None}


def held_numbers(session: Session, numbers: Collection[str]) -> set[str]:
    """Those of the numbers that wait for a person."""
    query = select(NumberHold.number).where(
        col(NumberHold.number).in_(list(numbers)), col(NumberHold.lifted_at).is_(None)
    )
    return set(session.exec(query)) if numbers else set()


def has_open_worry(session: Session, number: str) -> bool:
    """Whether a person still has to look at a worry that came from a number."""
    query = select(InboundText.id).where(
        InboundText.from_number == number,
        col(InboundText.safeguarding).is_(True),
        InboundText.state == TextState.INBOX,
    )
    return session.exec(query.limit(1)).first() is not None


def lift_holds(session: Session, number: str, *, now: datetime) -> None:
    session.execute(
        update(NumberHold)
        .where(col(NumberHold.number) == number, col(NumberHold.lifted_at).is_(None))
        .values(lifted_at=now)
        .execution_options(synchronize_session=False)
    )


def stop_conversations(session: Session, number: str, *, now: datetime) -> None:
    """Whoever said stop is asked nothing more, by nobody."""
    session.execute(
        update(Conversation)
        .where(
            col(Conversation.number) == number,
            or_(col(Conversation.state) == TalkState.OPEN, col(Conversation.state) == TalkState.WITH_PERSON),
        )
        .values(state=TalkState.STOPPED, last_at=now)
    )


def thread_of(session: Session, number: str, *, limit: int = 60) -> Sequence[InboundText]:
    """What a number wrote, oldest first, as a phone shows it."""
    query = select(InboundText).where(InboundText.from_number == number)
    return list(reversed(session.exec(query.order_by(col(InboundText.id).desc()).limit(limit)).all()))
