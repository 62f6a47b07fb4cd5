"""Which column of a roster is what, and what to say where that is not clear.

A likely heading ("Email" alone) is taken only where no certain one ("Student Email") stands in the file,
and with a notice.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from surveybot.rules.plain_text import fold, short
from surveybot.rules.roster_file.fields import RosterField, certain_field, is_not_needed, likely_field
from surveybot.rules.roster_file.rows import RowFault


@dataclass(frozen=True, slots=True)
class Columns:
    """Which heading stands for what, and what could not be settled."""

    used: Mapping[RosterField, str]  # the user's own heading of each field
    unknown: tuple[str, ...]  # headings that nobody recognised
    errors: tuple[RowFault, ...] = ()
    notices: tuple[RowFault, ...] = ()


def fingerprint(headings: Iterable[str]) -> str:
    """One SHA-256 for a row of headings; a remembered mapping is found by it."""
    return hashlib.sha256("\n".join(fold(heading) for heading in headings).encode()).hexdigest()


def recognised(headings: Sequence[str]) -> int:
    """How many of the cells are headings that a roster may have: the heading row has the most."""
    return sum(1 for heading in headings if certain_field(heading) or likely_field(heading))


def settle_columns(
    headings: Sequence[str], heading_row: int, mapping: Mapping[str, str] | None = None
) -> Columns:
    """Give every heading its field: what a person chose first, then what is certain, then what is likely.

    `mapping` is heading -> field word, or "" for a column that is to be left alone.
    """
    chosen = {fold(heading): word for heading, word in (mapping or {}).items()}
    claims: dict[RosterField, list[str]] = {}
    undecided: list[str] = []
    for heading in headings:
        word = chosen.get(fold(heading))
        field = RosterField(word) if word else None if word == "" else certain_field(heading)
        if field is not None:
            claims.setdefault(field, []).append(heading)
        elif word is None:
            undecided.append(heading)
    undecided += _prefer_legal_names(claims)
    notices = _take_likely(undecided, claims, heading_row)
    unknown = tuple(heading for heading in undecided if not is_not_needed(heading))
    notices += [_unused(heading, heading_row) for heading in unknown]
    errors = [
        *_repeated(headings, heading_row),
        *_rival_claims(claims, heading_row),
        *_missing(claims, unknown, heading_row),
    ]
    used = {field: found[0] for field, found in claims.items()}
    return Columns(used, unknown, tuple(errors), tuple(notices))


def _prefer_legal_names(claims: Mapping[RosterField, list[str]]) -> list[str]:
    """Where "Legal Surname" and "Surname" both stand, keep the legal one; return what was passed over."""
    passed_over = []
    for field in (RosterField.SURNAME, RosterField.FORENAME):
        found = claims.get(field, [])
        legal = [heading for heading in found if fold(heading).startswith("legal")]
        if len(legal) == 1:
            passed_over += [heading for heading in found if heading not in legal]
            found[:] = legal
    return passed_over


def _take_likely(
    undecided: list[str], claims: dict[RosterField, list[str]], heading_row: int
) -> list[RowFault]:
    """Move likely headings from the undecided to fields that nothing else claims."""
    notices = []
    for heading in list(undecided):
        field = likely_field(heading)
        if field is None or field in claims:
            continue
        undecided.remove(heading)
        claims[field] = [heading]
        notices.append(
            RowFault(
                heading_row,
                short(heading),
                "",
                f"was read as {field.label}",
                "If it belongs to somebody else, name the column so (Contact 1 Email) and import again.",
            )
        )
    return notices


def _unused(heading: str, heading_row: int) -> RowFault:
    return RowFault(
        heading_row,
        short(heading),
        "",
        "is not a heading that is known here, so the column was left out",
        "If it is needed, give it a known heading, or choose what it is on the import page.",
    )


def _repeated(headings: Sequence[str], heading_row: int) -> list[RowFault]:
    seen: dict[str, str] = {}
    faults = []
    for heading in headings:
        if fold(heading) in seen:
            faults.append(
                RowFault(
                    heading_row, short(heading), "", "is the heading of two columns", "Rename or remove one."
                )
            )
        seen[fold(heading)] = heading
    return faults


def _rival_claims(claims: Mapping[RosterField, Sequence[str]], heading_row: int) -> list[RowFault]:
    return [
        RowFault(
            heading_row,
            short(found[1]),
            "",
            f"and “{short(found[0])}” are both {field.label}",
            "Remove one of the two columns, or choose between them on the import page.",
        )
        for field, found in claims.items()
        if len({fold(heading) for heading in found}) > 1
    ]


def _missing(
    claims: Mapping[RosterField, Sequence[str]], unknown: Sequence[str], heading_row: int
) -> list[RowFault]:
    """A name (in one column or two), a date of birth and a year group are needed."""
    fix = "Add the column"
    if unknown:
        fix += " or say which it is; these were not recognised: " + ", ".join(map(short, unknown[:12]))
    needed = {
        "Surname": {RosterField.SURNAME, RosterField.FORENAME, RosterField.SURNAME_FORENAME},
        RosterField.DATE_OF_BIRTH.label: {RosterField.DATE_OF_BIRTH},
        RosterField.YEAR_GROUP.label: {RosterField.YEAR_GROUP},
    }
    return [
        RowFault(heading_row, label, "", "is needed, and no column has it", fix + ".")
        for label, fields in needed.items()
        if not fields & claims.keys()
    ]
