"""Destination facts: what kind, who says so, how it stands, and which of them are current.

Facts are only added. What is current follows from them: the newest word of each source counts, staff
correct everybody, students correct what was said for them; whoever else differs is a conflict, to be shown
and never overwritten.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class FactKind(StrEnum):
    INTENDED = "intended"
    OFFER = "offer"
    ACTUAL = "actual"


class FactSource(StrEnum):
    STUDENT = "student"
    PARENT = "parent"
    STAFF = "staff"
    PROVIDER = "provider"
    LOCAL_AUTHORITY = "local_authority"


class FactMethod(StrEnum):
    LINK = "link"
    TEXT = "text"
    IN_PERSON = "in_person"
    FILE = "file"
    TUTOR = "tutor"  # on a tutor's list of those who are unknown


class PlaceStatus(StrEnum):
    """How far an option has come; the words of the question in a survey."""

    THINKING = "thinking"
    APPLIED = "applied"
    OFFER = "offer"
    CONDITIONAL = "conditional"
    PLACE = "place"
    NO_PLACE = "no_place"


@dataclass(frozen=True, slots=True)
class NamedProvider:
    """A provider of the directory, as far as a file or a page needs it."""

    id: int
    name: str
    urn: str | None = None
    ukprn: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One row of the ledger, with its provider."""

    id: int
    kind: FactKind
    destination: str  # a key of reference/destination_kinds.toml
    source: FactSource
    method: FactMethod
    ascertained_at: datetime
    preference: int = 1
    provider: NamedProvider | None = None
    provider_written: str = ""  # as it was written
    course_title: str = ""
    course_level: str = ""
    status: PlaceStatus | None = None
    answer_id: int | None = None
    verifies_id: int | None = None
    started_on: date | None = None
    verified_at: datetime | None = None

    @property
    def provider_name(self) -> str:
        return self.provider.name if self.provider else self.provider_written


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two sources differ, and neither corrects the other; `current` is the newer."""

    current: Fact
    other: Fact


@dataclass(frozen=True, slots=True)
class Current:
    """How one kind stands: a fact per preference, in order, and what contradicts them."""

    facts: tuple[Fact, ...]
    conflicts: tuple[Conflict, ...]

    def choice(self, preference: int) -> Fact | None:
        return next((fact for fact in self.facts if fact.preference == preference), None)

    @property
    def first(self) -> Fact | None:
        return self.choice(1)


_CORRECTS = {
    FactSource.STAFF: frozenset(FactSource),
    FactSource.STUDENT: frozenset({FactSource.STUDENT, FactSource.PARENT, FactSource.STAFF}),
}
"""Whose earlier word a later one replaces; every other source replaces its own alone."""


def current(facts: Iterable[Fact], kind: FactKind) -> Current:
    """How a kind stands now: the newest fact per preference, and the conflicts."""
    standing = _without_earlier_statements([fact for fact in facts if fact.kind is kind])
    chosen, conflicts = [], []
    for preference in sorted({fact.preference for fact in standing}):
        rivals = [fact for fact in standing if fact.preference == preference]
        kept = [fact for fact in rivals if not any(_corrects(newer, fact) for newer in rivals)]
        newest = max(kept, key=_age)
        chosen.append(newest)
        conflicts += [Conflict(newest, other) for other in kept if _differ(newest, other)]
    return Current(tuple(chosen), tuple(conflicts))


def _without_earlier_statements(facts: Sequence[Fact]) -> list[Fact]:
    """A source that names its choices anew takes back its earlier ones, third choices too.

    A statement that only verifies takes nothing back.
    """
    last: dict[FactSource, Fact] = {}
    for fact in sorted(facts, key=_age):
        if fact.verifies_id is None:
            last[fact.source] = fact
    return [
        fact
        for fact in facts
        if fact.source not in last
        or _same_statement(fact, last[fact.source])
        or _age(fact) > _age(last[fact.source])
    ]


def _same_statement(one: Fact, other: Fact) -> bool:
    if one.answer_id is None or other.answer_id is None:
        return one.ascertained_at == other.ascertained_at
    return one.answer_id == other.answer_id


def _corrects(newer: Fact, older: Fact) -> bool:
    if _age(newer) <= _age(older):
        return False
    corrected = _CORRECTS.get(newer.source, frozenset({newer.source}))
    return older.source in corrected or newer.verifies_id == older.id


def _differ(one: Fact, other: Fact) -> bool:
    if one.destination != other.destination:
        return True
    return bool(one.provider and other.provider and one.provider.id != other.provider.id)


def _age(fact: Fact) -> tuple[datetime, int]:
    return fact.ascertained_at, fact.id


def learnt_at(fact: Fact, facts: Iterable[Fact]) -> datetime:
    """When we first learnt what a fact says: of one that only verifies, when the verified one was learnt."""
    by_id = {known.id: known for known in facts}
    while fact.verifies_id in by_id and by_id[fact.verifies_id].id < fact.id:
        fact = by_id[fact.verifies_id]
    return fact.ascertained_at
