"""Four years, tick by tick: every occurrence once or with a reason, nothing twice, whoever dies on the way.

The short form lives with twenty people to the winter after Year 11, `--proof` with a thousand to the end.
Empty stretches are left out; that they are empty is shown by living some of them both ways.
"""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.catalogue import load_catalogue
from surveybot.config import Settings
from surveybot.records import database, migrations
from surveybot.records.deliveries import Delivery
from surveybot.records.planned import PlannedOccurrence, PlannedReminder, PlannedState
from surveybot.rules.academic_year import current_summer
from surveybot.rules.contact_hours import is_allowed
from surveybot.rules.dates_in_words import LONDON, london_date
from surveybot.rules.delivery_states import DeliveryState
from tests.proof.years import END, Years, settle_in

FEW, MANY, MANY_ON_POSTGRESQL = 20, 1000, 250
CLOCK_CHANGES = 9  # October 2026 to October 2030


def lived(
    engine: Engine, settings: Settings, proof: bool, *, until: datetime = END, **changes: object
) -> Years:
    if not proof and engine.dialect.name == "postgresql":
        pytest.skip("the short form lives on SQLite alone")
    few = {} if proof else {"answers_after_hours": (2,)}
    many = MANY if engine.dialect.name == "sqlite" else MANY_ON_POSTGRESQL
    years = Years(engine, settings, people=many if proof else FEW, **few, **changes)  # type: ignore[arg-type]
    settle_in(years)
    years.run(END if proof else until)
    return years


def rows(engine: Engine) -> list[PlannedOccurrence]:
    with database.reading(engine) as session:
        return list(session.exec(select(PlannedOccurrence)))


def by_id(engine: Engine) -> dict[int, Delivery]:
    with database.reading(engine) as session:
        return {row.id: row for row in session.exec(select(Delivery)) if row.id is not None}


def check_every_occurrence(years: Years) -> None:
    """Opened rows have one message, sent once or ended with a reason; the others say why not."""
    deliveries = by_id(years.engine)
    times = Counter(one.message.delivery_id for one in years.ledger.sent)
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
            assert times[delivery.id or 0] == 1 or (delivery.maybe_duplicate and years.kill_weekly)
        else:
            assert delivery.state in (DeliveryState.SUPPRESSED, DeliveryState.EXPIRED), delivery
            assert delivery.reason, delivery


def check_ledger(years: Years) -> None:
    """Nothing twice, nothing outside the window, nobody too often."""
    deliveries = by_id(years.engine)
    asks = [one for one in years.ledger.sent if deliveries[one.message.delivery_id].message_class == "ask"]
    assert asks
    keys = Counter(deliveries[one.message.delivery_id].dedupe_key for one in asks)
    twice = {key for key, count in keys.items() if count > 1}
    again = {row.dedupe_key for row in deliveries.values() if row.maybe_duplicate}
    assert twice <= again and (not twice or years.kill_weekly)
    assert max(keys.values()) <= 2
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
        if one.path == "in_school" or one.destination_year in (1, 2, 3):
            assert (one.survey, one.destination_year) in seen, one
    assert any(survey == "goodbye" for survey, _ in seen)


def check_reminders(years: Years) -> None:
    with database.reading(years.engine) as session:
        reminders = list(session.exec(select(PlannedReminder)))
    assert reminders
    for one in (one for one in reminders if one.due_at < years.now - timedelta(days=2)):
        assert one.state in (PlannedState.OPENED, PlannedState.SKIPPED), one
        assert one.state is PlannedState.OPENED or one.reason


@pytest.mark.parametrize("workers", [1, 2])
def test_every_occurrence_of_four_years_comes_once_or_says_why_not(
    engine: Engine, settings: Settings, proof: bool, workers: int
) -> None:
    if workers == 1 and not proof:
        pytest.skip("the short form lives with two workers")
    years = lived(engine, settings, proof, until=datetime(2028, 1, 31, tzinfo=UTC), workers=workers)
    check_every_occurrence(years)
    check_ledger(years)
    check_clock(years)
    check_reminders(years)
    if proof:
        check_lives(years)


def test_a_worker_that_dies_every_week_changes_nothing(
    engine: Engine, settings: Settings, proof: bool
) -> None:
    until = datetime(2027, 2, 28, tzinfo=UTC)
    years = lived(engine, settings, proof, until=until, workers=2, kill_weekly=True)
    assert years.deaths > (100 if proof else 3)
    check_ledger(years)
    check_every_occurrence(years)


@pytest.mark.parametrize("start", ["2026-09-21T00:00", "2026-10-22T00:00"])
def test_what_is_left_out_of_the_simulation_is_empty(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory, proof: bool, start: str
) -> None:
    """Days lived with every tick, and with the skipped ones left out, give the same ledger."""
    begin = datetime.fromisoformat(start).replace(tzinfo=UTC)
    if not proof and begin.month == 10:
        pytest.skip("the short form lives through the first of two stretches")
    ledgers = []
    for skipping in (True, False):
        own = database.make_engine(f"sqlite:///{tmp_path_factory.mktemp('years') / 'years.db'}")
        migrations.upgrade(own)
        years = Years(own, settings, people=10)
        settle_in(years)
        years.run(begin, skipping=True)
        years.now = begin
        years.run(begin + timedelta(days=35 if proof else 1), skipping=skipping)
        ledgers.append(sorted((one.at, one.message.to, one.message.subject) for one in years.ledger.sent))
        own.dispose()
    assert ledgers[0] == ledgers[1] and ledgers[0]
