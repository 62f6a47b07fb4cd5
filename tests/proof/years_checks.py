"""What must hold after simulated years, whoever died on the way."""

import time
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.catalogue import load_catalogue
from surveybot.records import database
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.plan.planned import PlannedOccurrence, PlannedReminder, PlannedState
from surveybot.records.round.rounds import Round
from surveybot.records.round.tutor_rounds import PlannedTutorRound
from surveybot.rules.calendar.academic_year import current_summer
from surveybot.rules.calendar.dates_in_words import LONDON, london_date
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.contact_hours import is_allowed
from surveybot.rules.delivery.delivery_states import DeliveryState
from tests.proof.years import END, Years
from tests.proof.years_expected import Fate, expected

CLOCK_CHANGES = 9  # October 2026 to October 2030


def rows(engine: Engine) -> list[PlannedOccurrence]:
    with database.reading(engine) as session:
        return list(session.exec(select(PlannedOccurrence)))


def by_id(engine: Engine) -> dict[int, Delivery]:
    with database.reading(engine) as session:
        return {row.id: row for row in session.exec(select(Delivery)) if row.id is not None}


def check_every_occurrence(years: Years) -> None:
    """Opened rows have one message, sent once or ended with a reason; the others say why not."""
    deliveries = by_id(years.engine)
    times = Counter(one.message.delivery_id for one in years.sent)
    firsts = {
        (row.round_id, row.student_id): row
        for row in deliveries.values()
        if row.step in ("invitation", "goodbye")
    }
    for row in rows(years.engine):
        if row.due_at > min(END, years.now) - timedelta(days=2):
            continue
        assert row.settled_at is not None, row
        if row.state is PlannedState.SKIPPED:
            assert row.reason, row
            continue
        assert row.state is PlannedState.OPENED, row
        delivery = firsts[row.round_id, row.student_id]
        if times[delivery.id or 0]:
            again = delivery.maybe_duplicate and years.kill_weekly and delivery.channel is Channel.EMAIL
            assert times[delivery.id or 0] == 1 or again, delivery
        else:
            assert delivery.state in (DeliveryState.SUPPRESSED, DeliveryState.EXPIRED), delivery
            assert delivery.reason, delivery


def check_everybody_had_theirs(years: Years) -> None:
    """The provider took for each person exactly the first messages that a diary written by hand says."""
    deliveries, rounds = by_id(years.engine), _surveys(years.engine)
    took: dict[int, set[tuple[str, date]]] = defaultdict(set)
    for one in years.sent:
        row = deliveries[one.message.delivery_id]
        if row.step in ("invitation", "goodbye") and row.student_id and row.round_id:
            took[row.student_id].add((rounds[row.round_id], london_date(one.at)))
    until = london_date(years.now - timedelta(days=2))
    wrong = {
        number: (sorted(found - wanted), sorted(wanted - found))
        for number in range(1, years.people + 1)
        if not Fate(number).is_muddled
        if (found := {one for one in took[number] if one[1] <= until}) != (wanted := expected(number, until))
    }
    assert not wrong, f"had what they should not, and did not have what they should: {wrong}"


def _surveys(engine: Engine) -> dict[int, str]:
    with database.reading(engine) as session:
        return {row.id: row.survey for row in session.exec(select(Round)) if row.id is not None}


def check_ledger(years: Years) -> None:
    """Nothing twice, nothing outside the window, nobody too often.

    An email whose acceptance nobody saw may come once more, and is marked; a text never (RFC 1047).
    """
    deliveries = by_id(years.engine)
    asks = [one for one in years.sent if deliveries[one.message.delivery_id].message_class == "ask"]
    assert asks
    keys = Counter(deliveries[one.message.delivery_id].dedupe_key for one in asks)
    twice = {key for key, count in keys.items() if count > 1}
    again = {row.dedupe_key for row in deliveries.values() if row.maybe_duplicate}
    assert twice <= again and (not twice or years.kill_weekly)
    assert max(keys.values()) <= 2
    assert {row.channel for row in deliveries.values() if row.dedupe_key in twice} <= {Channel.EMAIL}
    days: dict[int, list[date]] = defaultdict(list)
    for one in asks:
        row = deliveries[one.message.delivery_id]
        assert is_allowed(one.at), one
        if row.dedupe_key not in again and row.student_id is not None:
            days[row.student_id].append(london_date(one.at))
    for person, asked in days.items():
        assert len(set(asked)) == len(asked), person
        for day in asked:
            assert sum(timedelta(0) <= day - other < timedelta(days=30) for other in asked) <= 4, person


def check_clock(years: Years) -> None:
    """First messages go at ten on the wall, or at eight on results day, in winter and in summer."""
    for row in rows(years.engine):
        local = row.due_at.astimezone(LONDON)
        assert (local.hour, local.minute) == ((8, 0) if row.survey == "results-day" else (10, 0))
    offsets = [
        datetime(2026, 9, 1, tzinfo=UTC) + timedelta(days=day) for day in range((END.year - 2026) * 365 + 61)
    ]
    changes = sum(
        a.astimezone(LONDON).utcoffset() != b.astimezone(LONDON).utcoffset() for a, b in pairwise(offsets)
    )
    assert changes == CLOCK_CHANGES


def check_lives(years: Years) -> None:
    """Who died hears nothing after it; each survey of a school year is asked once."""
    asked = Counter(
        (row.student_id, row.survey, current_summer(london_date(row.due_at)))
        for row in rows(years.engine)
        if row.state is PlannedState.OPENED and row.step not in ("spring", "left-early", "year-12-june")
    )
    assert max(asked.values()) == 1
    plan = load_catalogue().check_ins
    seen = {(row.survey, row.destination_year) for row in rows(years.engine) if row.state == "opened"}
    for one in plan.check_ins:
        if one.path == "in_school" or (one.path == "leaver" and one.destination_year in (1, 2, 3)):
            assert (one.survey, one.destination_year) in seen, one
    assert any(survey == "goodbye" for survey, _ in seen)


def check_reminders(years: Years) -> None:
    with database.reading(years.engine) as session:
        reminders = list(session.exec(select(PlannedReminder)))
    assert reminders
    for one in (one for one in reminders if one.due_at < years.now - timedelta(days=2)):
        assert one.state in (PlannedState.OPENED, PlannedState.SKIPPED), one
        assert one.state is PlannedState.OPENED or one.reason


def check_tutor_rounds(years: Years) -> None:
    """Tutors are asked of each cohort as planned, or it says why not; nobody gets the same letter twice."""
    with database.reading(years.engine) as session:
        planned = list(session.exec(select(PlannedTutorRound)))
    assert planned
    for one in (one for one in planned if one.due_at < years.now - timedelta(days=2)):
        assert one.state is PlannedState.OPENED or (one.state is PlannedState.SKIPPED and one.reason), one
    staff = {row.id: row.dedupe_key for row in by_id(years.engine).values() if row.staff_id is not None}
    letters = Counter(
        staff[one.message.delivery_id] for one in years.sent if one.message.delivery_id in staff
    )
    assert letters and (years.kill_weekly or max(letters.values()) == 1)


def say(years: Years, what: str, began: float) -> None:
    """One line for whoever reads the run."""
    settled = Counter(
        f"left out: {row.reason}" if row.state is PlannedState.SKIPPED else row.state.value
        for row in rows(years.engine)
    )
    print(
        f"\nPROOF {what}, {years.engine.dialect.name}: {years.people} people, {years.ticks} ticks, "
        f"{len(years.sent)} messages, {years.deaths} workers killed, {dict(settled)}, "
        f"{time.monotonic() - began:.0f} s"
    )
