"""Three years in minutes: twelve people through the real steps; the whole cohort with --proof."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func
from sqlalchemy.engine import Engine
from sqlmodel import Session, SQLModel, col, select

from surveybot.catalogue import load_catalogue
from surveybot.config import Outbound, Settings
from surveybot.demo.lives import Fate, lives_of
from surveybot.demo.people import Person, everyone
from surveybot.demo.progress import Progress, ask_for_three_years, is_under_way, progress
from surveybot.demo.registry import import_roster
from surveybot.demo.school import found_school
from surveybot.demo.seed import prepare_database
from surveybot.demo.time_lapse import TimeLapse, prepare
from surveybot.demo.worker import DemoWorker
from surveybot.links import LinkSigner
from surveybot.records import database
from surveybot.records.answer.answers import Answer
from surveybot.records.answer.consents import ConsentEvent
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.delivery.opt_outs import OptOut
from surveybot.records.installations import take_over
from surveybot.records.roster.students import Route, Student
from surveybot.records.round.invitations import Invitation
from surveybot.records.round.rounds import Round
from surveybot.records.schools import School
from surveybot.records.texting.texts import InboundText
from surveybot.records.worker.rehearsal_clock import pretended_time
from surveybot.rules.answer.consent import Decision
from surveybot.rules.calendar.dates_in_words import LONDON, london_date
from surveybot.rules.delivery.contact_hours import is_contact_day
from surveybot.rules.delivery.delivery_states import MessageClass
from surveybot.senders.choose import choose_senders
from surveybot.steps.report.show_charts import charts_of
from surveybot.worker import Worker
from tests.conftest import TEST_KEY

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
FEBRUARY = datetime(2027, 2, 8, tzinfo=UTC)


def twelve() -> list[Person]:
    return [p for p in everyone(2027) if p.cohort == 2027 and not p.trait][:12]


def worker_of(settings: Settings, engine: Engine) -> Worker:
    demo = replace(settings, demo=True, rehearsal=True, instance="lapse-test")
    return Worker(
        settings=replace(demo, demo=False),
        engine=engine,
        senders=choose_senders(demo),
        signer=LinkSigner(settings.keys),
        catalogue=load_catalogue(),
        clock=lambda: NOW,
    )


def lapse_of(settings: Settings, engine: Engine, *, now: datetime = NOW) -> TimeLapse:
    worker = worker_of(settings, engine)
    with database.reading(engine) as session:
        lapse = prepare(session, worker, now=now, people=twelve())
    lapse.until = FEBRUARY
    return lapse


def settle_in(engine: Engine) -> None:
    with database.writing(engine) as session:
        take_over(session, "lapse-test", by="test", now=NOW)
        school = found_school(session, now=NOW)
        import_roster(session, school, twelve(), summer=2027, at=NOW)
    with database.writing(engine) as session:
        assert ask_for_three_years(session, now=NOW)


def said(engine: Engine) -> list[Any]:
    """Every answer: who, to what, how, and in which words."""
    query = (
        select(Student.admission_number, Round.survey, Answer.medium, Answer.content)
        .join(Invitation, col(Invitation.id) == Answer.invitation_id)
        .join(Student, col(Student.id) == Invitation.student_id)
        .join(Round, col(Round.id) == Invitation.round_id)
        .order_by(Student.admission_number, col(Answer.answered_at))
    )
    with database.reading(engine) as session:
        return [tuple(row) for row in session.exec(query)]


class AfterSteps:
    """Says stop after so many looks, as a Ctrl-C would in the middle."""

    def __init__(self, most: int) -> None:
        self.left = most

    def is_set(self) -> bool:
        self.left -= 1
        return self.left < 0


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> list[Any]:
    """What the twelve say when nobody stops them."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "whole.db").write_bytes(sqlite_template.read_bytes())
    url = f"sqlite:///{folder / 'whole.db'}"
    engine = database.make_engine(url)
    settings = Settings(
        database_url=url, keys=((1, TEST_KEY),), public_url="https://school.example.org", var=folder
    )
    settle_in(engine)
    assert lapse_of(replace(settings, outbound=Outbound("allow")), engine).live()
    found = said(engine)
    engine.dispose()
    return found


