"""What the law of a nation decides: its code lists, the day that counts, and who may object from when."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surveybot.rules.calendar.date_rules import DateRule, UnclearRule, read_rule
from surveybot.rules.reference_faults import ReferenceFaults
from surveybot.rules.school_settings import NATIONS

OPT_OUTS = ("limb_c",)
_TEXTS = ("name", "activity_codes", "intended_codes", "careers_line")
_AGES = ("own_say_from_age", "consent_from_age")


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    name: str
    nation: str
    activity_codes: str  # a file of reference/
    intended_codes: str
    reference_date: DateRule
    opt_out: str  # which information somebody may object to
    own_say_from_age: int
    consent_from_age: int
    careers_line: str  # whom to ring about work and training, free and also when school is closed


def read_jurisdiction(raw: Mapping[str, Any]) -> Jurisdiction:
    """The jurisdiction behind a parsed TOML file, or one error that lists every fault."""
    if faults := _faults(raw):
        raise ReferenceFaults(faults)
    return Jurisdiction(**{**raw, "reference_date": read_rule(raw["reference_date"])})


def _faults(raw: Mapping[str, Any]) -> list[str]:
    known = {*Jurisdiction.__annotations__}
    faults = [f"There is a key {key!r} that is not known here." for key in raw if key not in known]
    faults += [f"{key} is missing." for key in _TEXTS if not isinstance(raw.get(key), str) or not raw[key]]
    if raw.get("nation") not in NATIONS:
        faults.append(f"nation must be one of {', '.join(NATIONS)}.")
    if raw.get("opt_out") not in OPT_OUTS:
        faults.append(f"opt_out must be one of {', '.join(OPT_OUTS)}.")
    faults += [
        f"{key} must be a whole number of years."
        for key in _AGES
        if not isinstance(raw.get(key), int) or not 0 < raw[key] < 30
    ]
    try:
        read_rule(raw.get("reference_date", ""))
    except UnclearRule as error:
        faults.append(f"reference_date: {error}")
    return faults
