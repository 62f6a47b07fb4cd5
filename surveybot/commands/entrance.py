"""What every command shares: the settings, one transaction, a clear refusal, and one JSON document."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

import click
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from surveybot.catalogue import Catalogue, load_catalogue
from surveybot.config import Settings, SettingsError
from surveybot.links import LinkSigner
from surveybot.records import database, every_table, migrations  # noqa: F401  (a flush needs every table)
from surveybot.records.schools import School, find_school
from surveybot.records.worker.rehearsal_clock import pretended_time
from surveybot.rules.calendar.dates_in_words import UnclearTime, read_at
from surveybot.rules.plain_text import clean

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
leaving_option = click.option(
    "--leaving",
    type=click.IntRange(2000, 2100),
    required=True,
    help="The summer in which the cohort finishes.",
)
school_option = click.option("--school", "urn", required=True, metavar="SCHOOL", help="The school's URN.")


class Refusal(click.ClickException):
    """The command cannot do this; the sentence says what to do. Exit code 1."""

    exit_code = 1


def refuse(sentence: str) -> NoReturn:
    raise Refusal(sentence)


@dataclass
class Entrance:
    """The way from the command line into the house."""

    settings: Settings

    @cached_property
    def engine(self) -> Engine:
        return database.make_engine(self.settings.database_url)

    @cached_property
    def signer(self) -> LinkSigner:
        return LinkSigner(self.settings.keys)

    @cached_property
    def catalogue(self) -> Catalogue:
        return load_catalogue()

    def close(self) -> None:
        if "engine" in self.__dict__:
            self.engine.dispose()

    def now(self) -> datetime:
        """The real time; in a rehearsal, the one that was set."""
        real = datetime.now(UTC)
        return pretended_time(self.engine, real) if self.settings.rehearsal else real

    def _refuse_old_database(self) -> None:
        try:
            current = migrations.stored_revision(self.engine) == migrations.wanted_revision()
        except DBAPIError:
            refuse("The database cannot be reached: check DATABASE_URL and the server.")
        if not current:
            refuse("The database is not up to date. Run: surveybot migrate")

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction: kept when the block ends well, undone when a refusal leaves it."""
        self._refuse_old_database()
        with database.writing(self.engine) as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        self._refuse_old_database()
        with database.reading(self.engine) as session:
            yield session


def enter() -> Entrance:
    """Read the settings, or refuse with every fault at once."""
    try:
        entrance = Entrance(Settings.from_environment(os.environ))
    except SettingsError as error:
        refuse("\n".join(error.faults))
    if context := click.get_current_context(silent=True):
        context.call_on_close(entrance.close)  # no connection outlives its command
    return entrance


def the_text(file: Path) -> str:
    """What stands in a text file, or a refusal where it is no text."""
    try:
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        refuse(f"{file.name} is not text in UTF-8: save it as plain text and try again.")


LONGEST_NAME = 200


def the_name(text: str, of_what: str, *, most: int = LONGEST_NAME) -> str:
    """A name without what nobody can see, or a refusal where nothing is left or it is too long."""
    name = clean(text)
    if not name:
        refuse(f"Write the name of {of_what}.")
    if len(name) > most:
        refuse(f"The name of {of_what} has {len(name)} letters: at most {most} are kept.")
    return name


def the_school(session: Session, urn: str) -> School:
    school = find_school(session, urn)
    if school is None:
        refuse(f"There is no school with URN {urn}. Add it: surveybot school add NAME --urn {urn}")
    return school


class WallTime(click.ParamType[datetime]):
    """AT: ISO 8601; without an offset it is Europe/London."""

    name = "at"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            return read_at(value)
        except UnclearTime as error:
            self.fail(str(error), param, ctx)


def say(answer: Any, *, as_json: bool, in_words: Callable[[], str]) -> None:
    """Print the answer as one JSON document, or in words for people."""
    if as_json:
        click.echo(json.dumps(answer, default=as_json_value, ensure_ascii=False, indent=2))
    else:
        click.echo(in_words())


def as_json_value(value: Any) -> Any:
    """Times in UTC with a Z; dates as they are."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
