"""Whether there is anything to do at all: one query each, so that an idle tick costs next to nothing.

They may say yes where there turns out to be nothing; never no where there is something.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BindParameter, Select, and_, bindparam, exists, or_, select, text
from sqlalchemy.engine import Connection
from sqlmodel import col

from surveybot.records.answers import Answer
from surveybot.records.database import UTCDateTime
from surveybot.records.deliveries import Delivery, stands_at
from surveybot.records.doubts import TEXTED
from surveybot.records.fallbacks import unanswered_emails
from surveybot.records.invitations import Link
from surveybot.records.planned import PlannedCohort, PlannedOccurrence, PlannedReminder
from surveybot.rules.channels import Channel
from surveybot.rules.delivery_states import DeliveryState, MessageClass


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


def _plans() -> Select[tuple[bool]]:
    rows = exists().where(
        text("planned_occurrence.settled_at IS NULL AND planned_occurrence.state IN ('planned', 'skipped')"),
        col(PlannedOccurrence.due_at) <= _time("now"),
    )
    cohorts = exists().where(col(PlannedCohort.next_look_at) <= _time("now"))
    reminders = exists().where(
        text("planned_reminder.state = 'planned'"),
        col(PlannedReminder.due_at) <= _time("ahead"),
        or_(
            col(PlannedReminder.due_at) <= _time("now"),
            and_(col(PlannedReminder.is_last), col(PlannedReminder.told_tutors_at).is_(None)),
        ),
    )
    return select(or_(rows, cohorts, reminders))


def _messages() -> Select[tuple[bool]]:
    state, channel = col(Delivery.state), col(Delivery.channel)
    waiting = exists().where(
        stands_at(DeliveryState.PENDING),
        channel.in_(list(Channel)),
        col(Delivery.message_class).in_(list(MessageClass)),
        col(Delivery.next_at) <= _time("now"),
    )
    lost = exists().where(stands_at(DeliveryState.DISPATCHING), col(Delivery.lease_until) < _time("now"))
    doubtful = exists().where(
        stands_at(DeliveryState.AMBIGUOUS),
        or_(col(Delivery.ask_at).is_(None), col(Delivery.ask_at) <= _time("now")),
    )
    used = exists().where(
        col(Answer.answered_at) >= _time("answered_since"),
        col(Link.id) == col(Answer.link_id),
        col(Delivery.id) == col(Link.delivery_id),
        state.in_([DeliveryState.ACCEPTED, DeliveryState.AMBIGUOUS]),
    )
    silent = exists().where(
        TEXTED,
        col(Delivery.accepted_at) < _time("accepted_before"),
    )
    surveys: BindParameter[str] = bindparam("surveys", expanding=True)
    unanswered = unanswered_emails(surveys, _time("accepted_before")).exists()
    return select(or_(waiting, lost, doubtful, used, silent, unanswered))


_PLANS, _MESSAGES = _plans(), _messages()
