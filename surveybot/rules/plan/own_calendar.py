"""The dates and the changes to the plan that a school sets for itself, as plain text under its settings.

`calendar.results.gcse.2027 = 2027-08-19`, `calendar.mocks.2027 = 2027-01-11/2027-01-22`, also
`calendar.exams.`, `calendar.autumn.`, `calendar.spring.`, `calendar.summer.` with the year in which the
academic year ends; `calendar.closed = 2026-10-26/2026-11-06, 2026-12-04`;
`plan.check-in-november.1 = off`, `on`, or days to move it by: `+7`, `-3`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from surveybot.rules.calendar.academic_calendar import TERMS, AcademicCalendar, Exam, OwnDates, Span

OWN_KEYS = ("calendar.", "plan.")
_SPANS = re.compile(rf"calendar\.({'|'.join(['mocks', 'exams', *TERMS])})\.(20\d\d)")
_RESULTS = re.compile(rf"calendar\.results\.({'|'.join(Exam)})\.(20\d\d)")
_PLAN = re.compile(r"plan\.([a-z][a-z0-9-]{1,40})\.(\d{1,2})")
_CHANGE = re.compile(r"on|off|[+-]\d{1,3}")


@dataclass(frozen=True, slots=True)
class OwnChange:
    """What a school does with one survey of one destination year."""

    off: bool = False
    days: int = 0


def key_fault(key: str, text: str) -> str:
    """Why this is no date or change of the plan, or nothing where it is."""
    try:
        _read(key, text)
    except ValueError as error:
        return str(error) or f"{text!r} is not a date: write 2027-08-19, or 2027-01-11/2027-01-22."
    return ""


def own_calendar(calendar: AcademicCalendar, stored: Mapping[str, Any], *, nation: str) -> AcademicCalendar:
    """The calendar of one school; a date that can no longer be read is passed over."""
    spans: dict[tuple[str, int], Span] = {}
    results: dict[tuple[Exam, int], date] = {}
    closed: tuple[Span, ...] = ()
    for key, text in sorted(stored.items()):
        if not key.startswith("calendar.") or key_fault(key, str(text)):
            continue
        if found := _SPANS.fullmatch(key):
            spans[found[1], int(found[2])] = _span(str(text))
        elif found := _RESULTS.fullmatch(key):
            results[Exam(found[1]), int(found[2])] = date.fromisoformat(str(text))
        elif key == "calendar.closed":
            closed = _spans(str(text))
    return replace(calendar, nation=nation, own=OwnDates(spans, results, closed))


def own_changes(stored: Mapping[str, Any]) -> dict[tuple[str, int], OwnChange]:
    """What a school switched off or moved, by survey and destination year."""
    found = {}
    for key, text in stored.items():
        match = _PLAN.fullmatch(key)
        if match and not key_fault(key, str(text)):
            found[match[1], int(match[2])] = _change(str(text))
    return found


def _read(key: str, text: str) -> None:
    if _PLAN.fullmatch(key):
        if not _CHANGE.fullmatch(text):
            raise ValueError(f"{text!r}: write on, off, or days to move it by, such as +7.")
    elif found := _SPANS.fullmatch(key):
        _in_school_year(_span(text), int(found[2]))
    elif found := _RESULTS.fullmatch(key):
        on = date.fromisoformat(text)
        if on.year != int(found[2]):
            raise ValueError(f"{text} is not in {found[2]}.")
    elif key == "calendar.closed":
        for span in _spans(text):
            _no_longer_than_a_year(span)
    else:
        raise ValueError(f"There is no setting {key!r}.")


def _in_school_year(span: Span, summer: int) -> None:
    """From August to August, since some schools begin before September."""
    if span.first < date(summer - 1, 8, 1) or span.last > date(summer, 8, 31):
        raise ValueError(f"{span.first}/{span.last} is not in the school year that ends in summer {summer}.")


def _no_longer_than_a_year(span: Span) -> None:
    if (span.last - span.first).days > 366:
        raise ValueError(f"{span.first}/{span.last} is longer than a year.")


def _change(text: str) -> OwnChange:
    if text in ("on", "off"):
        return OwnChange(off=text == "off")
    return OwnChange(days=int(text))


def _span(text: str) -> Span:
    first, _, last = text.strip().partition("/")
    span = Span(date.fromisoformat(first), date.fromisoformat(last or first))
    if span.last < span.first:
        raise ValueError(f"{text} ends before it begins.")
    return span


def _spans(text: str) -> tuple[Span, ...]:
    return tuple(_span(part) for part in text.split(",") if part.strip())
