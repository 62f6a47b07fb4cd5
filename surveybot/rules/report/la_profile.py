"""The shape of one local authority's file: its columns, their headers and order, and its codes.

A profile is TOML: shipped in reference/la_profiles/, or a school's own; both go through this checker, which
lists every fault at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from surveybot.rules.destination.destination_kinds import CodeGeneration
from surveybot.rules.reference_faults import ReferenceFaults

COLUMNS = (
    "SchoolURN",
    "SchoolLAEstab",
    "UPN",  # not in the default profile: a UPN is for the school career only
    "ULN",
    "Surname",
    "Forename",
    "PreferredName",
    "DOB",
    "Sex",
    "Address1",
    "Address2",
    "Address3",
    "Town",
    "Postcode",
    "HomeLACode",
    "ParentName",
    "ParentAddress",
    "YearGroup",
    "IntendedDestinationCode",
    "IntendedProviderName",
    "IntendedProviderUKPRN",
    "IntendedProviderURN",
    "CourseTitle",
    "CourseLevel",
    "OfferStatusCode",
    "SecondChoiceProvider",
    "ActivityCode",
    "ActivityProviderName",
    "ActivityStartDate",
    "DateAscertained",
    "DateVerified",
    "Source",
    "InformationWithheld",
)
"""Every column that a profile may name."""

KEPT_AT_OBJECTION = frozenset(
    {
        "SchoolURN",
        "SchoolLAEstab",
        "Surname",
        "Forename",
        "DOB",
        "Address1",
        "Address2",
        "Address3",
        "Town",
        "Postcode",
        "ParentName",
        "ParentAddress",
        "InformationWithheld",
    }
)
"""What still goes when "other information" is withheld (Education and Skills Act 2008, s.72)."""


class DateStyle(StrEnum):
    ISO = "iso"
    DAY_FIRST = "day_first"


@dataclass(frozen=True, slots=True)
class ProfileColumn:
    column: str  # one of COLUMNS
    header: str  # as the authority calls it


@dataclass(frozen=True, slots=True)
class LaProfile:
    name: str
    title: str
    generation: CodeGeneration
    dates: DateStyle
    columns: tuple[ProfileColumn, ...]
    codes: Mapping[str, Mapping[str, str]]  # column -> our value -> the authority's

    @property
    def headers(self) -> tuple[str, ...]:
        return tuple(column.header for column in self.columns)

    @property
    def withheld_headers(self) -> tuple[str, ...]:
        """The headers that stay empty for a person whose other information is withheld."""
        return tuple(column.header for column in self.columns if column.column not in KEPT_AT_OBJECTION)

    def arrange(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """One row in this profile's order and codes."""
        return tuple(self._translated(column.column, values[column.column]) for column in self.columns)

    def write_date(self, on: date | None) -> str:
        if on is None:
            return ""
        return on.isoformat() if self.dates is DateStyle.ISO else f"{on:%d/%m/%Y}"

    def _translated(self, column: str, value: str) -> str:
        return self.codes.get(column, {}).get(value, value)


_KEYS = {"title", "generation", "dates", "columns", "codes"}


def read_profile(name: str, raw: Mapping[str, Any]) -> LaProfile:
    """A checked profile; raises ReferenceFaults with a sentence per fault."""
    faults = [f"{key!r} is not known in a profile." for key in raw if key not in _KEYS]
    faults += _word_faults(raw) + _column_faults(raw.get("columns"))
    faults += _code_faults(raw.get("codes", {}), raw.get("columns"))
    if faults:
        raise ReferenceFaults([f"Profile {name}: {fault}" for fault in faults])
    return LaProfile(
        name=name,
        title=raw["title"],
        generation=CodeGeneration(raw.get("generation", "current")),
        dates=DateStyle(raw.get("dates", "iso")),
        columns=tuple(
            ProfileColumn(entry["column"], entry.get("header", entry["column"])) for entry in raw["columns"]
        ),
        codes=raw.get("codes", {}),
    )


def _word_faults(raw: Mapping[str, Any]) -> list[str]:
    faults = []
    if not isinstance(raw.get("title"), str) or not raw["title"].strip():
        faults.append("title is missing.")
    if raw.get("generation", "current") not in list(CodeGeneration):
        faults.append("generation must be current or old.")
    if raw.get("dates", "iso") not in list(DateStyle):
        faults.append("dates must be iso or day_first.")
    return faults


def _column_faults(columns: Any) -> list[str]:
    if not isinstance(columns, list) or not columns:
        return ["columns must be a list with at least one entry."]
    faults, seen = [], set()
    for place, entry in enumerate(columns, start=1):
        if not isinstance(entry, Mapping) or set(entry) - {"column", "header"}:
            faults.append(f'column {place} must be {{ column = "...", header = "..." }}.')
            continue
        if entry.get("column") not in COLUMNS:
            faults.append(f"column {place}: {entry.get('column')!r} is not one of our columns.")
        header = entry.get("header", entry.get("column"))
        faults += _header_faults(place, header)
        if header in seen:
            faults.append(f"column {place}: the header {header!r} stands there twice.")
        seen.add(header if isinstance(header, str) else None)
    return faults


def _header_faults(place: int, header: Any) -> list[str]:
    if not isinstance(header, str) or not header.strip():
        return [f"column {place}: the header is empty."]
    if not header.isprintable() or header.lstrip()[0] in "=+-@＝＋－＠":
        return [f"column {place}: a spreadsheet would read the header {header!r} as a formula."]
    return []


def _code_faults(codes: Any, columns: Any) -> list[str]:
    if not isinstance(codes, Mapping):
        return ["codes must be tables: [codes.Sex]."]
    named = {entry.get("column") for entry in columns or [] if isinstance(entry, Mapping)}
    faults = [
        f"codes.{column}: no such column stands in this profile." for column in codes if column not in named
    ]
    faults += [
        f'codes.{column} must be a table of texts, "111" = "S".'
        for column, table in codes.items()
        if not isinstance(table, Mapping) or not all(isinstance(value, str) for value in table.values())
    ]
    return faults
