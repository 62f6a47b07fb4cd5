"""What a cohort's charts say: what became of everybody, year by year, as far as anybody knows.

The order of the destinations is that of the alphabet, with the open ones last: no route stands above another.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from surveybot.rules.calendar.academic_year import current_summer
from surveybot.rules.destination.destination_kinds import DestinationKind
from surveybot.rules.destination.destinations import FactKind
from surveybot.rules.report.suppression import hide_small
from surveybot.rules.survey.neutral_order import LAST, OWN_SIXTH_FORM

PLAN = 0
"""The column of what they planned; the others are destination years."""

NOVEMBER = (11, 1)
"""Whoever is on the school's roll on 1 November is in its sixth form in that year."""


@dataclass(frozen=True, slots=True)
class Told:
    """One first choice or destination that was learnt, oldest first."""

    student_id: int
    kind: FactKind
    destination: str
    on: date


@dataclass(frozen=True, slots=True)
class SixthForm:
    """From when on somebody was in the own sixth form: to `last_on`, or to the end of `summer`."""

    summer: int
    left_on: date | None

    def includes(self, leaving: int, year: int) -> bool:
        november = date(leaving + year - 1, *NOVEMBER)
        return leaving + year <= self.summer and (self.left_on is None or self.left_on > november)


@dataclass(frozen=True, slots=True)
class Row:
    """One destination with its number of people per column; None where it is hidden."""

    key: str
    label: str
    numbers: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Destinations:
    columns: tuple[int, ...]  # PLAN and the destination years that have begun
    people: int
    rows: tuple[Row, ...]
    known: tuple[int, ...]  # per column

    @property
    def most(self) -> int:
        """The longest bar."""
        return max((n for row in self.rows for n in row.numbers if n), default=0)

    @property
    def is_empty(self) -> bool:
        return not any(self.known)


def destinations_by_year(
    ids: Sequence[int],
    told: Iterable[Told],
    sixth_form: Mapping[int, SixthForm],
    kinds: Mapping[str, DestinationKind],
    *,
    leaving: int,
    years: int,
    today: date,
    small_number: int,
) -> Destinations:
    """Of a cohort: what each planned, and what each did in every destination year, by the newest word."""
    columns = (PLAN, *range(1, min(years, max(0, current_summer(today) - leaving)) + 1))
    found = _from_roll(ids, sixth_form, columns, leaving)
    for one in told:
        column = _column(one, leaving)
        if column is not None and column in columns:
            found[column][one.student_id] = one.destination
    counts = [_counted(found[column]) for column in columns]
    hidden = [_hidden(count, small_number) for count in counts]
    keys = [key for key in _in_order(kinds) if any(count.get(key) for count in counts)]
    return Destinations(
        columns=columns,
        people=len(ids),
        rows=tuple(
            Row(key, kinds[key].label_in("en"), tuple(column.get(key, 0) for column in hidden))
            for key in keys
        ),
        known=tuple(sum(count.values()) for count in counts),
    )


def _column(one: Told, leaving: int) -> int | None:
    """A plan counts up to the summer of leaving, a destination in the year in which it was learnt."""
    year = current_summer(one.on) - leaving
    if one.kind is FactKind.INTENDED:
        return PLAN if year <= 0 else None
    return year if year > 0 else None


def _from_roll(
    ids: Sequence[int], sixth_form: Mapping[int, SixthForm], columns: Sequence[int], leaving: int
) -> dict[int, dict[int, str]]:
    """Who is in the own sixth form is known without a question."""
    return {
        column: {
            student_id: OWN_SIXTH_FORM
            for student_id in ids
            if column != PLAN
            and student_id in sixth_form
            and sixth_form[student_id].includes(leaving, column)
        }
        for column in columns
    }


def _counted(found: Mapping[int, str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for destination in found.values():
        counts[destination] = counts.get(destination, 0) + 1
    return counts


def _hidden(counts: Mapping[str, int], small_number: int) -> dict[str, int | None]:
    """How many are known is shown, so that the hidden ones may not follow from it."""
    return dict(zip(counts, hide_small(list(counts.values()), below=small_number), strict=True))


def _in_order(kinds: Mapping[str, DestinationKind]) -> list[str]:
    return sorted(kinds, key=lambda key: (key in (*LAST, "looking"), kinds[key].label_in("en")))
