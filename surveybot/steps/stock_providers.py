"""Fill the provider directory: from the shipped list of names, or from a GIAS extract."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlmodel import Session

from surveybot.records.destination import providers
from surveybot.records.destination.providers import Provider
from surveybot.rules.destination.provider_list import ProviderEntry
from surveybot.rules.destination.provider_names import fold


@dataclass(slots=True)
class Stocked:
    """What came of a list: `closed` are ours that may no longer be chosen, `passed_over` never could be."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    closed: int = 0
    passed_over: int = 0


def stock_providers(session: Session, entries: Iterable[ProviderEntry]) -> Stocked:
    """Add and change providers by URN, else by folded name; none is ever deleted, facts point at them.

    A name without a URN (from the shipped list) is adopted by the first open establishment of that name.
    """
    shelf = _Shelf(providers.all_providers(session))
    closed = []
    for entry in entries:
        if entry.is_open:
            shelf.put(entry)
        else:
            closed.append(entry)  # after the open ones: an academy often bears its closed school's name
    for entry in closed:
        shelf.close(entry)
    providers.change_many(session, list(shelf.changes.values()))
    providers.add_many(session, [known.values for known in shelf.additions])
    return shelf.count


@dataclass(slots=True)
class _Known:
    id: int | None  # None: added by this list
    urn: str | None
    values: dict[str, Any]


@dataclass
class _Shelf:
    """The directory as it stands while a list is worked in."""

    rows: list[Provider]
    count: Stocked = field(default_factory=Stocked)
    changes: dict[int, dict[str, Any]] = field(default_factory=dict)
    additions: list["_Known"] = field(default_factory=list)
    by_urn: dict[str, _Known] = field(default_factory=dict)
    by_name: dict[str, _Known] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for row in self.rows:
            self._know(_Known(row.id, row.urn, row.model_dump(exclude={"id", "edition"})))

    def put(self, entry: ProviderEntry) -> None:
        known = self._find(entry)
        if known is None:
            self._add(entry)
        elif entry.urn is None:
            self.count.unchanged += 1
        else:
            self._change(known, self._values(entry, known))

    def close(self, entry: ProviderEntry) -> None:
        known = self._find(entry)
        if known is None or known.id is None:
            self.count.passed_over += 1
        elif known.values["is_open"]:
            self._change(known, {**known.values, "is_open": False})
            self.count.changed -= 1
            self.count.closed += 1
        else:
            self.count.unchanged += 1

    def _find(self, entry: ProviderEntry) -> _Known | None:
        if entry.urn is None:
            return self.by_name.get(fold(entry.name))
        if entry.urn in self.by_urn:
            return self.by_urn[entry.urn]
        same_name = self.by_name.get(fold(entry.name))
        return same_name if same_name is not None and same_name.urn is None else None

    def _values(self, entry: ProviderEntry, known: _Known | None = None) -> dict[str, Any]:
        """The columns of an entry; where two share a name, the URN tells the folded names apart."""
        folded = fold(entry.name)[:190]
        holder = self.by_name.get(folded)
        if holder is not None and holder is not known:
            folded = f"{folded} {entry.urn}"
        return {**asdict(entry), "folded_name": folded}

    def _add(self, entry: ProviderEntry) -> None:
        known = _Known(None, entry.urn, self._values(entry))
        self.additions.append(known)
        self._know(known)
        self.count.added += 1

    def _change(self, known: _Known, values: dict[str, Any]) -> None:
        if values == known.values:
            self.count.unchanged += 1
            return
        if known.id is not None:
            self.changes[known.id] = {"id": known.id, **values}
        self.by_name.pop(known.values["folded_name"], None)
        known.values, known.urn = values, values["urn"]
        self._know(known)
        self.count.changed += 1

    def _know(self, known: _Known) -> None:
        self.by_name[known.values["folded_name"]] = known
        if known.urn:
            self.by_urn[known.urn] = known
