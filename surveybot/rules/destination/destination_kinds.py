"""The one list of destinations, and what each is called in the code lists of the outside world.

The kinds are data (reference/destination_kinds.toml); the codes are those of the National Client Caseload
Information System (DfE code lists to 2020/21). This module checks the data and answers questions about it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any

from surveybot.rules.answer.consent import age_on
from surveybot.rules.destination.destinations import PlaceStatus
from surveybot.rules.reference_faults import ReferenceFaults, is_code

GROWN_UP = 18
"""In place of a year group: whoever left after Year 11 and is 18 by now may be anywhere, a university too."""


class Rpa(StrEnum):
    """Whether a destination meets the duty to take part until 18 (Education and Skills Act 2008, s.2)."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class NamedWith(StrEnum):
    """Who is named together with a destination, if anybody."""

    LEARNING = "learning"
    EMPLOYER = "employer"
    NONE = "none"


class CodeGeneration(StrEnum):
    """Which list of intended-destination codes: 41x and 51x changed places between the two."""

    CURRENT = "current"
    OLD = "old"


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationKind:
    key: str
    label: Mapping[str, str]  # by language
    hint: Mapping[str, str]  # by language; empty where the label says it all
    activity_code: str
    intended_code: str
    old_intended_code: str
    old_intended_code_placed: str
    rpa: Rpa
    offered_year_11: bool
    offered_year_13: bool
    provider: NamedWith

    @property
    def asks_provider(self) -> bool:
        return self.provider is not NamedWith.NONE

    def offered(self, year_group: int) -> bool:
        """Whether somebody who finishes that year, or is grown up, may choose it."""
        if year_group == GROWN_UP:
            return self.offered_year_11 or self.offered_year_13
        return self.offered_year_13 if year_group > 11 else self.offered_year_11

    def label_in(self, language: str) -> str:
        return self.label.get(language) or self.label["en"]

    def hint_in(self, language: str) -> str:
        return self.hint.get(language) or self.hint.get("en", "")

    def intended(self, generation: CodeGeneration, status: PlaceStatus | None = None) -> str:
        """The Year 11 intended-destination code of that generation."""
        if generation is CodeGeneration.CURRENT:
            return self.intended_code
        return self.old_intended_code_placed if status is PlaceStatus.PLACE else self.old_intended_code


def years_of_choice(year_group: int, *, born: date, on: date) -> int:
    """Whose options a person is offered: those of the year group that was finished, or of a grown-up."""
    return GROWN_UP if year_group == 11 and age_on(born, on) >= GROWN_UP else year_group


_CODES = ("activity_code", "intended_code", "old_intended_code")
_KNOWN = {field.name for field in fields(DestinationKind)} - {"key"}


def read_destination_kinds(raw: Mapping[str, Any]) -> dict[str, DestinationKind]:
    """The kinds by key, in the file's order; raises with every fault at once."""
    faults = [fault for key, entry in raw.items() for fault in _faults(key, entry)]
    if faults:
        raise ReferenceFaults(faults)
    return {key: _kind(key, entry) for key, entry in raw.items()}


def _kind(key: str, entry: Mapping[str, Any]) -> DestinationKind:
    return DestinationKind(
        key=key,
        label=entry["label"],
        hint=entry.get("hint", {}),
        activity_code=entry["activity_code"],
        intended_code=entry["intended_code"],
        old_intended_code=entry["old_intended_code"],
        old_intended_code_placed=entry.get("old_intended_code_placed", entry["old_intended_code"]),
        rpa=Rpa(entry["rpa"]),
        offered_year_11=entry["offered_year_11"],
        offered_year_13=entry["offered_year_13"],
        provider=NamedWith(entry["provider"]),
    )


def _faults(key: str, entry: Any) -> list[str]:
    if not isinstance(entry, Mapping):
        return [f"{key} must be a table, [{key}], with a label and codes."]
    faults = [f"{key}: {name!r} is not known here." for name in entry if name not in _KNOWN]
    if not str(entry.get("label", {}).get("en", "")).strip():
        faults.append(f"{key}: label.en is missing.")
    for name in _CODES:
        if not is_code(entry.get(name)):
            faults.append(f"{key}: {name} must be three digits in quotes.")
    if not is_code(entry.get("old_intended_code_placed", "000")):
        faults.append(f"{key}: old_intended_code_placed must be three digits in quotes.")
    for name in ("offered_year_11", "offered_year_13"):
        if not isinstance(entry.get(name), bool):
            faults.append(f"{key}: {name} must be true or false.")
    for name, words in (("rpa", Rpa), ("provider", NamedWith)):
        if entry.get(name) not in list(words):
            faults.append(f"{key}: {name} must be one of {', '.join(words)}.")
    return faults
