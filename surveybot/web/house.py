"""What every page needs: settings, database, signer, catalogue and clock, made once per process."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from flask import current_app
from sqlalchemy.engine import Engine

from surveybot.catalogue import Catalogue
from surveybot.config import Settings
from surveybot.links import LinkSigner
from surveybot.records.worker.rehearsal_clock import pretended_time


def clock() -> datetime:
    return datetime.now(UTC)


def rehearsed(engine: Engine) -> datetime:
    """The time that web and worker share in a rehearsal."""
    return pretended_time(engine, clock())


@dataclass(frozen=True)
class House:
    settings: Settings
    engine: Engine
    signer: LinkSigner
    catalogue: Catalogue
    clock: Callable[[], datetime] = clock
    places: dict[str, int] = field(default_factory=dict)
    """Providers that somebody named exactly, by folded name: rows are never deleted, so it stays true."""


def the_house() -> House:
    house: House = current_app.extensions["surveybot"]
    return house