@pytest.mark.slow
def test_twelve_people_live_a_winter_and_whoever_stops_it_goes_on(
    settings: Settings, engine: Engine, uninterrupted: list[Any]
) -> None:
    settle_in(engine)
    lapse = lapse_of(settings, engine)
    lapse.worker.stopping = AfterSteps(14)  # type: ignore[assignment]
    assert lapse.live() is False
    half = _progress(engine)
    assert not half.ended and NOW < half.now < FEBRUARY
    assert pretended_time(engine, datetime.now(UTC)) >= half.now
    assert lapse_of(settings, engine, now=half.now).live() is True
    lived = _progress(engine)
    with database.reading(engine) as session:
        assert not is_under_way(session)
        asks = session.exec(select(Delivery).where(Delivery.message_class == MessageClass.ASK)).all()
    assert lived.percent == 100 and lived.answered >= 6
    assert [month.first.month for month in lived.months] == [11, 12, 1, 2]
    sent = [one.accepted_at.astimezone(LONDON) for one in asks if one.accepted_at]
    assert sent and all(8 <= at.hour < 20 and is_contact_day(at.date(), "ENG") for at in sent)
    assert len({one.dedupe_key for one in asks}) == len(asks)
    assert {survey for _, survey, *_ in uninterrupted} == {"after-mocks"}
    assert said(engine) == uninterrupted


def _progress(engine: Engine) -> Progress:
    with database.reading(engine) as session:
        lived = progress(session)
    assert lived is not None
    return lived


def test_asked_twice_the_years_are_lived_once(engine: Engine) -> None:
    settle_in(engine)
    with database.writing(engine) as session:
        assert not ask_for_three_years(session, now=NOW)
        assert is_under_way(session)


def test_every_fate_befalls_somebody_and_the_same_ones_on_every_machine() -> None:
    people = [person for person in everyone(2027) if person.cohort == 2027]
    one, two = (lives_of(people, {}, taken=[p.mobile for p in everyone(2027)]) for _ in range(2))
    assert one == two and len(one) == 180
    found = Counter(life.fate for life in one.values())
    assert set(found) == set(Fate) and found[Fate.ORDINARY] > 90
    assert 60 < sum(life.stays for life in one.values()) < 110
    granted = sum(life.contact_after_leaving is Decision.GRANTED for life in one.values())
    assert 120 < granted < 165


@pytest.fixture
def demo(tmp_path: Path, proof: bool) -> Iterator[tuple[Settings, Engine]]:
    if not proof:
        pytest.skip("180 people for three years: with --proof")
    environ = {
        "SURVEYBOT_DEMO": "1",
        "SURVEYBOT_REHEARSAL": "1",
        "SECRET_KEYS": "1:a-key-for-tests-only-0123456789abcdef",
        "SURVEYBOT_INSTANCE": "demo-test",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'demo.db'}",
    }
    settings = Settings.from_environment(environ)
    prepare_database(settings, now=NOW)
    engine = database.make_engine(settings.database_url)
    yield settings, engine
    engine.dispose()


@pytest.mark.slow
def test_a_whole_cohort_lives_three_years(demo: tuple[Settings, Engine]) -> None:
    """180 people to the goodbye, within three minutes of one processor, and the charts are full."""
    settings, engine = demo
    with database.writing(engine) as session:
        ask_for_three_years(session, now=NOW)
    worker = DemoWorker(
        settings=settings,
        engine=engine,
        senders=choose_senders(settings),
        signer=LinkSigner(settings.keys),
        catalogue=load_catalogue(),
        clock=lambda: NOW,
    )
    began = time.process_time()
    worker.tick_safely()
    seconds = time.process_time() - began
    with database.reading(engine) as session:
        lived = progress(session)
        assert lived is not None and lived.ended and london_date(lived.now) == date(2030, 7, 31)
        assert seconds < 180
        _all_kinds_of_lives(session)
        school = session.exec(select(School)).one()
        charts = charts_of(session, school, worker.catalogue, leaving=2027, year_group=11, now=lived.now)
    assert charts.destinations.columns == (0, 1, 2, 3)
    assert all(known > 100 for known in charts.destinations.known)
    assert {one.row.survey for one in charts.rounds} >= {
        "after-mocks", "before-leaving", "results-day", "enrolled", "check-in-november", "check-in-spring",
        "check-in-year-2", "check-in-year-3", "goodbye",
    }  # fmt: skip
    print(f"three years took {seconds:.0f} s of one processor, {lived.sent} messages")


def _all_kinds_of_lives(session: Session) -> None:
    """Answers by page, by text and by staff; stops, wrong and dead numbers, consent taken back."""

    def count(model: type[SQLModel], *where: Any) -> int:
        return session.exec(select(func.count()).select_from(model).where(*where)).one()

    media = dict(session.exec(select(Answer.medium, func.count()).group_by(Answer.medium)).all())
    assert all(media[medium] > 20 for medium in ("sms", "email", "staff"))
    assert count(OptOut) >= 2 and count(InboundText) > 200
    assert count(ConsentEvent, ConsentEvent.decision == Decision.WITHDRAWN) >= 5
    bad = dict(session.exec(select(Route.bad_reason, func.count()).group_by(Route.bad_reason)).all())
    assert bad.get("wrong_number", 0) >= 1 and bad.get("unknown_number", 0) >= 2
