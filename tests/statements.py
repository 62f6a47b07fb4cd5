"""What is asked of the database while a block runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

Statement = tuple[str, Any]
"""The words and their parameters."""


@contextmanager
def noted(engine: Engine | type[Engine] = Engine) -> Iterator[list[Statement]]:
    """Every statement, in order; of all engines where none is named, since pages read through a twin.

    BEGIN and the pragmas of a new connection are left out.
    """
    seen: list[Statement] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            seen.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def counted() -> Iterator[list[str]]:
    """The words of every SELECT."""
    selects: list[str] = []
    with noted() as seen:
        yield selects
    selects += [words for words, _ in seen if words.lstrip().upper().startswith("SELECT")]
    assert selects, "nothing was counted: such a test cannot fail"
