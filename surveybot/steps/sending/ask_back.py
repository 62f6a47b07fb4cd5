"""Find out what became of messages whose fate is not known. Only here may an ambiguous one be put back.

A text is asked about at its provider, by number and by its own words, after it has settled; twice unknown,
it goes back once. An email cannot be asked about: after half an hour without a bounce or a used link it goes
once more under the same Message-ID. What stays in doubt after that waits for a person.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.engine import Engine
from sqlmodel import Session

from surveybot.records import database
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.delivery.doubts import (
    believe_used_links,
    locked_twins,
    plan_looks,
    put_emails_back_once,
    silent_texts,
    take_texts_to_ask_about,
    texts_known_as,
)
from surveybot.records.delivery.outbox import uncount_asks, uncount_school_ask
from surveybot.records.delivery.provider_events import locked_delivery
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import DeliveryState, MessageClass
from surveybot.rules.delivery.provider_status import NO, YES
from surveybot.senders.base import CanBeAsked, CannotSay, Found, Senders
from surveybot.steps.sending.receive import Report, follow
from surveybot.steps.sending.timing import Timing

log = logging.getLogger("surveybot.sending")

MAIL_WAIT = timedelta(minutes=30)
SILENCE = timedelta(hours=72)
LINKS_OF = timedelta(days=2)
CLOCKS_DIFFER = timedelta(days=400)
"""Two clocks may disagree, and ours may have been wrong; a text is known by its link, not by its date."""
AT_ONCE = 50
ASKED_ENOUGH = 2


def ask_back(engine: Engine, senders: Senders, timing: Timing, *, now: datetime) -> int:
    """Look at every doubt that is due; say how many were settled. No transaction is open while asking."""
    settle = timedelta(seconds=timing.settle_seconds)
    provider = senders.sms if isinstance(senders.sms, CanBeAsked) else None
    doubtful: Sequence[Delivery] = ()
    with database.writing(engine) as session:
        settled = believe_used_links(session, since=now - LINKS_OF, now=now)
        plan_looks(session, Channel.SMS, wait=settle, now=now)
        plan_looks(session, Channel.EMAIL, wait=MAIL_WAIT, now=now)
        settled += put_emails_back_once(session, now=now)
        if provider is not None:
            doubtful = take_texts_to_ask_about(session, limit=AT_ONCE, again_after=settle, now=now)
    if provider is None:
        return settled
    return settled + sum(_ask_about(engine, provider, row, now) for row in doubtful)


def _ask_about(engine: Engine, provider: CanBeAsked, row: Delivery, now: datetime) -> bool:
    """True where the provider's answer settled it."""
    assert row.id is not None
    since = (row.composed_at or row.created_at) - CLOCKS_DIFFER
    try:
        taken = provider.taken_for(row.to_address, since=since)
    except CannotSay as error:
        log.info("nobody can say what became of delivery %s: %s", row.id, error)
        return False
    with database.writing(engine) as session:
        twins = {twin.id: twin for twin in locked_twins(session, row)}
        delivery = twins.pop(row.id, None)
        if delivery is None or delivery.state is not DeliveryState.AMBIGUOUS or delivery.fence != row.fence:
            return False
        ours = _own(session, delivery, taken)
        if ours and any(twin.state is DeliveryState.DISPATCHING for twin in twins.values()):
            return False  # it may be the one that is on its way just now: its answer says so soon
        if not ours:
            put_back = _unknown(delivery, now)
            session.add(delivery)
            if put_back:
                _uncount(session, delivery, now)
            return put_back
        if len(ours) > 1:
            log.error("delivery %s is known to its provider %s times", row.id, len(ours))
        return follow(session, delivery, _report(row.id, ours[-1]), now=now)


def _own(session: Session, row: Delivery, taken: Sequence[Found]) -> list[Found]:
    """Those that say this very text, and of which no other row is known; the newest first."""
    saying = [found for found in taken if found.text.strip() == row.body_text.strip()]
    owners = texts_known_as(session, [found.provider_id for found in saying]) if saying else {}
    return [found for found in saying if owners.get(found.provider_id, row.id) == row.id]


def _uncount(session: Session, delivery: Delivery, now: datetime) -> None:
    """Where all of it happened today. Else nobody knows in which day it is counted, and it stays so."""
    today, composed_at = london_date(now), delivery.composed_at or now
    is_ask = delivery.message_class is MessageClass.ASK and delivery.student_id is not None
    if is_ask and london_date(composed_at) == today:
        uncount_asks(session, [(delivery.student_id or 0, delivery.owner)], on=today)
        uncount_school_ask(session, delivery.school_id or 0, on=today)


def _unknown(delivery: Delivery, now: datetime) -> bool:
    """The provider knows nothing of it: after two whole answers it goes back, once in its life."""
    delivery.asked += 1
    if delivery.asked < ASKED_ENOUGH or delivery.maybe_duplicate:
        return False
    delivery.state, delivery.next_at, delivery.ask_at = DeliveryState.PENDING, now, None
    delivery.maybe_duplicate, delivery.asked = True, 0
    return True


def _report(delivery_id: int, found: Found) -> Report:
    return Report(delivery_id, found.provider_id, found.status or "accepted", found.error_code)


def end_silence(engine: Engine, senders: Senders, *, now: datetime) -> int:
    """Ask about texts without news for 72 hours; still none, they count as undelivered. A late yes wins."""
    provider = senders.sms
    if not isinstance(provider, CanBeAsked):
        return 0
    with database.reading(engine) as session:
        rows = silent_texts(session, accepted_before=now - SILENCE, limit=AT_ONCE)
    return sum(_end_one(engine, provider, row, now) for row in rows)


def _still_known(provider: CanBeAsked, row: Delivery) -> list[Found]:
    """What the bot said in answer to a text has no id until a report comes: it is asked for by its words."""
    if row.provider_id:
        known = provider.look_up(row.provider_id)
        return [known] if known else []
    return provider.taken_for(row.to_address, since=(row.composed_at or row.created_at) - CLOCKS_DIFFER)


def _end_one(engine: Engine, provider: CanBeAsked, row: Delivery, now: datetime) -> bool:
    assert row.id is not None
    try:
        known = _still_known(provider, row)
    except CannotSay:
        return False
    with database.writing(engine) as session:
        delivery = locked_delivery(session, row.id)
        if delivery is None or delivery.state is not DeliveryState.ACCEPTED:
            return False
        ours = known if row.provider_id else _own(session, delivery, known)
        if ours and ours[0].status in YES | NO:
            return follow(session, delivery, _report(row.id, ours[0]), now=now)
        delivery.state, delivery.reason, delivery.ended_at = DeliveryState.UNDELIVERED, "no_news", now
        session.add(delivery)
        return True
