"""Whether there is anything to do at all: one query each, so that an idle tick costs next to nothing.

They may say yes where there turns out to be nothing; never no where there is something.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Select, and_, bindparam, exists, func, or_, select, text
from sqlalchemy.engine import Connection
from sqlmodel import col

from surveybot.records.answer.answers import Answer
from surveybot.records.database import UTCDateTime
from surveybot.records.delivery.deliveries import Delivery, stands_at
from surveybot.records.delivery.doubts import TEXTED
from surveybot.records.delivery.fallbacks import unanswered_emails
from surveybot.records.plan.planned import PlannedCohort, PlannedOccurrence, PlannedReminder
from surveybot.records.round.invitations import Link
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import DeliveryState, MessageClass


def plans_are_due(connection: Connection, *, now: datetime, ahead: datetime) -> bool:
    """Rows, cohorts to look at, and reminders: of the last ones tutors hear first, until `ahead`."""
    return bool(connection.execute(_PLANS, {"now": now, "ahead": ahead}).scalar())


def messages_are_due(
    connection: Connection,
    surveys: Sequence[str],
    *,
    now: datetime,
    answered_since: datetime,
    accepted_before: datetime,
) -> bool:
    """Messages to send, to give up, to ask about, and emails of these surveys that a text is to follow."""
    times = {"now": now, "answered_since": answered_since, "accepted_before": accepted_before}
    return bool(connection.execute(_MESSAGES, {**times, "surveys": list(surveys)}).scalar())


def _time(name: str) -> BindParameter[datetime]:
    return bindparam(name, type_=UTCDateTime)


def _first(moment: Any, *conditions: Any) -> Any:
    """The first moment, from the end of an index; "is there any before now?" may be read from the table."""
    return select(func.min(moment)).where(*conditions).scalar_subquery()


def _plans() -> Select[Any]:
    row, letter = PlannedOccurrence, PlannedReminder
    to_come = text(
        "planned_occurrence.settled_at IS NULL AND planned_occurrence.state IN ('planned', 'skipped')"
    )
    planned = text("planned_reminder.state = 'planned'")
    untold = col(letter.is_last), col(letter.told_tutors_at).is_(None)
    now, ahead = _time("now"), _time("ahead")
    return select(
        or_(
            _first(row.due_at, to_come) <= now,
            _first(PlannedCohort.next_look_at) <= now,
            _first(letter.due_at, planned) <= now,
            _first(letter.due_at, planned, *untold) <= ahead,
        )
    )


def _messages() -> Select[Any]:
    now, before = _time("now"), _time("accepted_before")
    waiting = [
        _first(
            Delivery.next_at,
            stands_at(DeliveryState.PENDING),
            col(Delivery.channel) == channel,
            col(Delivery.message_class) == message_class,
        )
        <= now
        for channel in Channel
        for message_class in MessageClass
    ]
    lost = _first(Delivery.lease_until, stands_at(DeliveryState.DISPATCHING)) < now
    doubtful = _first(func.coalesce(Delivery.ask_at, now), stands_at(DeliveryState.AMBIGUOUS)) <= now
    silent = _first(Delivery.accepted_at, TEXTED, col(Delivery.provider_id).is_not(None)) < before
    since = _time("answered_since")
    answered = select(func.max(Answer.answered_at)).scalar_subquery() >= since
    used = exists().where(
        col(Answer.answered_at) >= since,
        col(Link.id) == col(Answer.link_id),
        col(Delivery.id) == col(Link.delivery_id),
        col(Delivery.state).in_([DeliveryState.ACCEPTED, DeliveryState.AMBIGUOUS]),
    )
    surveys: BindParameter[str] = bindparam("surveys", expanding=True)
    unanswered = unanswered_emails(surveys, before).exists()
    return select(or_(*waiting, lost, doubtful, silent, and_(answered, used), unanswered))


_PLANS, _MESSAGES = _plans(), _messages()
