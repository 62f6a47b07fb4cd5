"""One tick of sending: give up what dead workers held, then claim and hand over until nothing is due.

Several processes may tick at once. Emails go over one kept connection and texts through a small pool, side by
side.
"""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Engine

from surveybot.catalogue import Catalogue
from surveybot.config import Settings
from surveybot.links import LinkSigner
from surveybot.records import database
from surveybot.records.delivery.outbox import give_up_leases
from surveybot.records.worker.due_work import messages_are_due
from surveybot.rules.delivery.channels import Channel
from surveybot.senders.base import Senders
from surveybot.steps.sending.ask_back import LINKS_OF, SILENCE, ask_back, end_silence
from surveybot.steps.sending.breaker import Breaker
from surveybot.steps.sending.claim import Claim, Claimed, Claimer
from surveybot.steps.sending.fall_back import PATIENCE, by_email_first, fall_back
from surveybot.steps.sending.hand_over import HandOver, Outcome
from surveybot.steps.sending.look_again import LastLook
from surveybot.steps.sending.results import Results
from surveybot.steps.sending.stopwatch import Stopwatch
from surveybot.steps.sending.timing import TIMING, Timing


@dataclass(frozen=True, slots=True)
class TickResult:
    """What one tick did; the keys of `worker --once --json`."""

    sent: int = 0
    failed: int = 0
    ambiguous: int = 0
    suppressed: int = 0
    expired: int = 0
    planned: int = 0
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


AHEAD = 10
"""A tenth of a batch waits at the threads while the next is claimed, so that none of them idles."""


def never() -> bool:
    return False


def tick(
    engine: Engine,
    senders: Senders,
    signer: LinkSigner,
    catalogue: Catalogue,
    settings: Settings,
    now: datetime,
    *,
    worker: str = "worker",
    most_seconds: float | None = None,
    stopping: Callable[[], bool] = never,
    timing: Timing = TIMING,
    breakers: Mapping[Channel, Breaker] | None = None,
    staff_since: datetime | None = None,
) -> TickResult:
    """`most_seconds` ends it early, so that a heartbeat can follow; `stopping` says that we must go.

    `staff_since`: send only what was written to staff since then, and give up or put off nothing.
    """
    timing.check()
    watch = Stopwatch(now)
    if not _is_anything_due(engine, catalogue, now):
        return TickResult(seconds=round(watch.seconds, 3))
    kept = breakers or {channel: Breaker() for channel in Channel}
    lost = 0 if staff_since else _look_after(engine, senders, catalogue, timing, now)

    def may_go_on() -> bool:
        return not stopping() and (most_seconds is None or watch.seconds < most_seconds)

    def drain(channel: Channel) -> Counter[str]:
        claimer = Claimer(engine, signer, catalogue, settings, timing, worker, staff_since)
        sender, look = senders.for_channel(channel), LastLook(engine, catalogue, settings)
        work = HandOver(engine, sender, timing, watch, stopping, look, kept[channel])
        return _drain(channel, claimer, work, may_go_on)

    with ThreadPoolExecutor(len(Channel), thread_name_prefix="drain") as pool:
        counts = sum(pool.map(drain, Channel), Counter[str]())
    return TickResult(
        sent=counts[Outcome.SENT],
        failed=counts[Outcome.FAILED],
        ambiguous=counts[Outcome.AMBIGUOUS] + lost,
        suppressed=counts[Outcome.SUPPRESSED],
        expired=counts[Outcome.EXPIRED],
        seconds=round(watch.seconds, 3),
    )


def _look_after(engine: Engine, senders: Senders, catalogue: Catalogue, timing: Timing, now: datetime) -> int:
    """What is in doubt, and what another channel is to follow; how many were lost with their worker."""
    with database.writing(engine) as session:
        lost = give_up_leases(session, now=now)
        fall_back(session, catalogue, now=now)
    ask_back(engine, senders, timing, now=now)
    end_silence(engine, senders, now=now)
    return lost


def _is_anything_due(engine: Engine, catalogue: Catalogue, now: datetime) -> bool:
    """One look first: most ticks find nothing to do."""
    with database.looking(engine) as connection:
        return messages_are_due(
            connection,
            by_email_first(catalogue),
            now=now,
            answered_since=now - LINKS_OF,
            accepted_before=now - min(SILENCE, PATIENCE),
        )


def _drain(channel: Channel, claimer: Claimer, work: HandOver, may_go_on: Callable[[], bool]) -> Counter[str]:
    """Batch after batch, until nothing is due or it is time to stop; claimed while the last one goes out."""
    counts: Counter[str] = Counter()
    threads = work.sender.threads if work.sender else 1
    ahead = claimer.timing.batch // AHEAD
    handful = max(1, ahead // threads)
    going: deque[Future[list[Callable[[], Outcome]]]] = deque()
    gone: deque[Callable[[], Outcome]] = deque()
    with Results(work.engine) as results, ThreadPoolExecutor(threads, thread_name_prefix=channel) as pool:
        work = replace(work, results=results)
        while may_go_on():
            claimed_at = work.watch.seconds
            room = work.breaker.room(claimer.timing.batch, seconds=time.monotonic())
            claim = claimer.claim(channel, now=work.watch.now(), most=room)
            if not claim.taken:
                break
            counts += _ended(claim)
            for some in _handfuls(claim.messages, handful):
                going.append(pool.submit(_begin_each, work, some, claimed_at))
            while (len(going) - threads) * handful > ahead:
                gone.extend(going.popleft().result())
            while len(gone) > claimer.timing.batch:  # these are long written down
                counts[gone.popleft()()] += 1
        for one in going:
            gone.extend(one.result())
    counts.update(outcome() for outcome in gone)
    return counts


def _handfuls(messages: Sequence[Claimed], size: int) -> Iterator[Sequence[Claimed]]:
    """A thread that has more than its share of the work takes several at a time: it is woken less often."""
    for start in range(0, len(messages), size):
        yield messages[start : start + size]


def _begin_each(work: HandOver, some: Sequence[Claimed], claimed_at: float) -> list[Callable[[], Outcome]]:
    return [work.begin(one, claimed_at=claimed_at) for one in some]


def _ended(claim: Claim) -> Counter[str]:
    return Counter(
        {Outcome.SUPPRESSED: claim.suppressed, Outcome.FAILED: claim.failed, Outcome.EXPIRED: claim.expired}
    )
