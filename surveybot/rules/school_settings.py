"""What a school decides for itself: read from stored text, checked, frozen."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import time
from typing import Any

from surveybot.rules.plan.check_in_plan import Horizons
from surveybot.rules.plan.own_calendar import OWN_KEYS, key_fault

COLOURS = ("blue", "navy", "teal", "green", "purple", "plum", "red", "slate")
NATIONS = ("ENG", "WLS", "SCT", "NIR")


class SettingFault(ValueError):
    """A key that does not exist, or a value that cannot be taken; the text says what to write."""


@dataclass(frozen=True, slots=True)
class SchoolSettings:
    safeguarding_email: str = ""
    dpo_email: str = ""
    help_adult: str = ""  # the named adult that students are told of
    holiday_adult: str = ""  # who stands in for them in the school holidays, if anybody
    la: str = ""  # three digits
    la_contractor: str = ""
    laestab: str = ""  # seven digits
    ukprn: str = ""
    sixth_form: bool = False
    nation: str = "ENG"
    colour: str = "blue"
    window_opens: time = time(8, 0)
    window_closes: time = time(19, 30)
    cap_per_day: int = 1
    cap_per_30_days: int = 4
    school_cap_per_day: int = 5000
    results_day_extra_asks: int = 2  # above both caps of a person, on the day of the results alone
    years_after_year_11: int = 3  # destination years in which leavers are asked (Gatsby Benchmark 3)
    ehc_plan_until_age: int = 25  # how long those with an EHC plan are followed, once a year
    small_number: int = 5
    retention_routes_months: int = 3
    retention_answers_months: int = 12
    retention_consents_years: int = 6
    ask_parents: bool = False  # whether parents are asked about P1 and P2 too
    pence_per_segment: float = 4.0

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> "SchoolSettings":
        """The settings behind a school's row; a key that is no longer known is passed over.

        So is a value that can no longer be read: what one school has stored must not stop all others.
        `unreadable` names it.
        """
        known = {field.name for field in fields(cls)}
        readable = {}
        for key in known & stored.keys():
            with suppress(SettingFault):
                readable[key] = _READERS[key](str(stored[key]))
        return cls(**readable)


def horizons_of(settings: SchoolSettings) -> Horizons:
    """How long a school follows its leavers."""
    return Horizons(
        after_year_11=settings.years_after_year_11, ehc_plan_until_age=settings.ehc_plan_until_age
    )


def unreadable(stored: Mapping[str, Any]) -> list[str]:
    """The keys of a school's settings whose stored value cannot be read; none as long as all is well."""
    own = [key for key, text in stored.items() if key.startswith(OWN_KEYS) and key_fault(key, str(text))]
    return sorted(own + [key for key in _READERS.keys() & stored.keys() if _is_unreadable(key, stored[key])])


def _is_unreadable(key: str, value: Any) -> bool:
    try:
        _READERS[key](str(value))
    except SettingFault:
        return True
    return False


def set_value(stored: Mapping[str, Any], key: str, text: str) -> dict[str, Any]:
    """A new stored mapping with one key set from text, or a SettingFault that says what to write."""
    if key.startswith(OWN_KEYS):
        return _set_own(stored, key, text.strip())
    if key not in _READERS:
        raise SettingFault(f"There is no setting {key!r}. There are: {', '.join(sorted(_READERS))}.")
    text = text.strip()
    value = _READERS[key](text)
    kept = value if isinstance(value, bool | int | float | str) else text
    new = {**stored, key: kept}
    settings = SchoolSettings.from_stored(new)
    if key.startswith("window_") and settings.window_opens >= settings.window_closes:
        raise SettingFault("The window must open before it closes: set the other end first.")
    return new


def _set_own(stored: Mapping[str, Any], key: str, text: str) -> dict[str, Any]:
    """A date of the school's own calendar, or a change to its plan; an empty text takes it back."""
    if not text:
        return {known: value for known, value in stored.items() if known != key}
    if fault := key_fault(key, text):
        raise SettingFault(fault)
    return {**stored, key: text}


def _text(text: str) -> str:
    if len(text) > 200 or any(ord(letter) < 32 for letter in text):
        raise SettingFault("Write at most 200 letters on one line.")
    return text


def _email(text: str) -> str:
    if text and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text):
        raise SettingFault(f"{text!r} is not an email address.")
    return text


def _digits(count: int, what: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text and not re.fullmatch(rf"[0-9]{{{count}}}", text):
            raise SettingFault(f"{text!r} is not {what}: write {count} digits.")
        return text

    return read


def _yes_no(text: str) -> bool:
    word = text.casefold()
    if word not in ("yes", "no", "true", "false", "1", "0"):
        raise SettingFault(f"{text!r} is neither yes nor no.")
    return word in ("yes", "true", "1")


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise SettingFault(f"{text!r} is not one of: {', '.join(words)}.")
        return text

    return read


def _wall_time(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise SettingFault(f"{text!r} is not a time of day: write 08:00.") from None


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise SettingFault(f"{text!r} is not a whole number from {least} to {most}.")
        return int(text)

    return read


def _pence(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 100:
        raise SettingFault(f"{text!r} is not a price in pence.")
    return value


_READERS: dict[str, Callable[[str], Any]] = {
    "safeguarding_email": _email,
    "dpo_email": _email,
    "help_adult": _text,
    "holiday_adult": _text,
    "la": _digits(3, "a local authority's code"),
    "la_contractor": _text,
    "laestab": _digits(7, "a DfE number"),
    "ukprn": _digits(8, "a UKPRN"),
    "sixth_form": _yes_no,
    "nation": _one_of(*NATIONS),
    "colour": _one_of(*COLOURS),
    "window_opens": _wall_time,
    "window_closes": _wall_time,
    "cap_per_day": _whole(1, 10),
    "cap_per_30_days": _whole(1, 60),
    "school_cap_per_day": _whole(1, 1_000_000),
    "results_day_extra_asks": _whole(0, 10),
    "years_after_year_11": _whole(1, 3),
    "ehc_plan_until_age": _whole(19, 25),
    "small_number": _whole(0, 20),
    "retention_routes_months": _whole(0, 120),
    "retention_answers_months": _whole(0, 120),
    "retention_consents_years": _whole(1, 50),
    "ask_parents": _yes_no,
    "pence_per_segment": _pence,
}
