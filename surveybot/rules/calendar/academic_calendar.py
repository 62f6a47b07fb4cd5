"""The school year: terms, days off, mocks, exams, results days; England's, with a school's own dates over it.

All of it is days on the wall of Europe/London. Bank holidays come from contact_hours, by nation.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from surveybot.rules.calendar.academic_year import current_summer
from surveybot.rules.calendar.date_rules import DateRule, UnclearRule, read_rule
from surveybot.rules.delivery.contact_hours import bank_holidays
from surveybot.rules.reference_faults import ReferenceFaults

TERMS = ("autumn", "spring", "summer")
LEAVING_YEARS = (11, 13)
SATURDAY = 5


class Exam(StrEnum):
    GCSE = "gcse"
    A_LEVEL = "a_level"


EXAM_OF = {11: Exam.GCSE, 13: Exam.A_LEVEL}


@dataclass(frozen=True, slots=True)
class Span:
    """From one day to another, both of them in it."""

    first: date
    last: date

    def __contains__(self, on: date) -> bool:
        return self.first <= on <= self.last


@dataclass(frozen=True, slots=True)
class SpanRule:
    first: DateRule
    last: DateRule | None
    days: int = 1
    name: str = ""

    def within(self, summer: int) -> Span:
        start = self.first.on(summer)
        return Span(start, self.last.on(summer) if self.last else start + timedelta(days=self.days - 1))


@dataclass(frozen=True, slots=True)
class ResultsDay:
    on: date
    official: bool  # False: it follows the pattern, and somebody has to look


@dataclass(frozen=True, slots=True)
class LaDate:
    name: str
    rule: DateRule


@dataclass(frozen=True)
class OwnDates:
    """What a school sets for itself; everything else is the calendar's."""

    spans: Mapping[tuple[str, int], Span] = field(default_factory=dict)  # (mocks | exams | a term, summer)
    results: Mapping[tuple[Exam, int], date] = field(default_factory=dict)
    closed: tuple[Span, ...] = ()


@dataclass(frozen=True)
class AcademicCalendar:
    terms: Mapping[str, SpanRule]
    closed: tuple[SpanRule, ...]
    mocks_rule: SpanRule
    exams_rule: SpanRule
    leaving: Mapping[int, DateRule]
    results_pattern: Mapping[Exam, DateRule]
    results: Mapping[tuple[Exam, int], ResultsDay]
    la_dates: tuple[LaDate, ...]
    reference_day: DateRule = field(
        default_factory=lambda: read_rule("1 november")
    )  # by the law of the nation
    nation: str = "ENG"
    own: OwnDates = OwnDates()

    def term(self, name: str, summer: int) -> Span:
        return self.own.spans.get((name, summer)) or self.terms[name].within(summer)

    def mocks(self, summer: int) -> Span:
        return self.own.spans.get(("mocks", summer)) or self.mocks_rule.within(summer)

    def exams(self, summer: int) -> Span:
        return self.own.spans.get(("exams", summer)) or self.exams_rule.within(summer)

    def results_day(self, year_group: int, summer: int) -> ResultsDay:
        """The day on which Year 11 or 13 get their results; a date that a school set is official for it."""
        exam = EXAM_OF[year_group]
        if own := self.own.results.get((exam, summer)):
            return ResultsDay(own, official=True)
        known = self.results.get((exam, summer))
        return known or ResultsDay(self.results_pattern[exam].on(summer), official=False)

    def leaving_on(self, year_group: int, summer: int) -> date:
        return self.leaving[year_group].on(summer)

    def is_school_day(self, on: date) -> bool:
        if on.weekday() >= SATURDAY or on in bank_holidays(self.nation, on.year):
            return False
        summer = current_summer(on)
        if not any(on in self.term(name, summer) for name in TERMS):
            return False
        off = [rule.within(summer) for rule in self.closed]
        return not any(on in span for span in (*off, *self.own.closed))

    def school_day_from(self, on: date) -> date:
        """That day, or the next on which school is open."""
        for days in range(120):
            if self.is_school_day(on + timedelta(days=days)):
                return on + timedelta(days=days)
        return on

    def school_day_until(self, on: date) -> date:
        """That day, or the last before it on which school is open."""
        for days in range(120):
            if self.is_school_day(on - timedelta(days=days)):
                return on - timedelta(days=days)
        return on

    def is_left_alone(self, year_group: int, on: date) -> bool:
        """Whether that year group sits its exams."""
        return year_group in LEAVING_YEARS and on in self.exams(current_summer(on))


