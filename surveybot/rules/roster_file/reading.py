"""Table rows into roster rows: every cell is read, and every fault of a row is named at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from surveybot.rules.delivery.channels import RouteKind, RouteOwner
from surveybot.rules.plain_text import hides_something, short
from surveybot.rules.roster.birthdays import is_unusual, read_birthday
from surveybot.rules.roster.cell_faults import CellFault
from surveybot.rules.roster.email_addresses import read_email
from surveybot.rules.roster.identifiers import knows_upn_authority, read_uln, read_upn
from surveybot.rules.roster.phone_numbers import PhoneReading, read_phone
from surveybot.rules.roster.tables import Cell, TableRow
from surveybot.rules.roster_file import values
from surveybot.rules.roster_file.fields import RosterField
from surveybot.rules.roster_file.rows import RosterContact, RosterRoute, RosterRow, RowFault, Standards
from surveybot.rules.roster_file.values import Doubt

Read = TypeVar("Read")
F = RosterField


@dataclass(frozen=True, slots=True)
class RowReading:
    row: RosterRow | None  # None: it has errors
    errors: tuple[RowFault, ...]
    notices: tuple[RowFault, ...]


def read_row(row: TableRow, used: Mapping[RosterField, str], standards: Standards) -> RowReading:
    """Read one student; `used` names the heading of each field that the file has."""
    return _RowReader(row, used, standards).read()


def is_empty(row: TableRow) -> bool:
    return all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in row.cells.values())


class _RowReader:
    """Reads the cells of one row and gathers what is wrong with them."""

    def __init__(self, row: TableRow, used: Mapping[RosterField, str], standards: Standards) -> None:
        self.row = row
        self.used = used
        self.standards = standards
        self.errors: list[RowFault] = []
        self.notices: list[RowFault] = []

    def read(self) -> RowReading:
        surname, forename = self.names()
        born = self.birthday()
        year_group = self.needed(F.YEAR_GROUP, values.read_year_group)
        rest = {**self.identifiers(), **self.address(), **self.traits()}
        contacts, routes = self.contacts(), self.routes()
        if self.errors or born is None or year_group is None:
            return RowReading(None, tuple(self.errors), tuple(self.notices))
        if is_unusual(born, year_group, self.standards.on):
            self.notice(
                F.DATE_OF_BIRTH, f"is unusual for Year {year_group}", "Check the date and the year group."
            )
        row = RosterRow(
            number=self.row.number,
            surname=surname,
            forename=forename,
            date_of_birth=born,
            year_group=year_group,
            contacts=contacts,
            routes=routes,
            **rest,
        )
        return RowReading(row, (), tuple(self.notices))

    # One cell.

    def cell(self, field: RosterField) -> Cell:
        heading = self.used.get(field)
        return self.row.cells.get(heading) if heading is not None else None

    def take(self, field: RosterField, reader: Callable[[Cell], Read]) -> Read | None:
        """What the reader makes of the cell; None where it is empty, or has a fault, which is kept."""
        cell = self.cell(field)
        if cell is None or cell == "":
            return None
        try:
            return reader(cell)
        except Doubt as doubt:
            self.notice(field, doubt.problem, doubt.fix)
        except CellFault as fault:
            self.error(field, fault.problem, fault.fix)
        return None

    def needed(self, field: RosterField, reader: Callable[[Cell], Read]) -> Read | None:
        if self.cell(field) is None or not str(self.cell(field)).strip():
            self.error(
                field, "is empty", f"Every student needs it: fill in “{self.used.get(field, field.label)}”."
            )
            return None
        return self.take(field, reader)

    def text(self, field: RosterField, limit: int) -> str:
        return self.take(field, lambda cell: values.read_text(cell, limit)) or ""

    def name(self, field: RosterField, limit: int = 100) -> str:
        cell = self.cell(field)
        if isinstance(cell, str) and hides_something(cell):
            self.notice(field, "had hidden signs in it, which were taken out", "Nothing needs to be done.")
        return self.take(field, lambda cell: values.read_name(cell, limit)) or ""

    def error(self, field: RosterField, problem: str, fix: str) -> None:
        self.errors.append(self._fault(field, problem, fix))

    def notice(self, field: RosterField, problem: str, fix: str) -> None:
        self.notices.append(self._fault(field, problem, fix))

    def _fault(self, field: RosterField, problem: str, fix: str) -> RowFault:
        cell = self.cell(field)
        value = cell.isoformat()[:10] if isinstance(cell, date) else "" if cell is None else str(cell)
        return RowFault(self.row.number, short(self.used.get(field, field.label)), short(value), problem, fix)

    # Groups of cells.

    def names(self) -> tuple[str, str]:
        """Surname and forename; one of them may be empty, not both."""
        before = len(self.errors)
        surname, forename = self.name(F.SURNAME), self.name(F.FORENAME)
        if both := self.name(F.SURNAME_FORENAME, 200):
            surname, forename = self._split(both, surname, forename)
        if not surname and not forename and len(self.errors) == before:
            field = F.SURNAME if F.SURNAME in self.used else F.SURNAME_FORENAME
            field = field if field in self.used else F.FORENAME
            self.error(field, "is empty", "Give a surname or a forename: one of them may be empty, not both.")
        return surname, forename

    def _split(self, both: str, surname: str, forename: str) -> tuple[str, str]:
        if surname and forename:
            return surname, forename
        try:
            return values.split_name(both)
        except CellFault as fault:
            self.error(F.SURNAME_FORENAME, fault.problem, fault.fix)
            return "", ""

    def birthday(self) -> date | None:
        def reader(cell: Cell) -> date:
            return read_birthday("" if cell is None else cell, self.standards.on)

        return self.needed(F.DATE_OF_BIRTH, reader)

    def identifiers(self) -> dict[str, Any]:
        upn = self.take(F.UPN, lambda cell: read_upn(values.read_text(cell, 40)))
        known = self.standards.authorities
        if upn and known and not knows_upn_authority(upn, known):
            self.notice(
                F.UPN, f"names an LA ({upn[1:4]}) that is not known here", "Check it; it was taken as it is."
            )
        return {
            "upn": upn,
            "uln": self.take(F.ULN, _read_uln),
            "admission_number": self.text(F.ADMISSION_NUMBER, 20) or None,
        }

    def address(self) -> dict[str, Any]:
        """Lines 1 to 3, town and postcode, from whichever way the file splits an address."""
        whole, postcode = values.split_address(self.take(F.ADDRESS, _read_long) or "")
        house = ", ".join(filter(None, (self.text(F.FLAT, 60), self.text(F.HOUSE, 60))))
        street = " ".join(filter(None, (house, self.text(F.STREET, 100))))
        lines = [self.text(field, 120) for field in (F.ADDRESS_1, F.ADDRESS_2, F.ADDRESS_3)]
        town = self.text(F.TOWN, 80) or self.text(F.ADDRESS_4, 80)
        if not any(lines) and street:
            lines = [short(street, 120), self.text(F.LOCALITY, 120), ""]
        if not any(lines) and whole:
            town = town or (short(whole.pop(), 80) if len(whole) > 1 else "")
            lines = [short(line, 120) for line in (*whole[:2], ", ".join(whole[2:]), "", "")][:3]
        return {
            **{f"address{place}": line for place, line in enumerate(lines, start=1)},
            "town": town,
            "postcode": self.take(F.POSTCODE, values.read_postcode) or postcode,
        }

    def traits(self) -> dict[str, Any]:
        meals = self.take(F.FREE_MEALS, values.read_flag)
        premium = self.take(F.PUPIL_PREMIUM, values.read_flag)
        sen = self.take(F.SEN_PROVISION, values.read_sen) or ""
        plan = self.take(F.EHCP, values.read_flag)
        return {
            "preferred_name": self.name(F.PREFERRED_NAME),
            "tutor_group": self.text(F.TUTOR_GROUP, 20),
            "sex": self.take(F.SEX, values.read_sex) or "",
            "home_la": self.take(F.HOME_LA, values.read_home_la) or "",
            "first_language": self.text(F.FIRST_LANGUAGE, 60),
            "pupil_premium": premium if meals is None else (meals or bool(premium)),
            "sen_provision": sen,
            "ehcp": (sen == "E" if sen else None) if plan is None else plan,
            "looked_after": self.take(F.LOOKED_AFTER, values.read_flag),
            "eal": self.take(F.EAL, values.read_flag),
            "attendance": self.take(F.ATTENDANCE, values.read_attendance),
        }

    def contacts(self) -> tuple[RosterContact, ...]:
        found = []
        for place in (1, 2):
            parts = [self.name(F(f"contact{place}_{part}")) for part in ("forename", "surname")]
            contact = RosterContact(
                place,
                self.name(F(f"contact{place}_name"), 200) or " ".join(filter(None, parts)),
                self.text(F(f"contact{place}_relationship"), 60),
                self.text(F(f"contact{place}_address"), 400),
            )
            if contact != RosterContact(place):
                found.append(contact)
        return tuple(found)

    def routes(self) -> tuple[RosterRoute, ...]:
        """Every address that a message may go to; a student's own never comes from a contact's column."""
        found: dict[tuple[RouteOwner, RouteKind], RosterRoute] = {}
        for field, owner, kind in ROUTE_FIELDS:
            read = self.phone if kind is RouteKind.MOBILE else self.email
            route = read(field, owner, kind)
            if route is not None:
                found.setdefault((owner, route.kind), route)
        return tuple(found.values())

    def email(self, field: RosterField, owner: RouteOwner, kind: RouteKind) -> RosterRoute | None:
        """The address, and its kind: one at a well-known provider is personal, whatever its column says."""
        reading = self.take(
            field,
            lambda cell: read_email(values.read_text(cell, 300), test_environment=self.standards.made_up),
        )
        if reading is None:
            return None
        if len(reading.address) > 254:
            self.error(field, "is longer than an email address can be", "Check the address.")
        if reading.slip:
            self.notice(
                field, f"may be a slip for {reading.slip}", "Check the address; it was taken as it is."
            )
        return RosterRoute(owner, RouteKind.PERSONAL_EMAIL if reading.is_personal else kind, reading.address)

    def phone(self, field: RosterField, owner: RouteOwner, kind: RouteKind) -> RosterRoute | None:
        """The number, also where no text goes to it: staff may ring it."""
        reading = self.take(field, self._read_phone)
        if reading is None:
            return None
        if reading.no_route:
            self.notice(
                field,
                f"is {reading.no_route}: it is kept, and no text will go there",
                "Give a UK mobile number, if there is one.",
            )
        return RosterRoute(owner, kind, reading.number, no_text=bool(reading.no_route))

    def _read_phone(self, cell: Cell) -> PhoneReading | None:
        text = values.read_text(cell, 60)
        if not text or cell is None or isinstance(cell, date):
            return None
        return read_phone(cell, drama_numbers=self.standards.made_up)


ROUTE_FIELDS = (
    (F.PERSONAL_EMAIL, RouteOwner.STUDENT, RouteKind.PERSONAL_EMAIL),
    (F.STUDENT_EMAIL, RouteOwner.STUDENT, RouteKind.SCHOOL_EMAIL),
    (F.STUDENT_MOBILE, RouteOwner.STUDENT, RouteKind.MOBILE),
    (F.CONTACT_1_EMAIL, RouteOwner.CONTACT_1, RouteKind.PERSONAL_EMAIL),
    (F.CONTACT_1_MOBILE, RouteOwner.CONTACT_1, RouteKind.MOBILE),
    (F.CONTACT_2_EMAIL, RouteOwner.CONTACT_2, RouteKind.PERSONAL_EMAIL),
    (F.CONTACT_2_MOBILE, RouteOwner.CONTACT_2, RouteKind.MOBILE),
)


def _read_uln(cell: Cell) -> str | None:
    text = values.read_text(cell, 40)
    if "e+" in text.casefold():
        raise CellFault(
            "was shortened by a spreadsheet and has lost digits",
            "Format the column as text and enter the full number again.",
        )
    return read_uln(text)


def _read_long(cell: Cell) -> str:
    """An address in one cell: its line breaks count as commas."""
    return values.read_text(cell.replace("\n", ", ") if isinstance(cell, str) else cell, 400)
