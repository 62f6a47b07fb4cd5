"""Three years in minutes: the real worker and the real steps, under a clock that jumps to whatever is next.

How far it has come stands in the database: the clock is set in the transaction of every deed. Whoever starts
it again goes on from there.
"""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlmodel import Session

from surveybot.demo.contacts import reply_to_proof
from surveybot.demo.deeds import Asked
from surveybot.demo.lives import Life, lives_of
from surveybot.demo.people import Person, everyone
from surveybot.demo.progress import ENDED, end_of, note_months, progress
from surveybot.demo.reactions import Deed, reactions_to
from surveybot.demo.school import URN
from surveybot.demo.school_years import Marlbridge, deeds_of, start_plan, tell_tutor
from surveybot.demo.traits import with_traits
from surveybot.records import database
from surveybot.records.audit import last_deed, note_deed
from surveybot.records.lived_past import SEEDED, students_by_admission_number
from surveybot.records.schools import find_school
from surveybot.records.staff import posts_of
from surveybot.records.time_lapse import (
    clock_was_set,
    first_intentions,
    look_at_everything,
    newest_cohort,
    next_due_at,
    proofs_asked_since,
    put_off_looks,
    received_since,
)
from surveybot.records.worker.rehearsal_clock import set_clock
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.steps.plan.plan_check_ins import LOOK_EVERY
from surveybot.steps.texting.desk import Desk
from surveybot.worker import Worker

GRID = timedelta(minutes=10)
TOGETHER = timedelta(hours=2)
MOST_TOGETHER = 20
"""Deeds that are so close share a transaction."""

TEXT_AFTER_EMAIL = timedelta(hours=72, minutes=1)
REMEMBERED = timedelta(days=40)
"""Nobody reacts later than this; so far back a new start looks for what is still to come."""