def read_calendar(raw: Mapping[str, Any]) -> AcademicCalendar:
    """The calendar behind a parsed TOML file, or one error that lists every fault."""
    if faults := list(_faults(raw)):
        raise ReferenceFaults(faults)
    return AcademicCalendar(
        terms={name: _span(raw["terms"][name]) for name in TERMS},
        closed=tuple(_span(entry) for entry in raw["closed"]),
        mocks_rule=_span(raw["mocks"]),
        exams_rule=_span(raw["exams"]),
        leaving={year: read_rule(raw["leaving"][str(year)]) for year in LEAVING_YEARS},
        results_pattern={exam: read_rule(raw["results_pattern"][exam]) for exam in Exam},
        results={
            (Exam(entry["exam"]), entry["on"].year): ResultsDay(entry["on"], entry["official"])
            for entry in raw["results"]
        },
        la_dates=tuple(LaDate(entry["name"], read_rule(entry["on"])) for entry in raw["la_dates"]),
    )


def _span(raw: Mapping[str, Any]) -> SpanRule:
    last = read_rule(raw["to"]) if "to" in raw else None
    return SpanRule(read_rule(raw["from"]), last, raw.get("days", 1), raw.get("name", ""))


def _faults(raw: Mapping[str, Any]) -> Iterator[str]:
    known = {"terms", "closed", "mocks", "exams", "leaving", "results_pattern", "results", "la_dates"}
    yield from (f"There is a section {key!r} that is not known here." for key in raw if key not in known)
    for name in TERMS:
        yield from _span_faults(_table(raw, "terms").get(name), f"terms.{name}")
    for number, entry in enumerate(_list(raw, "closed"), 1):
        yield from _span_faults(entry, f"closed {number}")
    for key in ("mocks", "exams"):
        yield from _span_faults(raw.get(key), key)
    for year in LEAVING_YEARS:
        yield from _rule_faults(_table(raw, "leaving").get(str(year)), f"leaving.{year}")
    for exam in Exam:
        yield from _rule_faults(_table(raw, "results_pattern").get(exam), f"results_pattern.{exam.value}")
    yield from _results_faults(_list(raw, "results"))
    for number, entry in enumerate(_list(raw, "la_dates"), 1):
        yield from _rule_faults(entry.get("on"), f"la_dates {number}")
        if not entry.get("name"):
            yield f"la_dates {number}: name is missing."


def _results_faults(entries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    seen: set[tuple[str, int]] = set()
    for number, entry in enumerate(entries, 1):
        exam, on = entry.get("exam"), entry.get("on")
        if exam not in list(Exam):
            yield f"results {number}: exam must be one of {', '.join(Exam)}."
        if not isinstance(entry.get("official"), bool):
            yield f"results {number}: official must be true or false."
        if not isinstance(on, date):
            yield f"results {number}: on must be a date, 2027-08-19."
            continue
        if on.weekday() != 3 or on.month != 8:
            yield f"results {number}: {on} is not a Thursday in August."
        if (str(exam), on.year) in seen:
            yield f"results {number}: {exam} {on.year} stands there twice."
        seen.add((str(exam), on.year))


def _span_faults(raw: Any, where: str) -> Iterator[str]:
    if not isinstance(raw, Mapping):
        yield f"{where} is missing: write from and to, or from and days."
        return
    yield from _rule_faults(raw.get("from"), f"{where}: from")
    if "to" in raw:
        yield from _rule_faults(raw["to"], f"{where}: to")
    elif not isinstance(raw.get("days"), int) or raw["days"] < 1:
        yield f"{where}: write to, or a whole number of days."


def _rule_faults(text: Any, where: str) -> Iterator[str]:
    try:
        read_rule(text or "")
    except UnclearRule as error:
        yield f"{where}: {error}"


def _table(raw: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = raw.get(key)
    return found if isinstance(found, Mapping) else {}


def _list(raw: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = raw.get(key)
    return [entry for entry in found if isinstance(entry, Mapping)] if isinstance(found, list) else []
