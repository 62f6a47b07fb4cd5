"""Compare what the provider says it texted with what our rows say: every night, and by command.

A text that went out twice, or that no row knows of, is an incident: it is written into the audit ledger, and
`surveybot check` shows it. What the list knows better than a row moves the row.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Engine
from sqlmodel import Session

from surveybot.records import database
from surveybot.records.audit import deeds_about, last_deed, note_deed
from surveybot.records.deliveries import Delivery
from surveybot.records.doubts import texts_known_as, texts_that_say, texts_without_a_last_word
from surveybot.records.provider_events import locked_delivery
from surveybot.rules.dates_in_words import from_wall, london_date
from surveybot.senders.base import CanBeAsked, CannotSay, Found, Senders
from surveybot.steps.sending.receive import Report, follow

log = logging.getLogger("surveybot.sending")

DEED, TWICE, NOBODYS = "reconciled", "text_sent_twice", "text_without_row"
LOOK_BACK = timedelta(hours=26)  # a day, and what a late night left over
HOUR_OF_NIGHT = 3
SOON = timedelta(hours=1)
MOST_LOOKS = 500


class NothingToAsk(Exception):
    """No provider of texts is set up that could be asked."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a comparison found. `twice` holds delivery ids, `nobodys` the provider's own ids."""

    listed: int
    moved: int
    twice: tuple[int, ...] = ()
    nobodys: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "listed": self.listed,
            "moved": self.moved,
            "sent_twice": list(self.twice),
            "without_row": list(self.nobodys),
        }


@dataclass(slots=True)
class _Sorted:
    """A provider's list, by the row that each of its messages belongs to."""

    of_row: dict[int, list[Found]] = field(default_factory=lambda: defaultdict(list))
    nobodys: list[str] = field(default_factory=list)


def reconcile_if_due(engine: Engine, senders: Senders, *, now: datetime) -> Reconciled | None:
    """Once a night after three o'clock in London; None where it is not due, or nobody can be asked."""
    night = from_wall(london_date(now), HOUR_OF_NIGHT)
    if now < night or not isinstance(senders.sms, CanBeAsked):
        return None
    with database.reading(engine) as session:
        last = last_deed(session, DEED)
    if last is not None and last.at >= night:
        return None
    return reconcile(engine, senders, now=now)


def reconcile(engine: Engine, senders: Senders, *, now: datetime) -> Reconciled:
    """Raises NothingToAsk, or CannotSay where there is no whole list. No transaction is open while asking."""
    provider = senders.sms
    if not isinstance(provider, CanBeAsked):
        raise NothingToAsk
    listed = provider.taken_between(now - LOOK_BACK, now + timedelta(minutes=2))
    with database.reading(engine) as session:
        found = _sort(session, listed)
        open_rows = texts_without_a_last_word(
            session, accepted_before=now - SOON, since=now - LOOK_BACK, limit=MOST_LOOKS
        )
    for row in open_rows:
        if row.id not in found.of_row and (one := _look_up(provider, row)):
            found.of_row[row.id or 0].append(one)
    with database.writing(engine) as session:
        moved = _move(session, found.of_row, now)
        twice = tuple(sorted(row for row, ones in found.of_row.items() if len(ones) > 1))
        result = Reconciled(len(listed), moved, twice, tuple(found.nobodys))
        _write_down(session, result, found, now)
    return result


def _look_up(provider: CanBeAsked, row: Delivery) -> Found | None:
    try:
        return provider.look_up(row.provider_id or "")
    except CannotSay:
        return None


def _sort(session: Session, listed: Sequence[Found]) -> _Sorted:
    """By the provider's id where a row has it, else by its words: each text holds a link of its own."""
    known = texts_known_as(session, [one.provider_id for one in listed])
    others = [one for one in listed if one.provider_id not in known]
    saying = texts_that_say(session, [one.text for one in others]) if others else {}
    found = _Sorted()
    for one in listed:
        row = known.get(one.provider_id) or saying.get(one.text)
        if row is None:
            found.nobodys.append(one.provider_id)
        else:
            found.of_row[row].append(one)
    return found


def _move(session: Session, of_row: Mapping[int, list[Found]], now: datetime) -> int:
    """Let each row follow the best that its provider says of it."""
    moved = 0
    for row, ones in of_row.items():
        delivery = locked_delivery(session, row)
        if delivery is None or (delivery.ended_at is not None and delivery.provider_id is not None):
            continue
        ours = [one for one in ones if delivery.provider_id in (None, one.provider_id)]
        for one in ours[:1]:
            report = Report(row, one.provider_id, one.status or "accepted", one.error_code)
            moved += follow(session, delivery, report, now=now)
    return moved


def _write_down(session: Session, result: Reconciled, found: _Sorted, now: datetime) -> None:
    """One entry for the comparison, and one for each incident that is not there yet."""
    subjects = [*map(str, result.twice), *result.nobodys]
    known = deeds_about(session, (TWICE, NOBODYS), subjects) if subjects else set()
    for row in _new(result.twice, known):
        sids = [one.provider_id for one in found.of_row[int(row)]]
        log.error("delivery %s was texted %s times", row, len(sids))
        note_deed(session, TWICE, at=now, subject=row, details={"provider_ids": sids})
    for sid in _new(result.nobodys, known):
        log.error("the provider texted %s, which no row knows", sid)
        note_deed(session, NOBODYS, at=now, subject=sid)
    counts = {"twice": len(result.twice), "nobodys": len(result.nobodys)}
    note_deed(session, DEED, at=now, details={"listed": result.listed, "moved": result.moved, **counts})


def _new(subjects: Iterable[object], known: set[str]) -> list[str]:
    return [str(subject) for subject in subjects if str(subject) not in known]
