"""Everybody on the board of a results-day round, with what they said and who is with them; one query."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from surveybot.records.answer.answers import Answer
from surveybot.records.follow_ups import HelpRequest, PassedOn
from surveybot.records.report.board_cases import BoardCase
from surveybot.records.roster.students import Student
from surveybot.records.round.invitations import Invitation
from surveybot.records.round.rounds import Round
from surveybot.records.staff import StaffMember
from surveybot.rules.delivery.may_ask import NOT_IN_THE_ROUND
from surveybot.rules.report.results_board import NEEDS_SOMEBODY, Stand, stand_of
from surveybot.rules.roster.people import StudentState


@dataclass(frozen=True)
class OnBoard:
    student_id: int
    code: str
    name: str
    tutor_group: str
    see_first: bool
    answered_at: datetime | None
    plan: str
    wants_help: bool
    asked_for_help: bool  # by text or page, and nobody has dealt with it
    taken_by: str  # a name; empty: nobody is with them
    taken_at: datetime | None
    done_by: str
    done_at: datetime | None

    @cached_property
    def stand(self) -> Stand:
        return stand_of(
            answered=self.answered_at is not None,
            plan=self.plan,
            wants_help=self.wants_help or self.asked_for_help,
            see_first=self.see_first,
        )

    @property
    def is_done(self) -> bool:
        """Dealt with, and nothing new was said since."""
        if self.done_at is None or self.asked_for_help:
            return False
        return self.answered_at is None or self.answered_at <= self.done_at

    @property
    def needs_somebody(self) -> bool:
        return self.stand in NEEDS_SOMEBODY and not self.is_done


_newest = aliased(Answer)
_taker, _doer = aliased(StaffMember), aliased(StaffMember)
_NEWEST_VERSION = (
    select(func.max(_newest.version))
    .where(col(_newest.invitation_id) == col(Invitation.id))
    .correlate(Invitation)
    .scalar_subquery()
)
_ASKED_FOR_HELP = exists().where(
    col(HelpRequest.student_id) == col(Student.id),
    col(HelpRequest.done_at).is_(None),
    col(HelpRequest.asked_at) >= col(Round.opens_at),
    col(HelpRequest.id).not_in(select(col(PassedOn.request_id))),  # that one was a tutor's
)
_COLUMNS: tuple[Any, ...] = (
    col(Student.id),
    col(Student.code),
    col(Student.preferred_name),
    col(Student.forename),
    col(Student.surname),
    col(Student.tutor_group),
    col(Student.see_me_first),
    col(Invitation.answered_at),
    col(Invitation.wants_help),
    col(Answer.content),
    _ASKED_FOR_HELP,
    col(_taker.name),
    col(BoardCase.taken_at),
    col(_doer.name),
    col(BoardCase.done_at),
)


def people_on_board(
    session: Session, round_id: int, *, tutor_groups: Collection[str] | None = None
) -> list[OnBoard]:
    """By tutor group and name."""
    query = (
        select(*_COLUMNS)
        .select_from(Invitation)
        .join(Round, col(Round.id) == col(Invitation.round_id))
        .join(Student, col(Student.id) == col(Invitation.student_id))
        .outerjoin(
            Answer,
            (col(Answer.invitation_id) == col(Invitation.id)) & (col(Answer.version) == _NEWEST_VERSION),
        )
        .outerjoin(
            BoardCase,
            (col(BoardCase.round_id) == col(Round.id)) & (col(BoardCase.student_id) == col(Student.id)),
        )
        .outerjoin(_taker, col(_taker.id) == col(BoardCase.taken_by))
        .outerjoin(_doer, col(_doer.id) == col(BoardCase.done_by))
        .where(
            col(Invitation.round_id) == round_id,
            col(Student.state) != StudentState.DECEASED,
            or_(col(Invitation.skipped).is_(None), col(Invitation.skipped).not_in(NOT_IN_THE_ROUND)),
        )
        .order_by(col(Student.tutor_group), col(Student.surname), col(Student.forename), col(Student.id))
    )
    if tutor_groups is not None:
        query = query.where(col(Student.tutor_group).in_(list(tutor_groups)))
    return [_on_board(*row) for row in session.execute(query)]


def _on_board(
    student_id: int,
    code: str,
    preferred: str,
    forename: str,
    surname: str,
    group: str,
    see_first: bool,
    answered_at: datetime | None,
    wants_help: bool,
    content: dict[str, Any] | None,
    asked_for_help: bool,
    taken_by: str | None,
    taken_at: datetime | None,
    done_by: str | None,
    done_at: datetime | None,
) -> OnBoard:
    return OnBoard(
        student_id=student_id,
        code=code,
        name=f"{preferred or forename} {surname}".strip(),
        tutor_group=group,
        see_first=see_first,
        answered_at=answered_at,
        plan=str((content or {}).get("plan", "")),
        wants_help=wants_help,
        asked_for_help=bool(asked_for_help),
        taken_by=taken_by or "",
        taken_at=taken_at,
        done_by=done_by or "",
        done_at=done_at,
    )
