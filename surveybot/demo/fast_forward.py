"""The terminal's view of the three years: a bar, and a line for each month that is over."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import click
from sqlalchemy.engine import Engine

from surveybot.demo.progress import Month, Progress, progress, say_month
from surveybot.records import database
from surveybot.rules.calendar.dates_in_words import london_date

WIDTH = 40
LINE = 78


@dataclass
class Terminal:
    """Looks at the database now and then, and says what is new."""

    engine: Engine
    afterwards: Callable[[], None]  # once, when they have been lived
    told: int = 0
    done: bool = False
    began: float = field(default_factory=time.monotonic)

    def look(self) -> None:
        """Say what has happened since the last look; after the end, nothing more."""
        if self.done:
            return
        with database.reading(self.engine) as session:
            lived = progress(session)
        if lived is None:
            return
        if lived.ended and self.told == 0:  # in an earlier run
            self.done = True
            return
        for month in lived.months[self.told :]:
            self._over_the_bar(line_of(month))
        self.told, self.done = len(lived.months), lived.ended
        if self.done:
            seconds = time.monotonic() - self.began
            self._over_the_bar(
                f"Three years in {seconds:.0f} seconds: {lived.sent} messages, {lived.answered} answers."
            )
            self.afterwards()
        elif sys.stderr.isatty():
            click.echo(f"\r{bar(lived)}", nl=False, err=True)

    def _over_the_bar(self, line: str) -> None:
        start = "\r" if sys.stderr.isatty() else ""
        click.echo(f"{start}{line:<{LINE}}", err=True)


def bar(lived: Progress) -> str:
    filled = WIDTH * lived.percent // 100
    return (
        f"  {'█' * filled}{'░' * (WIDTH - filled)} {lived.percent:3d} %  {say_month(london_date(lived.now))}"
    )


def line_of(month: Month) -> str:
    return f"  {say_month(month.first):<10}{month.sent:>6} sent{month.answered:>6} answered"
