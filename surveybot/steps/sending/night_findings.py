"""What a comparison with the provider's list found, and its entries in the audit ledger, each once."""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from surveybot.records.audit import deeds_about, note_deed
from surveybot.records.delivery.doubts import schools_of

log = logging.getLogger("surveybot.sending")

DEED = "reconciled"
TWICE, NOBODYS = "text_sent_twice", "text_without_row"
UNKNOWN, DIFFERS = "text_unknown_to_provider", "text_status_differs"
INCIDENTS = (TWICE, NOBODYS, UNKNOWN, DIFFERS)


@dataclass(frozen=True, slots=True)
class Difference:
    """Our last word on a text was one thing, its provider's another."""

    delivery_id: int
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a comparison found. `nobodys` holds the provider's own ids, the others delivery ids."""

    listed: int
    moved: int
    twice: tuple[int, ...] = ()
    nobodys: tuple[str, ...] = ()
    unknown: tuple[int, ...] = ()
    differs: tuple[Difference, ...] = ()

    @property
    def all_well(self) -> bool:
        return not (self.twice or self.nobodys or self.unknown or self.differs)

    def as_dict(self) -> dict[str, Any]:
        return {
            "listed": self.listed,
            "moved": self.moved,
            "sent_twice": list(self.twice),
            "without_row": list(self.nobodys),
            "unknown_to_provider": list(self.unknown),
            "differs": [
                {"delivery": one.delivery_id, "ours": one.ours, "theirs": one.theirs} for one in self.differs
            ],
        }


@dataclass(frozen=True, slots=True)
class _Incident:
    deed: str
    subject: str
    details: dict[str, Any]


def write_down(session: Session, result: Reconciled, sids: Mapping[int, list[str]], now: datetime) -> None:
    """One entry for the comparison, and one for each incident that is not there yet.

    `sids`: by delivery, what its provider calls it. A text of nobody's belongs to no school.
    """
    incidents = list(_incidents(result, sids))
    known = deeds_about(session, INCIDENTS, [one.subject for one in incidents]) if incidents else set()
    schools = schools_of(session, [*sids, *result.unknown])
    for one in incidents:
        if (one.deed, one.subject) in known:
            continue
        log.error("the comparison with the provider found %s %s", one.deed, one.subject)
        school = None if one.deed == NOBODYS else schools.get(int(one.subject))
        note_deed(session, one.deed, at=now, school_id=school, subject=one.subject, details=one.details)
    found = Counter(one.deed for one in incidents)
    details = {"listed": result.listed, "moved": result.moved, **found, "compared": _compared(schools)}
    note_deed(session, DEED, at=now, details=details)


def _incidents(result: Reconciled, sids: Mapping[int, list[str]]) -> Iterator[_Incident]:
    for row in result.twice:
        yield _Incident(TWICE, str(row), {"provider_ids": sids[row]})
    for sid in result.nobodys:
        yield _Incident(NOBODYS, sid, {})
    for row in result.unknown:
        yield _Incident(UNKNOWN, str(row), {})
    for one in result.differs:
        yield _Incident(DIFFERS, str(one.delivery_id), {"ours": one.ours, "theirs": one.theirs})


def _compared(schools: Mapping[int, int | None]) -> dict[str, int]:
    """How many texts of each school there were: no school is told of another's."""
    return dict(Counter(str(school) for school in schools.values() if school is not None))
