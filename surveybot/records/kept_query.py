"""A query that is made ready once and then asked past SQLAlchemy: for the most visited page of all.

Of a page with one query, SQLAlchemy's own work around that query took a third. The statement is still its
own, and so is the reading of each column.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select
from sqlalchemy.engine import Dialect, Engine

from surveybot.records import database

Reader = Callable[[Any], Any] | None
"""How a value of a column is read; None: as it comes."""


@dataclass
class _Ready:
    """What one kind of database is sent, and what it sends."""

    words: str
    places: tuple[str, ...] | None  # the names of the parameters, where they have places instead
    readers: list[Reader] = field(default_factory=list)  # known with the first row


class KeptQuery:
    """A SELECT of columns, whose only parameters are whole numbers by name."""

    def __init__(self, query: Select[Any]) -> None:
        self.query = query
        self._ready: dict[str, _Ready] = {}

    def one_or_none(self, engine: Engine, **numbers: int) -> tuple[Any, ...] | None:
        """The first row, or None: on a connection that cannot write, in a transaction of its own."""
        ready = self._ready.get(engine.dialect.name) or self._make_ready(engine.dialect)
        given = numbers if ready.places is None else tuple(numbers[name] for name in ready.places)
        with database.bare(engine) as connection:
            cursor: Any = connection.cursor()
            row = cursor.execute(ready.words, given).fetchone()
            if row is not None and not ready.readers:
                ready.readers = self._readers(engine.dialect, [column[1] for column in cursor.description])
            cursor.close()
        if row is None:
            return None
        return tuple(
            value if read is None else read(value) for read, value in zip(ready.readers, row, strict=True)
        )

    def _make_ready(self, dialect: Dialect) -> _Ready:
        compiled: Any = self.query.compile(dialect=dialect)
        places = tuple(compiled.positiontup) if compiled.positional else None
        ready = self._ready[dialect.name] = _Ready(compiled.string, places)
        return ready

    def _readers(self, dialect: Dialect, kinds: list[Any]) -> list[Reader]:
        return [
            column.type.dialect_impl(dialect).result_processor(dialect, kind)
            for column, kind in zip(self.query.selected_columns, kinds, strict=True)
        ]
