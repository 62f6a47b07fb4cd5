"""Hand one claimed message to its sender, and write down what came of it.

No database connection is held during the network call. A worker that has lost half its lease to a freeze or
to a slow neighbour does not touch the wire, and each message is looked at once more just before its own call;
what did not touch the wire goes back.
"""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy.engine import Engine

from surveybot.records import database
from surveybot.records.delivery.outbox import (
    mark_bad,
    note_provider_stop,
    renew_lease,
    write_result,
)
from surveybot.records.delivery.results import Taken, write_taken
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.rules.delivery.may_ask import Skip
from surveybot.senders.base import Accepted, Ambiguous, LeaseLost, NotSent, Refused, Sender, SendError
from surveybot.steps.sending.breaker import Breaker
from surveybot.steps.sending.claim import Claimed, uncount
from surveybot.steps.sending.decide import Hold, Later, Never, consequences
from surveybot.steps.sending.look_again import LastLook
from surveybot.steps.sending.results import Results
from surveybot.steps.sending.stopwatch import Stopwatch
from surveybot.steps.sending.timing import BACKOFF, MOST_ATTEMPTS, PUT_OFF, Timing

log = logging.getLogger("surveybot.sending")


class Outcome(StrEnum):
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    AMBIGUOUS = "ambiguous"
    PUT_BACK = "put_back"
    NOT_OURS = "not_ours"  # somebody else has the message now; what we knew changed nothing


@dataclass(frozen=True, slots=True)
class HandOver:
    """Everything that handing over needs, for one channel."""

    engine: Engine
    sender: Sender | None
    timing: Timing
    watch: Stopwatch
    stopping: Callable[[], bool]
    last_look: LastLook
    breaker: Breaker = field(default_factory=Breaker)
    results: Results | None = None

    def hand_over(self, claimed: Claimed, *, claimed_at: float) -> Outcome:
        """`claimed_at` is what the stopwatch showed when the batch was claimed."""
        return self.begin(claimed, claimed_at=claimed_at)()

    def begin(self, claimed: Claimed, *, claimed_at: float) -> Callable[[], Outcome]:
        """Hand over; the answer waits for what came of it to be written down."""
        try:
            if self.sender is None:
                raise NotSent("no sender", retry_after_seconds=300, counts=False)
            lease = _Lease(self, claimed, claimed_at)
            lease.must_be_fresh()
            if self.stopping():
                raise LeaseLost("the worker stops")
            if verdict := self.last_look.at(claimed, self.watch.now()):
                return _known(self._turned_back(claimed, verdict))
            accepted = self.sender.send(claimed.message, lease.renew)
        except SendError as error:
            return _known(self._failed(claimed, error))
        except Exception as error:
            # A fault of ours: nobody knows how far the message came. The error's text may hold an address.
            log.error("delivery %s: the sender broke: %s", claimed.message.delivery_id, type(error).__name__)
            return _known(self._failed(claimed, Ambiguous("broken")))
        self.breaker.note_sent()
        written = self._taken(claimed, accepted)
        return lambda: Outcome.SENT if written() else Outcome.NOT_OURS

    def _taken(self, claimed: Claimed, accepted: Accepted) -> Callable[[], bool]:
        """Have it written down, with others where there are more; the answer says whether it was ours."""
        message_id, status = claimed.message.delivery_id, accepted.status
        taken = Taken(message_id, claimed.fence, accepted.provider_id, status, self.watch.now())
        if self.results is not None:
            return self.results.put(taken).result
        with database.writing(self.engine) as session:
            [ours] = write_taken(session, [taken])
        return lambda: ours

    def _turned_back(self, claimed: Claimed, verdict: Later | Hold | Never) -> Outcome:
        """Something came in between: it did not go, its try does not count, nor does its ask."""
        values = {"attempt": claimed.attempt - 1, **consequences(verdict, self.watch.now())}
        with database.writing(self.engine) as session:
            if not write_result(session, claimed.message.delivery_id, claimed.fence, values):
                return Outcome.NOT_OURS
            uncount(session, claimed.counted)
        if not isinstance(verdict, Never):
            return Outcome.PUT_BACK
        return Outcome.EXPIRED if verdict.state is DeliveryState.EXPIRED else Outcome.SUPPRESSED

    def _failed(self, claimed: Claimed, error: SendError) -> Outcome:
        self._note_trouble(error)
        if isinstance(error, Ambiguous):
            log.warning("delivery %s is ambiguous: %s", claimed.message.delivery_id, error.stage)
            values = {"state": DeliveryState.AMBIGUOUS, "was_ambiguous": True, "reason": error.stage[:60]}
            return self._write(claimed, Outcome.AMBIGUOUS, values)
        if isinstance(error, Refused):
            return self._refused(claimed, error)
        if isinstance(error, NotSent) and error.counts and claimed.attempt >= MOST_ATTEMPTS:
            return self._give_up(claimed)
        return self._put_back(claimed, error)

    def _note_trouble(self, error: SendError) -> None:
        if isinstance(error, NotSent | Ambiguous):
            self.breaker.note_not_sent(seconds=time.monotonic())
        elif isinstance(error, Refused) and (error.opted_out or error.filtered):
            self.breaker.note_filtered(seconds=time.monotonic())

    def _refused(self, claimed: Claimed, error: Refused) -> Outcome:
        now, message = self.watch.now(), claimed.message
        state = DeliveryState.SUPPRESSED if error.opted_out else DeliveryState.FAILED_PERMANENT
        reason = Skip.OPTED_OUT if error.opted_out else error.word
        values = {"state": state, "reason": reason, "error_code": error.code[:20], "ended_at": now}
        with database.writing(self.engine) as session:
            if not write_result(session, message.delivery_id, claimed.fence, values):
                return Outcome.NOT_OURS
            if error.opted_out:
                note_provider_stop(session, message.channel, message.to, now=now)
            if error.bad_address:
                mark_bad(session, message.channel, message.to, reason=error.word, now=now)
            uncount(session, claimed.counted)
        return Outcome.SUPPRESSED if error.opted_out else Outcome.FAILED

    def _give_up(self, claimed: Claimed) -> Outcome:
        """Provably not sent, and no try is left: its ask is not counted either."""
        values = {
            "state": DeliveryState.FAILED_PERMANENT,
            "reason": "gave up",
            "ended_at": self.watch.now(),
        }
        with database.writing(self.engine) as session:
            if not write_result(session, claimed.message.delivery_id, claimed.fence, values):
                return Outcome.NOT_OURS
            uncount(session, claimed.counted)
        return Outcome.FAILED

    def _put_back(self, claimed: Claimed, error: SendError) -> Outcome:
        """Provably not sent: it waits, and its ask is not counted."""
        counts = isinstance(error, NotSent) and error.counts
        wait = _wait(error, claimed.attempt) if isinstance(error, NotSent) else PUT_OFF
        values: dict[str, Any] = {
            "state": DeliveryState.PENDING,
            "next_at": self.watch.now() + wait,
            "attempt": claimed.attempt if counts else claimed.attempt - 1,
            "reason": str(error)[:60],
        }
        with database.writing(self.engine) as session:
            if not write_result(session, claimed.message.delivery_id, claimed.fence, values):
                return Outcome.NOT_OURS
            uncount(session, claimed.counted)
        return Outcome.PUT_BACK

    def _write(self, claimed: Claimed, outcome: Outcome, values: dict[str, Any]) -> Outcome:
        with database.writing(self.engine) as session:
            ours = write_result(session, claimed.message.delivery_id, claimed.fence, values)
        return outcome if ours else Outcome.NOT_OURS


