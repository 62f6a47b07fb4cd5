"""What every page needs: settings, database, signer, catalogue and clock, made once per process."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import current_app
from sqlalchemy.engine import Engine

from surveybot.catalogue import Catalogue
from surveybot.config import Settings
from surveybot.links import LinkSigner


def clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class House:
    settings: Settings
    engine: Engine
    signer: LinkSigner
    catalogue: Catalogue
    clock: Callable[[], datetime] = clock


def the_house() -> House:
    house: House = current_app.extensions["surveybot"]
    return house
