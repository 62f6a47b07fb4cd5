"""Tell those who lead schools that they are needed: an email that names nobody, to a page behind sign-in."""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session

from surveybot.records.staff import leaders_of_schools
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import MessageClass
from surveybot.steps.sending.queue import NewDelivery, queue_many


def tell_leaders(
    session: Session, school_ids: Collection[int], *, template: str, key: str, page: str, now: datetime
) -> int:
    """One email to each leader of these schools, once for each key; how many were queued."""
    letters = [
        NewDelivery(
            dedupe_key=f"{template}:{key}:{staff_id}",
            message_class=MessageClass.STAFF,
            template=template,
            step="alert",
            channel=Channel.EMAIL,
            due_at=now,
            school_id=school_id,
            staff_id=staff_id,
            facts={"page": page},
        )
        for staff_id, school_id in leaders_of_schools(session, school_ids).items()
    ]
    return queue_many(session, letters, now=now)
