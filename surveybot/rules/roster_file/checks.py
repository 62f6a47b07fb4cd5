"""What only shows when rows are held side by side: one person twice, an address that people share."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from surveybot.rules.delivery.channels import Channel, RouteOwner
from surveybot.rules.plain_text import fold, short
from surveybot.rules.roster.email_addresses import fold_address
from surveybot.rules.roster_file.fields import RosterField
from surveybot.rules.roster_file.rows import RosterRow, RowFault

IDENTIFIERS: Mapping[RosterField, Callable[[RosterRow], str | None]] = {
    RosterField.UPN: lambda row: row.upn,
    RosterField.ULN: lambda row: row.uln,
    RosterField.ADMISSION_NUMBER: lambda row: fold_admission(row.admission_number),
}
"""The numbers that name one person, the strongest first."""


def fold_admission(number: str | None) -> str | None:
    """For comparing: a spreadsheet may have eaten the zeros at the front."""
    return (fold(number).lstrip("0") or "0") if number else None


def name_key(surname: str, forename: str, born: object) -> tuple[str, str, object]:
    return fold(surname), fold(forename), born


def repeated_people(rows: Sequence[RosterRow], used: Mapping[RosterField, str]) -> list[RowFault]:
    """An error for each row that is the same person as one above it."""
    faults: dict[int, RowFault] = {}
    for field, number_of in IDENTIFIERS.items():
        for first, again in _repeats(rows, number_of):
            value = short(str(number_of(again)))
            faults.setdefault(again.number, _twice(first, again, used.get(field, field.label), value))
    for first, again in _repeats(rows, lambda row: name_key(row.surname, row.forename, row.date_of_birth)):
        if not _told_apart(first, again):
            heading = used.get(RosterField.SURNAME, used.get(RosterField.SURNAME_FORENAME, "Surname"))
            faults.setdefault(again.number, _twice(first, again, heading, short(again.full_name)))
    return [faults[number] for number in sorted(faults)]


def _repeats(
    rows: Iterable[RosterRow], key_of: Callable[[RosterRow], object]
) -> Iterator[tuple[RosterRow, RosterRow]]:
    seen: dict[object, RosterRow] = {}
    for row in rows:
        key = key_of(row)
        if key is None:
            continue
        if key in seen:
            yield seen[key], row
        else:
            seen[key] = row


def _told_apart(one: RosterRow, other: RosterRow) -> bool:
    """Two people may share a name and a birthday, if a number says that they are two."""
    pairs = [(number_of(one), number_of(other)) for number_of in IDENTIFIERS.values()]
    return any(mine and theirs and mine != theirs for mine, theirs in pairs)


def _twice(first: RosterRow, again: RosterRow, heading: str, value: str) -> RowFault:
    return RowFault(
        again.number,
        short(heading),
        value,
        f"is the same person as row {first.number}",
        "Remove one of the two rows, or correct the number.",
    )


def shared_addresses(rows: Sequence[RosterRow]) -> list[RowFault]:
    """A notice for each student whose number or email another student, or a parent, has as well."""
    students: dict[str, RosterRow] = {}
    parents: dict[str, RosterRow] = {}
    for row in rows:
        for route in row.routes:
            if route.owner is not RouteOwner.STUDENT:
                parents.setdefault(fold_address(route.address), row)
    notices = []
    for row in rows:
        for route in row.routes:
            if route.owner is not RouteOwner.STUDENT:
                continue
            key, word = fold_address(route.address), _word(route.channel)
            if key in parents:
                notices.append(_shared(row, word, route.address, "also a parent's", parents[key]))
            elif students.setdefault(key, row) is not row:
                notices.append(_shared(row, word, route.address, "also another student's", students[key]))
    return notices


def _word(channel: Channel) -> str:
    return "Student mobile" if channel is Channel.SMS else "Student email"


def _shared(row: RosterRow, column: str, address: str, whose: str, other: RosterRow) -> RowFault:
    where = "the same row" if other is row else f"row {other.number}"
    return RowFault(
        row.number,
        column,
        short(address),
        f"is {whose} ({where})",
        "It was taken as it is; ask for the student's own if you can.",
    )
