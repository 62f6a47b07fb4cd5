"""The plan of a cohort, as data: which survey goes to which year group, when, and how often it reminds.

The rows stand in reference/check_in_plan.toml; a school switches, moves and words each for itself.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from typing import Any

from surveybot.rules.answer.consent import Purpose
from surveybot.rules.calendar.academic_calendar import TERMS
from surveybot.rules.calendar.date_rules import UnclearRule, read_rule
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.reference_faults import ReferenceFaults

HORIZONS = {11: 3, 13: 1}
"""For how many destination years somebody is followed after Year 11 and Year 13 (Gatsby Benchmark 3)."""

MOST_REMINDERS = 3
TERM_STARTS = {f"{name} term": name for name in TERMS}
LEFT = "left"
REFERENCE = "reference day"
"""The day on which it counts where everybody is, by the law of the school's nation."""
ANCHORS = (*TERM_STARTS, "mocks", "exams", "results", REFERENCE, LEFT)


@dataclass(frozen=True, slots=True)
class Horizons:
    """How long a school follows its leavers, and those with an EHC plan, whom authorities track for longer.

    Such a plan ends with the school year of the 25th birthday at the latest (Children and Families Act 2014,
    section 46).
    """

    after_year_11: int = HORIZONS[11]
    after_year_13: int = HORIZONS[13]
    ehc_plan_until_age: int = 25

    def after(self, year_group: int) -> int:
        return self.after_year_11 if year_group == 11 else self.after_year_13


USUAL = Horizons()


class Path(StrEnum):
    IN_SCHOOL = "in_school"  # before leaving, and in the own sixth form
    LEAVER = "leaver"  # destination years, from the September after leaving
    EARLY = "early"  # from the day of leaving before the summer
    TUTORS = "tutors"  # asks staff about leavers; in no student's own plan


@dataclass(frozen=True, slots=True)
class CheckIn:
    """One row of the plan. `destination_year` is 0 before leaving; the last ones depend on the person."""

    survey: str
    step: str
    path: Path
    year_groups: tuple[int, ...]
    start: str  # one of ANCHORS, or a date rule
    days: int
    at: time
    first_channel: Channel
    closes_after_days: int
    destination_year: int = 0
    years_before: int = 0
    exactly: bool = False
    only_if_unknown: bool = False
    beyond_the_end: bool = False
    at_the_end: bool = False
    purposes: tuple[Purpose, ...] = ()
    reminders: tuple[int, ...] = ()

    @property
    def after_leaving(self) -> bool:
        return self.path is not Path.IN_SCHOOL


@dataclass(frozen=True)
class CheckInPlan:
    check_ins: tuple[CheckIn, ...]

    def of_year(self, year_group: int) -> tuple[CheckIn, ...]:
        return tuple(one for one in self.check_ins if year_group in one.year_groups)

    def find(self, survey: str, step: str) -> CheckIn | None:
        """The row that made an occurrence; a repeated year has its summer behind the step."""
        plain = step.partition("~")[0]
        return next((one for one in self.check_ins if (one.survey, one.step) == (survey, plain)), None)


def read_plan(raw: Mapping[str, Any]) -> CheckInPlan:
    """The plan behind a parsed TOML file, or one error that lists every fault."""
    if faults := list(_faults(raw)):
        raise ReferenceFaults(faults)
    return CheckInPlan(tuple(_check_in(entry) for entry in raw["check_ins"]))


def _check_in(raw: Mapping[str, Any]) -> CheckIn:
    read = {
        "path": Path(raw["path"]),
        "year_groups": tuple(raw["year_groups"]),
        "start": raw["from"].casefold(),
        "at": time.fromisoformat(raw["at"]),
        "first_channel": Channel(raw["first_channel"]),
        "purposes": tuple(Purpose(purpose) for purpose in raw.get("purposes", ())),
        "reminders": tuple(raw.get("reminders", ())),
    }
    return CheckIn(**{**{key: value for key, value in raw.items() if key != "from"}, **read})


_KEYS = {*CheckIn.__annotations__, "from"} - {"start"}
_SLUG = re.compile(r"[a-z][a-z0-9-]{1,40}")
_STEP = re.compile(r"[a-z][a-z0-9-]{1,18}")


def _faults(raw: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"There is a section {key!r} that is not known here." for key in raw if key != "check_ins")
    entries = raw.get("check_ins")
    if not isinstance(entries, Sequence) or not entries:
        yield "There is no check-in: write [[check_ins]]."
        return
    seen: set[tuple[Any, ...]] = set()
    for number, entry in enumerate(entries, 1):
        where = f"Check-in {number} ({entry.get('survey', 'no survey')}, {entry.get('step', 'no step')})"
        yield from (f"{where}: {fault}" for fault in _entry_faults(entry))
        key = (entry.get("survey"), entry.get("destination_year", 0), entry.get("step"))
        if key in seen:
            yield f"{where}: this step stands there twice, so one of the two would never be asked."
        seen.add(key)


def _entry_faults(raw: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"a key {key!r} is not known here." for key in raw if key not in _KEYS)
    if not _SLUG.fullmatch(str(raw.get("survey", ""))):
        yield "survey must be the name of a questionnaire."
    if not _STEP.fullmatch(str(raw.get("step", ""))):
        yield "step must be a short word in small letters."
    if raw.get("path") not in list(Path):
        yield f"path must be one of {', '.join(Path)}."
    if not raw.get("year_groups") or not set(raw["year_groups"]) <= {11, 13}:
        yield "year_groups must be [11], [13] or [11, 13]."
    if raw.get("first_channel") not in list(Channel):
        yield f"first_channel must be one of {', '.join(Channel)}."
    if not set(raw.get("purposes", ())) <= set(Purpose):
        yield f"purposes must be some of {', '.join(Purpose)}."
    yield from _when_faults(raw)
    yield from _number_faults(raw)


def _when_faults(raw: Mapping[str, Any]) -> Iterator[str]:
    start = str(raw.get("from", "")).casefold()
    try:
        if start not in ANCHORS:
            read_rule(start)
    except UnclearRule as error:
        yield f"from: one of {', '.join(ANCHORS)}, or a date rule: {error}"
    if (start == "left") is not (raw.get("path") == Path.EARLY):
        yield 'from = "left" belongs to the path "early", and to no other.'
    try:
        at = time.fromisoformat(str(raw.get("at", "")))
        if 1 <= at.hour < 3:
            yield "at: not between one and three in the morning, when the clocks change."
    except ValueError:
        yield "at must be a time of day, 10:00."


def _number_faults(raw: Mapping[str, Any]) -> Iterator[str]:
    closes, reminders = raw.get("closes_after_days"), raw.get("reminders", [])
    if not isinstance(raw.get("days"), int):
        yield "days must be a whole number."
    if not isinstance(closes, int) or not 1 <= closes <= 60:
        yield "closes_after_days must be a whole number from 1 to 60."
        return
    if len(reminders) > MOST_REMINDERS or sorted(set(reminders)) != list(reminders):
        yield f"reminders must be {MOST_REMINDERS} days at the most, each later than the one before."
    if any(not isinstance(day, int) or not 1 <= day < closes for day in reminders):
        yield "reminders must come after the first message and before the end."
    last = (
        max(HORIZONS[year] for year in raw.get("year_groups", []) if year in HORIZONS)
        if raw.get("year_groups")
        else 0
    )
    if raw.get("destination_year", 0) > last:
        yield f"destination_year: nobody of this year group is followed beyond year {last}."
