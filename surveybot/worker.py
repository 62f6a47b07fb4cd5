"""The worker: APScheduler's only home. It ticks; what is due stands in the database.

Several workers may run at once, on as many machines as the database allows. SIGTERM and Ctrl-C let the
message on the wire finish, put the rest of the batch back, and end.
"""

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import FrameType

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler
from sqlalchemy.engine import Engine

from surveybot.catalogue import Catalogue
from surveybot.config import Settings
from surveybot.links import LinkSigner
from surveybot.records import database
from surveybot.records.due_work import plans_are_due
from surveybot.records.planned import cohorts_due, cohorts_to_look_at, reminders_due
from surveybot.records.rounds import any_ended
from surveybot.records.worker_beats import WAITS_FOR_CLOCK, beat, beat_of
from surveybot.rules.channels import Channel
from surveybot.rules.clock_jumps import ClockWatch
from surveybot.senders.base import CannotSay, Senders
from surveybot.steps.close_ended import close_ended
from surveybot.steps.open_due import look_at
from surveybot.steps.remind_due import TUTORS_AHEAD, remind_due
from surveybot.steps.sending.breaker import Breaker
from surveybot.steps.sending.reconcile import reconcile_if_due
from surveybot.steps.sending.take_bounces import take_bounces
from surveybot.steps.sending.tick import TickResult, tick
from surveybot.steps.sending.timing import TIMING

log = logging.getLogger("surveybot.worker")

TICK_SECONDS, DEMO_TICK_SECONDS = 30, 2
TOLD = ("sent", "failed", "ambiguous", "suppressed", "expired", "planned")
BOUNCES_SECONDS = 300.0
RECONCILE_SECONDS = 900.0
COHORTS_AT_ONCE = 200
LONGEST_TICK_SECONDS = 60.0
"""A long queue is worked off in pieces, with a heartbeat after each."""


class Stopped(Exception):
    """Somebody asked the worker to end."""


@dataclass
class Worker:
    settings: Settings
    engine: Engine
    senders: Senders
    signer: LinkSigner
    catalogue: Catalogue
    clock: Callable[[], datetime]
    name: str = field(default_factory=lambda: socket.gethostname()[:40])
    stopping: threading.Event = field(default_factory=threading.Event)
    bounces_read_at: float = -BOUNCES_SECONDS
    counter: Callable[[], float] = time.monotonic
    watch: ClockWatch = field(default_factory=ClockWatch)
    reconciled_at: float = -RECONCILE_SECONDS
    breakers: dict[Channel, Breaker] = field(default_factory=lambda: {one: Breaker() for one in Channel})

    def run(self) -> None:
        """Tick until somebody says stop."""
        TIMING.check()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        scheduler = _scheduler(self.tick_safely, DEMO_TICK_SECONDS if self.settings.demo else TICK_SECONDS)
        try:
            scheduler.start()
        except Stopped:
            log.info("stopping: what is on the wire finishes")
            scheduler.shutdown(wait=True)
        finally:
            self.senders.close()

    def tick_safely(self) -> None:
        """One tick whose failure ends nothing: the next one comes. The error's text may hold an address."""
        try:
            if self._waits_for_the_clock():
                log.error("the clock has jumped: nothing goes out until it has been steady for ten minutes")
                return
            result = self.tick_once(most_seconds=LONGEST_TICK_SECONDS)
        except Exception as error:
            log.error("the tick failed: %s", type(error).__name__)
            return
        if any(result.as_dict()[key] for key in TOLD):
            log.info("tick: %s", result.as_dict())

    def tick_once(self, *, now: datetime | None = None, most_seconds: float | None = None) -> TickResult:
        """Send what is due, leave a heartbeat, and say what was done."""
        now = now or self.clock()
        self._read_bounces(now)
        self._reconcile(now)
        planned = look_ahead(self.engine, self.catalogue, now=now)
        result = tick(
            self.engine,
            self.senders,
            self.signer,
            self.catalogue,
            self.settings,
            now=now,
            worker=f"{self.name}:{os.getpid()}"[-40:],
            most_seconds=most_seconds,
            stopping=self.stopping.is_set,
            breakers=self.breakers,
        )
        result = replace(result, planned=planned)
        _close_ended(self.engine, now=now)
        with database.writing(self.engine) as session:
            beat(session, self.name, result=result.as_dict(), now=self.clock())
        return result

    def _waits_for_the_clock(self) -> bool:
        """Whether the wall clock has jumped, just now or while no worker ran; the heartbeat says so.

        A rehearsal's clock leaps on purpose, and the demo lives by one.
        """
        if self.settings.rehearsal or self.settings.demo:
            return False
        now, counted = self.clock(), self.counter()
        if self.watch.wall is None:
            with database.reading(self.engine) as session:
                last = beat_of(session, self.name)
            if last is not None:
                self.watch.recall(last.at, now, counted)
        if not self.watch.holds(now, counted):
            return False
        with database.writing(self.engine) as session:
            beat(session, self.name, result={WAITS_FOR_CLOCK: True}, now=now)
        return True

    def _read_bounces(self, now: datetime) -> None:
        """Every few minutes, where a mailbox is named: signing in to one is slow."""
        url, since = self.settings.bounces_url, time.monotonic() - self.bounces_read_at
        if url and since >= BOUNCES_SECONDS:
            take_bounces(self.engine, self.signer, url, now=now)
            self.bounces_read_at = time.monotonic()

    def _reconcile(self, now: datetime) -> None:
        """Once a night; where the provider gives no whole list, again after a while."""
        if time.monotonic() - self.reconciled_at < RECONCILE_SECONDS:
            return
        self.reconciled_at = time.monotonic()
        try:
            reconcile_if_due(self.engine, self.senders, now=now)
        except CannotSay as error:
            log.warning("the provider's list cannot be had: %s", error)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        """Once is enough: a second signal must not break off what the first lets finish."""
        if self.stopping.is_set():
            return
        self.stopping.set()
        raise Stopped


def look_ahead(engine: Engine, catalogue: Catalogue, *, now: datetime) -> int:
    """Open what the plans of cohorts hold for now, each cohort in a transaction of its own; how many asks."""
    with database.looking(engine) as connection:
        if not plans_are_due(connection, now=now, ahead=now + TUTORS_AHEAD):
            return 0
    with database.reading(engine) as session:
        cohorts = cohorts_due(session, now=now, limit=COHORTS_AT_ONCE)
        cohorts += cohorts_to_look_at(session, now=now, limit=COHORTS_AT_ONCE)
        reminding = reminders_due(session, now=now, ahead=TUTORS_AHEAD)
    planned = 0
    for cohort_id in dict.fromkeys(cohorts):
        with database.writing(engine) as session:
            planned += look_at(session, cohort_id, catalogue, now=now)
    if reminding:
        with database.writing(engine) as session:
            planned += remind_due(session, catalogue, now=now)
    return planned


def _close_ended(engine: Engine, *, now: datetime) -> None:
    with database.reading(engine) as session:
        ended = any_ended(session, now=now)
    if ended:
        with database.writing(engine) as session:
            close_ended(session, now=now)


def _scheduler(job: Callable[[], None], seconds: int) -> BlockingScheduler:
    """One job, in memory: a missed tick is made up for by one, and two never overlap."""
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    scheduler = BlockingScheduler(executors={"default": ThreadPoolExecutor(1)}, timezone="UTC")
    scheduler.add_job(
        job,
        "interval",
        seconds=seconds,
        next_run_time=datetime.now(scheduler.timezone),
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    return scheduler
