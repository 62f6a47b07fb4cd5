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
from surveybot.records.plan.plan_troubles import REMINDERS, all_troubles, end_trouble
from surveybot.records.plan.planned import cohorts_by_id, cohorts_due, cohorts_to_look_at, schools_to_remind
from surveybot.records.round.rounds import any_ended
from surveybot.records.worker.due_work import plans_are_due
from surveybot.records.worker.trusted_clock import clock_in_doubt, trust, trusted_clock
from surveybot.records.worker.worker_beats import WAITS_FOR_CLOCK, beat, beat_of
from surveybot.rules.calendar.clock_jumps import ClockWatch, is_far_leap
from surveybot.rules.delivery.channels import Channel
from surveybot.senders.base import CannotSay, Senders
from surveybot.steps.plan.ask_about_clock import ask_about_clock
from surveybot.steps.plan.open_due import look_at
from surveybot.steps.plan.put_aside import put_aside
from surveybot.steps.plan.remind_due import TUTORS_AHEAD, remind_due
from surveybot.steps.round.close_ended import close_ended
from surveybot.steps.sending.breaker import Breaker
from surveybot.steps.sending.reconcile import reconcile_if_due
from surveybot.steps.sending.take_bounces import take_bounces
from surveybot.steps.sending.tick import TickResult, tick
from surveybot.steps.sending.timing import TIMING

log = logging.getLogger("surveybot.worker")

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
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
        for number in STOP_SIGNALS:
            signal.signal(number, self._stop)
        scheduler = _scheduler(self.tick_safely, DEMO_TICK_SECONDS if self.settings.demo else TICK_SECONDS)
        try:
            scheduler.start()
        except Stopped:
            log.info("stopping: what is on the wire finishes")
            scheduler.shutdown(wait=True)
        finally:
            self.senders.close()
            for number in STOP_SIGNALS:  # Python gives up its handlers before the process has ended
                signal.signal(number, signal.SIG_IGN)

    def tick_safely(self) -> None:
        """One tick whose failure ends nothing: the next one comes. The error's text may hold an address."""
        try:
            if self.asks_about_the_clock():
                log.error(
                    "the clock has leapt too far: nothing goes out until a person says that it is right"
                )
                self._tell_staff_alone()
                return
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
        result = replace(self._send(now, most_seconds=most_seconds), planned=planned)
        _close_ended(self.engine, now=now)
        with database.writing(self.engine) as session:
            beat(session, self.name, result=result.as_dict(), now=self.clock())
            if not self._lives_by_another_clock:
                trust(session, now=now)
        return result

    def asks_about_the_clock(self) -> bool:
        """Whether the wall clock is so far from the last time that was right that a person has to say so."""
        if self._lives_by_another_clock:
            return False
        now = self.clock()
        with database.reading(self.engine) as session:
            row = trusted_clock(session)
        if row is None:
            return False
        leap = self.watch.leap(now, self.counter())
        if leap is None and row.asks_since is not None:  # a worker saw it that runs no more
            leap = now - row.right_at
        if not is_far_leap(now, row.right_at, leap=leap):
            return False
        with database.writing(self.engine) as session:
            ask_about_clock(session, row, now=now)
            beat(session, self.name, result={WAITS_FOR_CLOCK: True}, now=now)
        return True

    @property
    def _lives_by_another_clock(self) -> bool:
        """A rehearsal's clock leaps on purpose, and the demo lives by one."""
        return self.settings.rehearsal or self.settings.demo

    def _send(
        self, now: datetime, *, most_seconds: float | None, staff_since: datetime | None = None
    ) -> TickResult:
        return tick(
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
            staff_since=staff_since,
        )

    def _tell_staff_alone(self) -> None:
        """Whoever is asked must hear of it, and be able to sign in."""
        with database.reading(self.engine) as session:
            row = clock_in_doubt(session)
        if row is not None:
            self._send(self.clock(), most_seconds=LONGEST_TICK_SECONDS, staff_since=row.asks_since)

    def _waits_for_the_clock(self) -> bool:
        """Whether the wall clock has jumped, just now or while no worker ran; the heartbeat says so."""
        if self._lives_by_another_clock:
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
    """Open what the plans of cohorts hold for now, and remind; how many asks.

    Each cohort, and each school's reminders, in a transaction of its own: one that fails is put aside.
    """
    with database.looking(engine) as connection:
        if not plans_are_due(connection, now=now, ahead=now + TUTORS_AHEAD):
            return 0
    with database.reading(engine) as session:
        troubles = {(one.school_id, one.cohort_id): one for one in all_troubles(session)}
        resting = {key for key, one in troubles.items() if one.try_again_at > now}
        but_not = [cohort_id for _, cohort_id in resting]
        cohorts = cohorts_due(session, now=now, limit=COHORTS_AT_ONCE, but_not=but_not)
        cohorts += cohorts_to_look_at(session, now=now, limit=COHORTS_AT_ONCE, but_not=but_not)
        parts = [(row.school_id, row.id or 0) for row in cohorts_by_id(session, cohorts)]
        reminding = schools_to_remind(session, now=now, ahead=TUTORS_AHEAD)
        parts += [(school, REMINDERS) for school in reminding if (school, REMINDERS) not in resting]
    return sum(_look_at_part(engine, catalogue, *part, troubled=part in troubles, now=now) for part in parts)


def _look_at_part(
    engine: Engine, catalogue: Catalogue, school_id: int, cohort_id: int, *, troubled: bool, now: datetime
) -> int:
    try:
        with database.writing(engine) as session:
            if cohort_id == REMINDERS:
                asked = remind_due(session, school_id, catalogue, now=now)
            else:
                asked = look_at(session, cohort_id, catalogue, now=now)
            if troubled:
                end_trouble(session, school_id, cohort_id)
            return asked
    except Exception as error:
        with database.writing(engine) as session:
            row = put_aside(session, school_id, cohort_id, error, now=now)
        log.error("the plan of school %s, cohort %s, failed: %s", school_id, cohort_id or "-", row.error)
        return 0


def _close_ended(engine: Engine, *, now: datetime) -> None:
    with database.reading(engine) as session:
        ended = any_ended(session, now=now)
    if ended:
        with database.writing(engine) as session:
            close_ended(session, now=now)


def _scheduler(job: Callable[[], None], seconds: int) -> BlockingScheduler:
    """One job, in memory: a missed tick is made up for by one, and two never overlap.

    It ticks on the full minute, and so at eight sharp on results day; the first tick is one that was missed.
    """
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    scheduler = BlockingScheduler(executors={"default": ThreadPoolExecutor(1)}, timezone="UTC")
    scheduler.add_job(
        job,
        "interval",
        seconds=seconds,
        next_run_time=datetime.fromtimestamp(time.time() // seconds * seconds, scheduler.timezone),
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    return scheduler