class _Lease:
    """One message's lease, watched by a clock that a frozen worker finds moved on."""

    def __init__(self, work: HandOver, claimed: Claimed, since: float) -> None:
        self.work, self.claimed, self.since = work, claimed, since
        self.lease = work.timing.lease(claimed.message.channel)

    def must_be_fresh(self) -> None:
        if self.work.watch.seconds - self.since > self.lease.total_seconds() / 2:
            raise LeaseLost("half the lease is gone")

    def renew(self, _stage: str) -> None:
        """Before each stage: a text must be fresh; an email's lease is renewed, or lost."""
        if self.claimed.message.channel is Channel.SMS:
            self.must_be_fresh()
            return
        if self.work.watch.seconds - self.since < self.work.timing.renew_after_seconds:
            return
        until = self.work.watch.now() + self.lease
        with database.writing(self.work.engine) as session:
            kept = renew_lease(
                session, self.claimed.message.delivery_id, self.claimed.fence, lease_until=until
            )
        if not kept:
            raise LeaseLost("the lease has passed")
        self.since = self.work.watch.seconds


def _known(outcome: Outcome) -> Callable[[], Outcome]:
    return lambda: outcome


def _wait(error: NotSent, attempt: int) -> timedelta:
    """What the provider asks for, else longer each time, with a little chance in it."""
    if error.retry_after_seconds is not None:
        return timedelta(seconds=error.retry_after_seconds)
    if not error.counts:
        return PUT_OFF
    step = BACKOFF[min(attempt, len(BACKOFF)) - 1]
    return step * random.uniform(1.0, 1.2)  # noqa: S311  (spreads tries; guards nothing)
