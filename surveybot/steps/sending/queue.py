"""Put messages into the outbox: who, which step, which channel, when. The text is written in the claim.

What a template needs beyond the rows a delivery names stands in `facts`:
`receipt` (template receipt), `survey` (test-to-self: the slug of the questionnaire to show),
`year_group` (test-to-self); `page` (an alert: the address behind sign-in), `to` (an alert: whom of the
school's settings, where it is no member of staff), `words` (text-reply: what staff or the bot wrote);
`proof` (prove: the number of the question whether an address is theirs).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from sqlmodel import Session

from surveybot.records.delivery.deliveries import Delivery, add_deliveries
from surveybot.rules.delivery.channels import Channel, RouteOwner
from surveybot.rules.delivery.delivery_states import MessageClass

TO_SAFEGUARDING = "safeguarding"
PROOF = "prove"
"""The message that asks at an address whether it is theirs: its template, and its step."""
TUTOR_LIST, TUTOR_REMINDER = "tutor-unknowns", "tutor-reminder"
TO_BUSY_TUTORS = (TUTOR_LIST, TUTOR_REMINDER)
"""Templates that go only to a tutor who has somebody left at that moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """One message to come; `dedupe_key` makes the occurrence single."""

    dedupe_key: str
    message_class: MessageClass
    template: str
    step: str
    channel: Channel
    due_at: datetime
    school_id: int | None = None
    student_id: int | None = None
    staff_id: int | None = None
    round_id: int | None = None
    invitation_id: int | None = None
    parent_id: int | None = None
    owner: RouteOwner = RouteOwner.STUDENT
    not_after: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


_FIELDS = tuple(one.name for one in fields(NewDelivery))


def _as_it_is(row: NewDelivery) -> dict[str, Any]:
    """Without the copies that `asdict` makes: of ten thousand messages they took longer than storing them."""
    return {name: getattr(row, name) for name in _FIELDS}


def queue_many(session: Session, rows: Sequence[NewDelivery], *, now: datetime) -> int:
    """Add the messages that are not there yet, and say how many were added."""
    return add_deliveries(
        session, [{**_as_it_is(row), "next_at": row.due_at, "created_at": now} for row in rows]
    )


def another_try(delivery: Delivery, *, key: str, due_at: datetime) -> NewDelivery:
    """The same message as a row of its own, so that the first try keeps its history; claimed anew."""
    return NewDelivery(
        dedupe_key=f"{delivery.dedupe_key}:{key}"[:120],
        school_id=delivery.school_id,
        student_id=delivery.student_id,
        staff_id=delivery.staff_id,
        round_id=delivery.round_id,
        invitation_id=delivery.invitation_id,
        parent_id=delivery.id,
        message_class=delivery.message_class,
        template=delivery.template,
        step=f"{delivery.step}-again"[:30],
        channel=delivery.channel,
        owner=delivery.owner,
        due_at=due_at,
        not_after=delivery.not_after,
        facts=delivery.facts,
    )


def queue_delivery(session: Session, *, now: datetime, **fields: Any) -> bool:
    """Add one message, with the fields of a NewDelivery; False where its occurrence stands already."""
    return queue_many(session, [NewDelivery(**fields)], now=now) == 1
