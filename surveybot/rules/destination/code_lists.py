"""The code lists of the outside world: activities, intended destinations, offers.

NCCIS codes are three digits and travel as text. The lists are data in reference/; this module checks them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from surveybot.rules.destination.destination_kinds import DestinationKind
from surveybot.rules.reference_faults import ReferenceFaults, is_code

Entry = TypeVar("Entry")


class ActivityGroup(StrEnum):
    """The DfE's report groups."""

    COMPULSORY = "compulsory"
    EET_EDUCATION = "eet_education"
    EET_EMPLOYMENT = "eet_employment"
    EET_TRAINING = "eet_training"
    RE_ENGAGEMENT = "re_engagement"
    NEET_ACTIVE = "neet_active"
    NEET_INACTIVE = "neet_inactive"
    NOT_KNOWN = "not_known"
    EXCLUDED = "excluded"
    RETIRED = "retired"


class OfferGroup(StrEnum):
    """The four published groups of the September Guarantee."""

    OFFER_MADE = "offer_made"
    NOT_APPROPRIATE = "not_appropriate"
    NO_OFFER = "no_offer"
    NOT_RECORDED = "not_recorded"


@dataclass(frozen=True, slots=True)
class ActivityCode:
    code: str
    name: str
    group: ActivityGroup
    participating: bool | None  # None: not known, or does not apply
    rpa: bool | None
    emitted: bool  # False: read from older files, never written into one


@dataclass(frozen=True, slots=True)
class OfferCode:
    code: str
    name: str
    year_groups: tuple[int, ...]
    group: OfferGroup


_YES_NO = {"yes": True, "no": False, "unknown": None, "": None}


def read_activity_codes(raw: Mapping[str, Any]) -> dict[str, ActivityCode]:
    return _read(raw, _activity_code)


def read_offer_codes(raw: Mapping[str, Any]) -> dict[str, OfferCode]:
    return _read(raw, _offer_code)


def read_intended_codes(raw: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The names of both generations: ``["current"]["511"]`` is "Undecided", ``["old"]["510"]`` is "Other"."""
    faults = [
        f"{generation}.{code} must be three digits with a name."
        for generation, names in raw.items()
        for code, name in names.items()
        if not is_code(code) or not isinstance(name, str)
    ]
    faults += [f"The {name} generation is missing." for name in ("current", "old") if name not in raw]
    if faults:
        raise ReferenceFaults(faults)
    return {generation: dict(names) for generation, names in raw.items()}


def _activity_code(code: str, entry: Mapping[str, Any]) -> ActivityCode:
    return ActivityCode(
        code=code,
        name=entry["name"],
        group=ActivityGroup(entry["group"]),
        participating=_YES_NO[entry["participating"]],
        rpa=_YES_NO[entry["rpa"]],
        emitted=entry.get("emitted", True),
    )


def _offer_code(code: str, entry: Mapping[str, Any]) -> OfferCode:
    return OfferCode(code, entry["name"], tuple(entry["year_groups"]), OfferGroup(entry["group"]))


def _read(raw: Mapping[str, Any], make: Callable[[str, Mapping[str, Any]], Entry]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    faults: list[str] = []
    for code, entry in raw.items():
        if not is_code(code):
            faults.append(f"{code!r} is not a code: write three digits in quotes.")
            continue
        try:
            found[code] = make(code, entry)
        except (KeyError, ValueError) as error:
            faults.append(f"{code}: {error} is missing or not known.")
    if faults:
        raise ReferenceFaults(faults)
    return found


def check_kinds(
    kinds: Mapping[str, DestinationKind],
    activities: Mapping[str, ActivityCode],
    intended: Mapping[str, Mapping[str, str]],
) -> None:
    """Raise where a destination maps to a code that no list has, or that may not be written."""
    faults = []
    for kind in kinds.values():
        activity = activities.get(kind.activity_code)
        if activity is None or not activity.emitted:
            faults.append(f"{kind.key}: activity code {kind.activity_code} may not be written.")
        if kind.intended_code not in intended["current"]:
            faults.append(f"{kind.key}: intended code {kind.intended_code} is not of the current generation.")
        for code in {kind.old_intended_code, kind.old_intended_code_placed} - set(intended["old"]):
            faults.append(f"{kind.key}: intended code {code} is not of the old generation.")
    if faults:
        raise ReferenceFaults(faults)
