"""Receive a provider's report about one of our messages."""

import logging
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.delivery.outbox import mark_bad, note_provider_stop
from surveybot.records.delivery.provider_events import add_event, locked_delivery
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.rules.delivery.provider_status import Standing, after_report
from surveybot.senders.twilio_codes import Meaning, meaning_of
from surveybot.steps.sending.queue import another_try, queue_many

log = logging.getLogger("surveybot.sending")


@dataclass(frozen=True, slots=True)
class Report:
    """What a provider says of one message: its own id, a status, and an error code where there is one."""

    delivery_id: int
    provider_id: str
    status: str
    error_code: str = ""


def receive(session: Session, report: Report, *, now: datetime) -> bool:
    """Keep the report and let the message follow it; False where it was known or is about nothing of ours.

    Our own id stands in the report's address, so that it finds its row even when the provider's answer to
    our request was lost, or comes later.
    """
    delivery = locked_delivery(session, report.delivery_id)
    if delivery is None:
        log.warning("a report came for delivery %s, which is not there", report.delivery_id)
        return False
    new = add_event(
        session,
        delivery_id=report.delivery_id,
        provider_id=report.provider_id,
        status=report.status,
        error_code=report.error_code,
        at=now,
    )
    if delivery.provider_id not in (None, report.provider_id):
        log.error("delivery %s is known to its provider under two ids", report.delivery_id)
        return False
    return new and follow(session, delivery, report, now=now)


def follow(session: Session, delivery: Delivery, report: Report, *, now: datetime) -> bool:
    """Move a delivery to where the report puts it; False where it stands there or higher already."""
    before = Standing(delivery.state, delivery.provider_status)
    after = after_report(before, report.status)
    if after == before:
        return False
    delivery.provider_id = report.provider_id
    delivery.state, delivery.provider_status = after.state, after.status
    delivery.lease_until = None
    delivery.accepted_at = delivery.accepted_at or now
    if after.state is DeliveryState.UNDELIVERED:
        _take_the_code(session, delivery, report, now)
    elif after.state is DeliveryState.DELIVERED:
        delivery.error_code, delivery.reason, delivery.ended_at = "", "", now
    session.add(delivery)
    return True


def _take_the_code(session: Session, delivery: Delivery, report: Report, now: datetime) -> None:
    meaning = meaning_of(report.error_code)
    delivery.error_code, delivery.reason, delivery.ended_at = report.error_code[:20], meaning.word, now
    if meaning.bad_address:
        mark_bad(session, delivery.channel, delivery.to_address, reason=meaning.word, now=now)
    if meaning.opted_out:
        note_provider_stop(session, delivery.channel, delivery.to_address, now=now)
    if meaning.again_after is not None and delivery.parent_id is None:
        _try_once_more(session, delivery, meaning, now)


def _try_once_more(session: Session, delivery: Delivery, meaning: Meaning, now: datetime) -> None:
    assert meaning.again_after is not None
    again = another_try(delivery, key="again", due_at=now + meaning.again_after)
    queue_many(session, [again], now=now)
