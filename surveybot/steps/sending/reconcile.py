"""Compare what the provider says it texted with what our rows say: every night, and by command.

Four things are told: a text that went out twice, one that no row knows of, a row whose text the provider
does not know, and a last word that is the opposite of the provider's. They are written into the audit ledger;
`surveybot check` and a page for those who lead show them. What the list knows better moves the row.
"""

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.engine import Engine
from sqlmodel import Session

from surveybot.records import database
from surveybot.records.audit import last_deed
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.delivery.doubts import texts_known_as, texts_taken_between, texts_that_say
from surveybot.records.delivery.provider_events import locked_deliveries
from surveybot.rules.calendar.dates_in_words import from_wall, london_date
from surveybot.rules.delivery.provider_status import contradicts
from surveybot.senders.base import CanBeAsked, CannotSay, Found, Senders
from surveybot.steps.sending.night_findings import DEED, Difference, Reconciled, write_down
from surveybot.steps.sending.receive import Report, follow

LOOK_BACK = timedelta(hours=26)  # a day, and what a late night left over
HOUR_OF_NIGHT = 3
SOON = timedelta(hours=1)
MOST_LOOKS = 500
AT_ONCE = 200  # rows in one transaction, so that nobody waits for the whole night's


class NothingToAsk(Exception):
    """No provider of texts is set up that could be asked."""


@dataclass(slots=True)
class _Sorted:
    """A provider's list, by the row that each of its messages belongs to."""

    of_row: dict[int, list[Found]] = field(default_factory=lambda: defaultdict(list))
    nobodys: list[str] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)


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
    on_list = {one.provider_id for one in listed}
    with database.reading(engine) as session:
        found = _sort(session, listed)
        taken = texts_taken_between(session, now - LOOK_BACK, now - SOON)
    missing = [(row, sid) for row, sid in taken if sid not in on_list]
    _look_up(provider, missing[:MOST_LOOKS], found)
    moved, differs = _move(engine, found.of_row, now)
    twice = sorted(row for row, ones in found.of_row.items() if len(ones) > 1)
    result = Reconciled(
        len(listed), moved, tuple(twice), tuple(found.nobodys), tuple(sorted(found.unknown)), tuple(differs)
    )
    sids = {row: [one.provider_id for one in ones] for row, ones in found.of_row.items()}
    with database.writing(engine) as session:
        write_down(session, result, sids, now)
    return result


def _look_up(provider: CanBeAsked, missing: Sequence[tuple[int, str]], found: _Sorted) -> None:
    """Those that are not on the list: it may pass over what has not been sent yet. No answer says nothing."""
    for row, sid in missing:
        try:
            one = provider.look_up(sid)
        except CannotSay:
            continue
        if one is None:
            found.unknown.append(row)
        else:
            found.of_row[row].append(one)


def _sort(session: Session, listed: Sequence[Found]) -> _Sorted:
    """By the provider's id where a row has it, else by number and words: first a row that has no id yet."""
    known = texts_known_as(session, [one.provider_id for one in listed])
    others = [one for one in listed if one.provider_id not in known]
    saying = texts_that_say(session, [one.text for one in others]) if others else {}
    open_rows = {key: deque(row for row, known in rows if not known) for key, rows in saying.items()}
    found = _Sorted()
    for one in sorted(listed, key=lambda one: one.made_at):
        key = (one.to, one.text)
        row = known.get(one.provider_id)
        if row is None and key in saying:
            row = open_rows[key].popleft() if open_rows[key] else saying[key][-1][0]
        if row is None:
            found.nobodys.append(one.provider_id)
        else:
            found.of_row[row].append(one)
    return found


def _move(engine: Engine, of_row: Mapping[int, list[Found]], now: datetime) -> tuple[int, list[Difference]]:
    """Let each row follow what its provider says of it; how many moved, and where the two had disagreed."""
    moved, differs, rows = 0, [], sorted(of_row)
    for start in range(0, len(rows), AT_ONCE):
        with database.writing(engine) as session:
            for delivery in locked_deliveries(session, rows[start : start + AT_ONCE]):
                one = _its_own(delivery, of_row[delivery.id or 0])
                if one is None:
                    continue
                if contradicts(delivery.state, one.status):
                    differs.append(Difference(delivery.id or 0, delivery.state.value, one.status))
                report = Report(delivery.id or 0, one.provider_id, one.status or "accepted", one.error_code)
                moved += follow(session, delivery, report, now=now)
    return moved, differs


def _its_own(delivery: Delivery, ones: Sequence[Found]) -> Found | None:
    """The message that the row stands for; the other of two is nobody's word on it."""
    return next((one for one in ones if delivery.provider_id in (None, one.provider_id)), None)
