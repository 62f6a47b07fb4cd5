"""Providers: colleges, sixth forms and other places of learning, for the whole installation."""

import secrets
from collections.abc import Iterable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal,
    or_,
    update,
)
from sqlalchemy import select as sql_select
from sqlalchemy.engine import Connection
from sqlmodel import Field, Session, SQLModel, col, select

from surveybot.rules.destination.provider_names import KnownName, fold, guesses, place_words, words


def _any_number() -> int:
    return secrets.randbits(31)


class Provider(SQLModel, table=True):
    __tablename__ = "provider"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=200)
    folded_name: str = Field(
        max_length=200, unique=True
    )  # lower case, no accents or punctuation, plus URN if two share it
    kind: str = Field(default="", max_length=60)
    urn: str | None = Field(default=None, max_length=6, unique=True)
    ukprn: str | None = Field(default=None, max_length=8, index=True)
    la: str = Field(default="", max_length=3, index=True)
    town: str = Field(default="", max_length=80)
    postcode: str = Field(default="", max_length=8)
    is_open: bool = True
    edition: int | None = Field(
        default=None, sa_column=Column(Integer, default=_any_number, onupdate=_any_number)
    )


_TABLE = SQLModel.metadata.tables["provider"].c
_BY_FOLDED_NAME = sql_select(_TABLE.folded_name, _TABLE.id).where(
    _TABLE.folded_name.in_(bindparam("names", expanding=True))
)
"""Made once, and without the ORM: every answer asks it twice."""


def ids_by_folded_name(connection: Connection, folded: Iterable[str]) -> dict[str, int]:
    """The providers with exactly these folded names; the others are missing."""
    rows = connection.execute(_BY_FOLDED_NAME, {"names": list(set(folded))})
    return dict(iter(rows))


_KINDS_FIRST = ("further_education_college", "sixth_form_college", "school_sixth_form")


def find_by_name(session: Session, text: str) -> Provider | None:
    """The provider of exactly that name, however it is spaced, accented or punctuated."""
    return session.exec(select(Provider).where(Provider.folded_name == fold(text))).one_or_none()


def search(session: Session, text: str, *, la: str = "", limit: int = 30) -> list[Provider]:
    """Open providers in whose name every typed word begins a word; the authority's own first."""
    typed = words(text)
    if not typed:
        return []
    query = select(Provider).where(col(Provider.is_open))
    for word in typed:
        query = query.where(_has_word(word))
    return list(session.exec(query.order_by(col(Provider.la) != la, col(Provider.name)).limit(limit)))


def near(
    session: Session, *, la: str = "", la_name: str = "", own_urn: str = "", limit: int = 30
) -> list[Provider]:
    """The open providers to suggest at a school, by name, the school's own never first.

    Those of its authority, or named after its place; where there is none of either, colleges by name.
    """
    places = [_has_word(word) for word in place_words(la_name)]
    here = or_(and_(col(Provider.la) == la, col(Provider.la) != ""), *places)
    chosen = select(Provider).where(col(Provider.is_open))
    rank = case({kind: place for place, kind in enumerate(_KINDS_FIRST)}, value=Provider.kind, else_=9)
    order = (col(Provider.la) != la, rank, col(Provider.name))
    found = session.exec(chosen.where(here).order_by(*order).limit(limit)).all()
    if not found:
        found = session.exec(chosen.order_by(rank, col(Provider.name)).limit(limit)).all()
    by_name = sorted(found, key=lambda provider: provider.folded_name)
    if len(by_name) > 1 and own_urn and by_name[0].urn == own_urn:
        by_name.append(by_name.pop(0))
    return by_name


def suggest(session: Session, text: str, *, aliases: Mapping[str, str], la: str = "") -> list[Provider]:
    """At most three providers for "Did you mean ...?", best first; none where it is unclear."""
    ids = guesses(text, _open_names(session), aliases=aliases, la=la)
    found = {row.id: row for row in session.exec(select(Provider).where(col(Provider.id).in_(ids)))}
    return [found[id_] for id_ in ids if id_ in found]


_OPEN_NAMES: WeakKeyDictionary[Any, tuple[Any, tuple[KnownName, ...]]] = WeakKeyDictionary()
"""The directory as guessing needs it, by engine: somebody waits for an answer, and it hardly ever changes."""


_EDITION = sql_select(func.count(), func.sum(_TABLE.edition))
"""Another pair as soon as one came, went or was changed."""


def _open_names(session: Session) -> tuple[KnownName, ...]:
    """Every open provider; read anew where one came, went or was changed."""
    where = col(Provider.is_open)
    stamp = tuple(session.execute(_EDITION).one())
    engine = session.connection().engine
    kept = _OPEN_NAMES.get(engine)
    if kept is None or kept[0] != stamp:
        columns = select(Provider.id, Provider.folded_name, Provider.la).where(where)
        names = tuple(KnownName(id_ or 0, folded, la) for id_, folded, la in session.exec(columns))
        kept = _OPEN_NAMES[engine] = (stamp, names)
    return kept[1]


def all_providers(session: Session) -> list[Provider]:
    return list(session.exec(select(Provider).order_by(col(Provider.id))))


def add_many(session: Session, rows: list[dict[str, Any]]) -> None:
    """Insert new providers in bulk; each row names every column but the id."""
    if rows:
        session.execute(insert(Provider), rows)


def change_many(session: Session, rows: list[dict[str, Any]]) -> None:
    """Write changed providers in bulk, in the given order; each row names the id and every column."""
    if rows:
        session.execute(update(Provider), rows)


def _has_word(word: str) -> ColumnElement[bool]:
    """A word of the folded name begins so; folded words hold letters and digits alone, no wildcard."""
    return (literal(" ") + col(Provider.folded_name)).like(f"% {word}%")
