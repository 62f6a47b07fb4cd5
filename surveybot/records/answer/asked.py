"""Who is asked what behind a survey link: the one query of the most visited page."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, case, exists, func, literal_column, select
from sqlalchemy.engine import Engine
from sqlmodel import col

from surveybot.records.answer.consents import ConsentEvent
from surveybot.records.kept_query import KeptQuery
from surveybot.records.roster.students import Student
from surveybot.records.round.invitations import Audience, Invitation, Link, LinkMedium
from surveybot.records.round.rounds import Round, RoundState
from surveybot.records.schools import School
from surveybot.rules.answer.consent import Actor, Decision, Purpose
from surveybot.rules.roster.people import StudentState

ASKABLE = (Purpose.CONTACT_AFTER_LEAVING, Purpose.LA_SHARE_BACK, Purpose.PROVIDER_CONFIRM)
"""The purposes that a survey may ask for; the others are asked on the passport alone."""


@dataclass(frozen=True, slots=True)
class AskedAbout:
    """The student behind the link, as far as consent needs to know them."""

    id: int
    school_id: int
    date_of_birth: date


@dataclass(frozen=True, slots=True)
class Asked:
    link_id: int
    invitation_id: int
    audience: Audience
    medium: LinkMedium
    revoked: bool
    survey: str
    year_group: int  # 11 or 13: the year that is being finished
    opens_at: datetime
    closes_at: datetime
    closed: bool
    school_id: int
    school_name: str
    school_settings: dict[str, Any]
    student_id: int
    first_name: str
    date_of_birth: date
    state: StudentState
    decided: frozenset[Purpose]  # those of ASKABLE that this person has said yes or no to before
    heard: bool  # whether anything about consent is on record for the student

    @property
    def about(self) -> AskedAbout:
        return AskedAbout(self.student_id, self.school_id, self.date_of_birth)


def _fixed(word: StrEnum | str) -> Any:
    """A word of ours that stands in the statement itself: binding it anew would cost at every visit."""
    return literal_column(f"'{word}'")


def _has_decided(purpose: Purpose) -> Any:
    by_parent = col(ConsentEvent.actor) == _fixed(Actor.PARENT)
    asks_parent = col(Link.audience) == _fixed(Audience.PARENT)
    return case(
        (
            exists().where(
                col(ConsentEvent.student_id) == Link.student_id,
                col(ConsentEvent.purpose) == _fixed(purpose),
                col(ConsentEvent.decision) != _fixed(Decision.ASKED_NO_ANSWER),
                by_parent == asks_parent,
                col(ConsentEvent.link_id).is_distinct_from(bindparam("besides")),
            ),
            literal_column("1"),
        ),
        else_=literal_column("0"),
    ).label(purpose.name)


_HEARD = exists().where(col(ConsentEvent.student_id) == Link.student_id).label("heard")
_NOTHING = _fixed("")
_NO_LINK = 0
_COLUMNS: dict[str, Any] = {
    "link_id": col(Link.id),
    "invitation_id": col(Invitation.id),
    "audience": col(Link.audience),
    "medium": col(Link.medium),
    "revoked": col(Link.revoked_at).is_not(None),
    "survey": col(Round.survey),
    "year_group": col(Round.year_group),
    "opens_at": col(Round.opens_at),
    "closes_at": col(Round.closes_at),
    "closed": col(Round.state) == _fixed(RoundState.CLOSED),
    "school_id": col(School.id),
    "school_name": col(School.name),
    "school_settings": col(School.settings),
    "student_id": col(Student.id),
    "first_name": func.coalesce(
        func.nullif(col(Student.preferred_name), _NOTHING),
        func.nullif(col(Student.forename), _NOTHING),
        col(Student.surname),
    ),
    "date_of_birth": col(Student.date_of_birth),
    "state": col(Student.state),
}
_QUERY = KeptQuery(
    select(*(column.label(name) for name, column in _COLUMNS.items()), *map(_has_decided, ASKABLE), _HEARD)
    .join(Invitation, col(Invitation.id) == Link.invitation_id)
    .join(Round, col(Round.id) == Invitation.round_id)
    .join(School, col(School.id) == Invitation.school_id)
    .join(Student, col(Student.id) == Invitation.student_id)
    .where(col(Link.id) == bindparam("link_id"))
)


def asked_by(engine: Engine, link_id: int, *, answering: bool = False) -> Asked | None:
    """Everything that the page needs, or None where the link belongs to no invitation.

    It is read in a transaction of its own: a POST has not asked for its turn to write yet.

    When `answering`, what was decided through this very link is still open: it may have stood on the page
    that is sent again, or sent once more with another choice.
    """
    besides = link_id if answering else _NO_LINK
    row = _QUERY.one_or_none(engine, link_id=link_id, besides=besides)
    if row is None:
        return None
    *said_each, heard = row[len(_COLUMNS) :]
    said = zip(ASKABLE, said_each, strict=True)
    decided = frozenset(purpose for purpose, yes in said if yes)
    return Asked(**dict(zip(_COLUMNS, row, strict=False)), decided=decided, heard=bool(heard))