@dataclass
class TimeLapse:
    """The cohort's three years, lived by the worker that is handed in."""

    worker: Worker
    place: Marlbridge
    since: datetime  # what happened until then is done
    now: datetime
    until: datetime
    deeds: list[tuple[datetime, str, int, Deed]] = field(default_factory=list)
    soon: list[datetime] = field(default_factory=list)
    counted: int = 0
    looks: bool = True  # the worker compares the plans with the roster in its next tick
    life_of: dict[int, Life] = field(default_factory=dict)

    def live(self) -> bool:
        """Until the end (True), or until the worker is told to stop (False)."""
        with database.writing(self.worker.engine) as session:
            self._wake_up(session)
        while self.now < self.until:
            if self.worker.stopping.is_set():
                return False
            self._step()
        with database.writing(self.worker.engine) as session:
            note_months(session, now=self.now, also_this=True)
            look_at_everything(session, now=self.now)
            note_deed(session, ENDED, at=self.now, school_id=self.place.school_id)
        return True

    def _wake_up(self, session: Session) -> None:
        """The plan runs, the deeds that are sure to come are known, and so are those that are under way."""
        known = students_by_admission_number(session, self.place.school_id)
        self.life_of = {
            row.id: self.place.lives[number]
            for number, row in known.items()
            if number in self.place.lives and row.id is not None
        }
        start_plan(self._desk(session), self.place, leaving=self.place.summer, year_group=11)
        self._expect(deed for deed in deeds_of(self.place) if deed.at > self.since)
        self._react(session, since=self.since - REMEMBERED)
        self.soon.append(self.now)

    def _expect(self, deeds: Iterable[Deed]) -> None:
        for deed in deeds:
            self.counted += 1
            heapq.heappush(self.deeds, (deed.at, deed.key, self.counted, deed))

    def _step(self) -> None:
        """The next deeds, or the next tick, whichever comes first."""
        tick_at = min(self._tick_at(), self.until)
        if self.deeds and self.deeds[0][0] <= tick_at:
            self._do_together(tick_at)
        else:
            self._tick(tick_at)

    def _tick_at(self) -> datetime:
        while self.soon and self.soon[0] < self.now:
            heapq.heappop(self.soon)
        with database.reading(self.worker.engine) as session:
            due = next_due_at(session, after=self.now)
        moments = [*self.soon[:1], *([_on_grid(due)] if due else [])]
        return min(moments, default=self.until)

    def _do_together(self, before: datetime) -> None:
        last = min(before, self.deeds[0][0] + TOGETHER)
        with database.writing(self.worker.engine) as session:
            done, sends = 0, False
            while self.deeds and self.deeds[0][0] <= last and done < MOST_TOGETHER:
                deed = heapq.heappop(self.deeds)[-1]
                self._move_to(deed.at)
                deed.do(self._desk(session))
                done += 1
                self.looks = self.looks or deed.changes_plan
                sends = sends or deed.sends
            self._keep(session)
        if sends:
            heapq.heappush(self.soon, _on_grid(self.now))

    def _tick(self, at: datetime) -> None:
        self._move_to(at)
        while self.soon and self.soon[0] <= self.now:
            heapq.heappop(self.soon)
        with database.writing(self.worker.engine) as session:
            self._keep(session)
            if not self.looks:
                put_off_looks(session, now=self.now, until=self.now + LOOK_EVERY)
        self.looks = False
        result = self.worker.tick_once(now=self.now)
        if result.sent or result.planned:
            heapq.heappush(self.soon, self.now + GRID)
            with database.reading(self.worker.engine) as session:
                self._react(session, since=self.now)
        else:
            self.now += timedelta(seconds=1)

    def _react(self, session: Session, *, since: datetime) -> None:
        for received in received_since(session, since):
            message = received.message
            assert message.accepted_at is not None
            if message.staff_id is not None:
                self._letter(session, message.staff_id, received.about.id or 0, message.accepted_at)
            life = self.life_of.get(message.student_id or 0)
            if life is not None:
                self._expect([d for d in reactions_to(Asked(received, life)) if d.at > self.since])
                heapq.heappush(self.soon, _on_grid(message.accepted_at + TEXT_AFTER_EMAIL))

        for message, proof in proofs_asked_since(session, since):
            life = self.life_of.get(proof.student_id)
            deed = reply_to_proof(life, message, proof) if life else None
            self._expect([deed] if deed and deed.at > self.since else [])

    def _letter(self, session: Session, staff_id: int, round_id: int, at: datetime) -> None:
        for post in posts_of(session, staff_id):
            if post.tutor_group and at + timedelta(hours=5) > self.since:
                do = partial(
                    tell_tutor,
                    place=self.place,
                    round_id=round_id,
                    staff_id=staff_id,
                    tutor_group=post.tutor_group,
                )
                self._expect([Deed(at + timedelta(hours=5), f"tutor {staff_id}", do)])

    def _move_to(self, at: datetime) -> None:
        self.now = max(self.now, at)

    def _keep(self, session: Session) -> None:
        """The clock stands where we are, in the same transaction as what was done."""
        before = clock_was_set(session)
        set_clock(session, self.now, real=datetime.now(UTC))
        if before is None or london_date(before).month != london_date(self.now).month:
            note_months(session, now=self.now)

    def _desk(self, session: Session) -> Desk:
        worker = self.worker
        return Desk(session, worker.catalogue, worker.settings, worker.signer, self.now)


def prepare(
    session: Session, worker: Worker, *, now: datetime, people: Sequence[Person] | None = None
) -> TimeLapse:
    """The cohort of the youngest Year 11, from where it stands; `people` are all whom the office knows."""
    school = find_school(session, URN)
    assert school is not None
    assert school.id is not None
    summer = newest_cohort(session, school.id)
    assert summer is not None
    seeded = last_deed(session, SEEDED)
    people = people or with_traits(everyone(summer), on=london_date(seeded.at if seeded else now))
    place = cast(session, school.id, people, summer=summer)
    asked = progress(session)
    return TimeLapse(
        worker, place, since=min(now, asked.now) if asked else now, now=now, until=end_of(summer)
    )


def cast(session: Session, school_id: int, people: Sequence[Person], *, summer: int) -> Marlbridge:
    """Who is who, and what becomes of each of the cohort."""
    known = students_by_admission_number(session, school_id)
    cohort = [p for p in people if p.cohort == summer and p.admission_number in known]
    ids = {known[p.admission_number].id or 0: p.admission_number for p in cohort}
    told = {ids[student_id]: fact for student_id, fact in first_intentions(session, list(ids)).items()}
    numbers = [number for p in people for number in (p.mobile, p.parent.mobile)]
    lives = lives_of(cohort, told, taken=numbers)
    with_cohort = [lives[p.admission_number].person if p.admission_number in lives else p for p in people]
    return Marlbridge(school_id, summer, with_cohort, lives)


def _on_grid(at: datetime) -> datetime:
    """The next time at which a worker that looks every ten minutes comes by."""
    strides = -(-(at - datetime(2000, 1, 1, tzinfo=UTC)) // GRID)
    return datetime(2000, 1, 1, tzinfo=UTC) + strides * GRID
