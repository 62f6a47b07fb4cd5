"""The seeded school has what is promised; starting again keeps it; half a seeding is done anew."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func
from sqlalchemy.engine import Engine
from sqlmodel import Session, SQLModel, col, select

from surveybot.config import Settings
from surveybot.demo import seed
from surveybot.demo.calendar import open_now, opened_at, results_day, this_year
from surveybot.demo.school import LEADER
from surveybot.demo.seed import NotForTheDemo, prepare_database
from surveybot.demo.welcome import block, open_doors
from surveybot.records import database, migrations
from surveybot.records.answer.answers import Answer
from surveybot.records.answer.consents import ConsentEvent, Objection
from surveybot.records.audit import note_deed
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.destination.destinations import DestinationFact
from surveybot.records.lived_past import SEEDED
from surveybot.records.roster.students import Leaving, Student
from surveybot.records.round.invitations import Invitation
from surveybot.records.round.rounds import Round, RoundState
from surveybot.records.schools import School
from surveybot.rules.answer.consent import Decision
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.rules.roster.people import LeavingKind, StudentState

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("demo")
    environ = {
        "SURVEYBOT_DEMO": "1",
        "SECRET_KEYS": "1:a-key-for-tests-only-0123456789abcdef",
        "SURVEYBOT_INSTANCE": "demo-test",
        "DATABASE_URL": f"sqlite:///{folder / 'demo.db'}",
    }
    return Settings.from_environment(environ)


@pytest.fixture(scope="module")
def engine(settings: Settings) -> Iterator[Engine]:
    assert prepare_database(settings, now=NOW) is True
    engine = database.make_engine(settings.database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with database.reading(engine) as session:
        yield session


def counts(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in SQLModel.metadata.tables.items()
        }


@pytest.mark.slow
def test_starting_again_changes_nothing(settings: Settings, engine: Engine) -> None:
    before = counts(engine)
    assert prepare_database(settings, now=NOW + timedelta(days=30)) is False
    assert counts(engine) == before


@pytest.mark.slow
def test_cohorts_are_as_promised_and_leavers_have_left(session: Session) -> None:
    rows = session.exec(
        select(Leaving.year_group, Leaving.summer, func.count(), func.count(col(Leaving.left_on)))
        .where(Leaving.kind != LeavingKind.EARLY)
        .group_by(col(Leaving.year_group), col(Leaving.summer))
    )
    found = {(group, summer): (people, left) for group, summer, people, left in rows}
    assert found[11, 2027] == (180, 0)
    assert found[13, 2027] == (110, 0)
    for summer in (2024, 2025, 2026):
        assert found[13, summer][0] == found[13, summer][1] > 90
        assert 80 < found[11, summer][1] < found[11, summer][0]  # the others are in the sixth form
    early = session.exec(select(Leaving).where(Leaving.kind == LeavingKind.EARLY)).all()
    assert len(early) == 1


@pytest.mark.slow
def test_the_dead_are_never_written_to(session: Session) -> None:
    dead = session.exec(select(Student.id).where(Student.state == StudentState.DECEASED)).all()
    assert len(dead) == 2
    assert session.exec(select(Delivery).where(col(Delivery.student_id).in_(dead))).all() == []
    skipped = session.exec(select(Invitation.skipped).where(col(Invitation.student_id).in_(dead))).all()
    assert set(skipped) == {"deceased"}


@pytest.mark.slow
def test_one_round_is_open_with_answers_and_silence(session: Session) -> None:
    row = session.exec(select(Round).where(Round.state == RoundState.OPEN)).one()
    assert (row.survey, row.year_group, row.leaving) == ("autumn-intentions", 11, 2027)
    people = session.exec(select(Invitation).where(Invitation.round_id == row.id)).all()
    assert len(people) == 180
    assert 80 <= sum(one.answered_at is not None for one in people) <= 125
    assert 3 <= sum(one.wants_help for one in people) <= 40
    assert all(one.answered_at <= NOW for one in people if one.answered_at)
    sent = session.exec(select(Delivery).where(Delivery.round_id == row.id)).all()
    assert all(
        one.body_text for one in sent if one.state in (DeliveryState.ACCEPTED, DeliveryState.DELIVERED)
    )


@pytest.mark.slow
def test_every_kind_of_word_about_consent_is_there(session: Session) -> None:
    decisions = dict(
        session.exec(select(ConsentEvent.decision, func.count()).group_by(ConsentEvent.decision)).all()
    )
    assert decisions[Decision.GRANTED] > decisions[Decision.REFUSED] > 50
    assert decisions[Decision.ASKED_NO_ANSWER] > 50
    assert len(session.exec(select(Objection)).all()) == 3


@pytest.mark.slow
def test_past_answers_became_facts_of_many_kinds(session: Session) -> None:
    assert len(session.exec(select(Answer.id)).all()) > 1500
    kinds = session.exec(select(DestinationFact.destination).distinct()).all()
    assert len(kinds) >= 12


@pytest.mark.slow
def test_the_welcome_names_four_doors(settings: Settings, engine: Engine) -> None:
    with database.writing(engine) as session:
        text = block(open_doors(session, settings, now=NOW))
    for wanted in ("/staff/sign-in/", "/r/", "/demo/phone", "/demo/mail", LEADER):
        assert wanted in text


def test_half_a_seeding_is_thrown_away_and_done_again(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = replace(settings, database_url=f"sqlite:///{tmp_path / 'demo.db'}")

    def breaks_down(aside: Settings, *, now: datetime) -> None:
        write_school(aside.database_url, deed="began")
        raise KeyboardInterrupt

    def works(aside: Settings, *, now: datetime) -> None:
        write_school(aside.database_url, deed=SEEDED)

    monkeypatch.setattr(seed, "_seed", breaks_down)
    with pytest.raises(KeyboardInterrupt):
        prepare_database(here, now=NOW)
    monkeypatch.setattr(seed, "_seed", works)
    assert prepare_database(here, now=NOW) is True
    assert prepare_database(here, now=NOW) is False
    assert not list(tmp_path.glob("seeding.db*"))


def test_a_database_with_other_schools_is_left_alone(settings: Settings, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'real.db'}"
    write_school(url, deed="school_added")
    with pytest.raises(NotForTheDemo):
        prepare_database(replace(settings, database_url=url), now=NOW)


def write_school(url: str, *, deed: str) -> None:
    engine = database.make_engine(url)
    migrations.upgrade(engine)
    with database.writing(engine) as session:
        session.add(School(urn="123456", name="Hillview School", created_at=NOW))
        note_deed(session, deed, at=NOW)
    engine.dispose()


@pytest.mark.parametrize(
    ("now", "survey"),
    [
        (datetime(2026, 9, 1, 0, 30, tzinfo=UTC), "autumn-intentions"),
        (datetime(2027, 1, 4, 12, 0, tzinfo=UTC), "after-mocks"),
        (datetime(2027, 6, 15, 12, 0, tzinfo=UTC), "before-leaving"),
        (datetime(2027, 8, 26, 9, 0, tzinfo=UTC), "results-day"),
        (datetime(2027, 8, 31, 22, 0, tzinfo=UTC), "results-day"),
    ],
)
def test_whatever_the_day_a_fitting_round_is_open_and_nothing_lies_ahead(now: datetime, survey: str) -> None:
    assert open_now(now) == survey
    year = this_year(now)
    assert year.roster_at <= opened_at(now) <= now
    assert all(past.opens_at >= year.roster_at for past in year.rounds)
    assert all(past.opens_at + timedelta(days=past.days) < now for past in year.rounds)


def test_gcse_results_come_on_the_thursday_that_people_know() -> None:
    assert [results_day(11, year).day for year in (2024, 2025, 2026, 2027)] == [22, 21, 20, 19]
    assert [results_day(13, year).day for year in (2024, 2025, 2026, 2027)] == [15, 14, 13, 12]
