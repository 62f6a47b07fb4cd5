"""Invitations (one per person and round, with a reason where nobody is asked) and the rows behind links."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import UniqueConstraint, bindparam, func, or_, update
from sqlmodel import Field, Session, SQLModel, col, select

from surveybot.records.database import UTCDateTime, word_column
from surveybot.records.new_rows import add_rows
from surveybot.records.roster.students import Student
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.roster.people import StudentState


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
    skipped: str | None = Field(default=None, max_length=20)  # a reason of may_ask
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
    used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)  # of a sign-in link, which works once
    birthday_tries: int = 0
    renewed_at: datetime | None = Field(
        default=None, sa_type=UTCDateTime
    )  # when a fresh link was last asked for
    renewals_today: int = 0


def use_link_once(session: Session, link_id: int, *, now: datetime) -> bool:
    """Use up a link that is still good; False where it was used, revoked, or is too old."""
    used = (
        update(Link)
        .where(
            col(Link.id) == link_id,
            col(Link.used_at).is_(None),
            col(Link.revoked_at).is_(None),
            col(Link.expires_at) > now,
        )
        .values(used_at=now)
        .returning(col(Link.id))
        .execution_options(synchronize_session=False)
    )
    return session.execute(used).scalar_one_or_none() is not None


def invitation_of(session: Session, round_id: int, student_id: int) -> Invitation | None:
    return session.exec(
        select(Invitation).where(Invitation.round_id == round_id, Invitation.student_id == student_id)
    ).one_or_none()


def unanswered_of(session: Session, round_id: int) -> list[Invitation]:
    """Those of a round who neither answered nor said no, whether they could be reached or not."""
    return list(
        session.exec(
            select(Invitation)
            .where(
                Invitation.round_id == round_id,
                col(Invitation.answered_at).is_(None),
                col(Invitation.declined_at).is_(None),
            )
            .order_by(col(Invitation.id))
        )
    )


def paper_links_of(session: Session, round_id: int) -> list[tuple[Invitation, Student, int | None]]:
    """Every invited student of a round with the number of their paper link, by group and name."""
    newest = (  # one look into an index each, however PostgreSQL guesses: the rows may be a moment old
        select(func.max(Link.id))
        .where(
            Link.invitation_id == Invitation.id,
            Link.medium == LinkMedium.PAPER,
            col(Link.revoked_at).is_(None),
        )
        .scalar_subquery()
    )
    query = (
        select(Invitation, Student, newest)
        .join(Student, col(Student.id) == Invitation.student_id)
        .where(
            Invitation.round_id == round_id,
            or_(col(Invitation.skipped).is_(None), col(Invitation.skipped).in_(("no_route", "opted_out"))),
            Student.state != StudentState.DECEASED,
        )
        .order_by(Student.tutor_group, Student.surname, Student.forename)
    )
    return [(invitation, student, link_id) for invitation, student, link_id in session.exec(query)]


_mark_answered = (
    update(Invitation)
    .where(col(Invitation.id) == bindparam("invitation"))
    .values(
        answered_at=bindparam("answered_at"),
        declined_at=bindparam("declined_at"),
        wants_help=bindparam("wants_help"),
    )
)


def mark_answered(
    session: Session, invitation_id: int, *, half: bool, declined: bool, wants_help: bool, now: datetime
) -> None:
    """The columns behind fast lists: what the newest answer says. Somebody who declined has answered too;
    whoever gave half an answer has not finished, and is reminded.
    """
    values = {
        "invitation": invitation_id,
        "answered_at": None if half else now,
        "declined_at": now if declined else None,
        "wants_help": wants_help,
    }
    session.connection().execute(_mark_answered, values)


BIRTHDAY_TRIES = 5


def count_birthday_try(session: Session, link_id: int) -> int | None:
    """Count one try before it is looked at, and say how many are left; None where the link is locked."""
    counted = (
        update(Link)
        .where(col(Link.id) == link_id, col(Link.birthday_tries) < BIRTHDAY_TRIES)
        .values(birthday_tries=Link.birthday_tries + 1)
        .returning(col(Link.birthday_tries))
        .execution_options(synchronize_session=False)
    )
    tries = session.execute(counted).scalar_one_or_none()
    return None if tries is None else BIRTHDAY_TRIES - tries


def forget_birthday_tries(session: Session, link_id: int) -> None:
    """The birthday was right, or staff have renewed the link."""
    session.execute(
        update(Link)
        .where(col(Link.id) == link_id)
        .values(birthday_tries=0)
        .execution_options(synchronize_session=False)
    )


def screen_link_of(session: Session, invitation_id: int) -> Link | None:
    """The link that staff show on a screen, if there is one that still opens."""
    query = select(Link).where(
        Link.invitation_id == invitation_id, Link.medium == LinkMedium.STAFF, col(Link.revoked_at).is_(None)
    )
    return session.exec(query.order_by(col(Link.id))).first()


def add_invitations(session: Session, rows: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """Write many invitations at once; their numbers by student id."""
    added = add_rows(session, "invitation", rows, returning=("student_id", "id"))
    return dict(added.all())


def add_links(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    add_rows(session, "link", rows)
