"""Which establishments belong in the provider directory, read from rows of Get Information About Schools.

A GIAS extract (`edubasealldataYYYYMMDD.csv`) lists every school in the country; this keeps what somebody may
go to after Year 11 or 13. Employers and training providers are not in it: they stay free text.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from surveybot.rules.plain_text import clean

NEEDED = (
    "URN",
    "LA (code)",
    "EstablishmentName",
    "TypeOfEstablishment (code)",
    "EstablishmentStatus (code)",
    "PhaseOfEducation (name)",
    "StatutoryHighAge",
    "OfficialSixthForm (name)",
    "FurtherEducationType (name)",
    "UKPRN",
    "Town",
    "Postcode",
)
"""The columns of an extract that this reads; the order does not matter."""

FURTHER_EDUCATION, SIXTH_FORM_CENTRE, SPECIALIST, UNIVERSITY, SECURE = "18", "31", "32", "29", "57"
SIXTEEN_TO_NINETEEN = frozenset({"39", "45", "46"})
TECHNICAL = frozenset({"40", "41"})
POST_16_TYPES = SIXTEEN_TO_NINETEEN | TECHNICAL | {FURTHER_EDUCATION, SIXTH_FORM_CENTRE, SPECIALIST, SECURE}
OPEN = frozenset({"1", "3"})
"""Open, and open but proposed to close."""


@dataclass(frozen=True, slots=True)
class ProviderEntry:
    name: str
    kind: str  # a key of reference/destination_kinds.toml
    urn: str | None = None
    ukprn: str | None = None
    la: str = ""
    town: str = ""
    postcode: str = ""
    is_open: bool = True


def read_establishment(row: Mapping[str, str]) -> ProviderEntry | None:
    """The directory's entry for one row; one that is closed, or takes nobody after 16, is not open to choose.

    None where the row has no URN or no name.
    """
    urn, name = row["URN"].strip(), clean(row["EstablishmentName"])[:200]
    if not (urn.isdecimal() and len(urn) == 6 and name):
        return None
    ukprn = row["UKPRN"].strip()
    return ProviderEntry(
        name=name,
        kind=_kind(row),
        urn=urn,
        ukprn=ukprn if len(ukprn) == 8 and ukprn.isdecimal() else None,
        la=row["LA (code)"].strip().zfill(3)[:3],
        town=clean(row["Town"])[:80],
        postcode=clean(row["Postcode"])[:8],
        is_open=row["EstablishmentStatus (code)"].strip() in OPEN and _takes_after_16(row),
    )


def seed_entry(name: str) -> ProviderEntry:
    """An entry of the shipped list, which has names only."""
    folded = name.casefold()
    kind = "sixth_form_college" if "sixth form" in folded else "further_education_college"
    return ProviderEntry(name=clean(name), kind=kind)


def _takes_after_16(row: Mapping[str, str]) -> bool:
    kind = row["TypeOfEstablishment (code)"].strip()
    return (
        kind in POST_16_TYPES
        or kind == UNIVERSITY
        or row["OfficialSixthForm (name)"].strip() == "Has a sixth form"
        or (_high_age(row) >= 18 and row["PhaseOfEducation (name)"].strip() in ("Secondary", "All-through"))
    )


def _high_age(row: Mapping[str, str]) -> int:
    age = row["StatutoryHighAge"].strip()
    return int(age) if age.isdecimal() else 0


def _kind(row: Mapping[str, str]) -> str:
    kind = row["TypeOfEstablishment (code)"].strip()
    if kind == FURTHER_EDUCATION:
        sixth_form = row["FurtherEducationType (name)"].strip().startswith("Sixth Form College")
        return "sixth_form_college" if sixth_form else "further_education_college"
    if kind == SIXTH_FORM_CENTRE or kind in SIXTEEN_TO_NINETEEN:
        return "sixth_form_college"
    if kind in (SPECIALIST, SECURE):
        return "specialist_post_16"
    return "university" if kind == UNIVERSITY else "school_sixth_form"
