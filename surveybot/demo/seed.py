"""Fill the demo's database once: whole, or not at all.

The past is lived in a file of its own, which takes the database's name when it is complete; what an
interrupted seeding left behind is thrown away and done again. On PostgreSQL it is one transaction, and the
messages of the open round follow it.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.engine import Engine

from surveybot.catalogue import load_catalogue
from surveybot.config import Settings
from surveybot.demo.history import History
from surveybot.links import LinkSigner
from surveybot.records import database, migrations
from surveybot.records.installations import take_over
from surveybot.records.lived_past import is_seeded
from surveybot.records.schools import all_schools
from surveybot.senders.choose import choose_senders
from surveybot.steps.sending.tick import tick

MOST_TICKS = 100
TEXTS_AFTER = timedelta(hours=73)


class NotForTheDemo(Exception):
    """The database holds other schools, or half a demo; the text says what to do."""


def prepare_database(settings: Settings, *, now: datetime) -> bool:
    """Migrate, and seed where the school is not there yet; say whether it was seeded now."""
    with _engine(settings.database_url) as engine:
        known = migrations.stored_revision(engine) is not None
        if known:
            migrations.upgrade(engine)
        if known and _holds_the_demo(engine):
            return False
    path = database.sqlite_path(settings.database_url)
    if path is None:
        _seed(settings, now=now)
    else:
        _seed_aside(settings, path, now=now)
    return True


def _holds_the_demo(engine: Engine) -> bool:
    with database.reading(engine) as session:
        if is_seeded(session):
            return True
        if all_schools(session):
            raise NotForTheDemo(
                "This database holds other data than the demo's. Take DATABASE_URL out of the environment, "
                "or name an empty database; what an interrupted demo left is removed by: make demo-fresh"
            )
    return False


def _seed_aside(settings: Settings, path: Path, *, now: datetime) -> None:
    aside = path.with_name("seeding.db")
    _remove(aside)
    _seed(replace(settings, database_url=f"sqlite:///{aside}"), now=now)
    _remove(path)  # at most an empty one
    aside.rename(path)
    _remove(aside)


def _seed(settings: Settings, *, now: datetime) -> None:
    catalogue = load_catalogue()
    with _engine(settings.database_url) as engine:
        migrations.upgrade(engine)
        with database.writing(engine) as session:
            take_over(session, settings.instance, by="demo", now=now)
            history = History(session, catalogue, now=now)
            row = history.live()
        _send(settings, engine, at=row.opens_at)
        with database.writing(engine) as session:
            history.answer_open_round(session, row)
        _send(settings, engine, at=min(now, row.opens_at + TEXTS_AFTER))


def _send(settings: Settings, engine: Engine, *, at: datetime) -> None:
    """What is due at that time goes out through the real sending: first the invitations of the open round,
    and three days later a text to those who did not answer the email."""
    senders, signer, catalogue = choose_senders(settings), LinkSigner(settings.keys), load_catalogue()
    for _ in range(MOST_TICKS):
        if tick(engine, senders, signer, catalogue, settings, at).sent == 0:
            break
    senders.close()


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    engine = database.make_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def _remove(path: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal", ".gate"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + ending).unlink()
