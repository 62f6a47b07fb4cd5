"""Take bounces in: a permanent one marks the address, and the message as undelivered."""

import logging
from datetime import datetime

from sqlalchemy.engine import Engine
from sqlmodel import Session

from surveybot.links import LinkError, LinkSigner
from surveybot.records import database
from surveybot.records.delivery.outbox import mark_bad
from surveybot.records.delivery.provider_events import add_event, locked_delivery
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.senders.bounces import MailboxLost, each_bounce, read_bounce

log = logging.getLogger("surveybot.sending")
BOUNCED = "bounced"


def take_bounces(engine: Engine, signer: LinkSigner, url: str, *, now: datetime) -> int:
    """Read the mailbox; each email is put away only after what it says was stored."""

    def take(raw: bytes) -> None:
        with database.writing(engine) as session:
            take_bounce(session, signer, raw, now=now)

    try:
        return each_bounce(url, take)
    except MailboxLost as error:
        log.warning("the mailbox of bounces cannot be read: %s", error)
        return 0


def take_bounce(session: Session, signer: LinkSigner, raw: bytes, *, now: datetime) -> bool:
    """True where the email was a permanent bounce of a delivery of ours; anything else changes nothing."""
    bounce = read_bounce(raw)
    if bounce is None or not bounce.permanent:
        return False
    try:
        delivery_id = signer.read_bounce_tag(bounce.tag)
    except LinkError:
        log.warning("a bounce with a forged tag was passed over")
        return False
    delivery = locked_delivery(session, delivery_id)
    if delivery is None or delivery.channel is not Channel.EMAIL:
        return False
    add_event(
        session,
        delivery_id=delivery_id,
        provider_id=bounce.tag,
        status="undelivered",
        error_code=BOUNCED,
        at=now,
    )
    mark_bad(session, Channel.EMAIL, delivery.to_address, reason=BOUNCED, now=now)
    if delivery.state in (DeliveryState.ACCEPTED, DeliveryState.AMBIGUOUS):
        delivery.state, delivery.reason, delivery.ended_at = DeliveryState.UNDELIVERED, BOUNCED, now
        delivery.ask_at = None
        session.add(delivery)
    return True
