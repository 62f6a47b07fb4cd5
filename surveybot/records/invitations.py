"""Invitations (one per person and round, with a reason where nobody is asked) and the rows behind links."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from surveybot.records.database import UTCDateTime, word_column
from surveybot.rules.channels import Channel


class Audience(StrEnum):
    STUDENT = "student"
    PARENT = "parent"
    STAFF = "staff"


class Invitation(SQLModel, table=True):
    """`answered_at`, `declined_at` and `wants_help` are written by steps/answer alone, for fast lists."""

    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("round_id", "student_id"),)

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id")
    round_id: int = Field(foreign_key="round.id")
    student_id: int = Field(foreign_key="student.id", index=True)
    audience: Audience = Field(default=Audience.STUDENT, sa_type=word_column(Audience))
    channel: Channel | None = Field(default=None, sa_type=word_column(Channel))  # of the first message
    skipped: str | None = Field(default=None, max_length=20)  # a reason of rules/may_ask
    answered_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    declined_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    wants_help: bool = False
    created_at: datetime = Field(sa_type=UTCDateTime)


class LinkMedium(StrEnum):
    """How a link reaches its person."""

    SMS = "sms"
    EMAIL = "email"
    PAPER = "paper"  # a QR slip, or a list that staff printed
    STAFF = "staff"  # shown or entered by a member of staff


class Link(SQLModel, table=True):
    """What a signed token stands for: the token says who, this row says whether.

    One row serves the survey page, the consent passport and the stop page of one person; the token's own
    purpose says which of them it opens. A staff sign-in link has a row of its own.
    """

    __tablename__ = "link"

    id: int | None = Field(default=None, primary_key=True)
    school_id: int | None = Field(default=None, foreign_key="school.id")
    student_id: int | None = Field(default=None, foreign_key="student.id", index=True)
    staff_id: int | None = Field(default=None, foreign_key="staff_member.id")
    invitation_id: int | None = Field(default=None, foreign_key="invitation.id", index=True)
    delivery_id: int | None = Field(default=None, index=True)  # the message that carries it
    audience: Audience = Field(default=Audience.STUDENT, sa_type=word_column(Audience))
    medium: LinkMedium = Field(sa_type=word_column(LinkMedium))
    created_at: datetime = Field(sa_type=UTCDateTime)
    expires_at: datetime | None = Field(
        default=None, sa_type=UTCDateTime
    )  # sign-in links; others follow rules
    revoked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    birthday_tries: int = 0
    renewed_at: datetime | None = Field(
        default=None, sa_type=UTCDateTime
    )  # when a fresh link was last asked for
    renewals_today: int = 0
