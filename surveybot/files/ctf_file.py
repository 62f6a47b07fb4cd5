"""Common Transfer Files (CTF XML): only what a roster needs is read; the rest is passed over unread.

A CTF holds much that is sensitive (assessments, attendance, exclusions). Namespaces are stripped, entities
and external references are refused, and older files say Gender where newer ones say Sex.
"""

import re
from typing import Any
from xml.sax import SAXException
from xml.sax.handler import ContentHandler

import defusedxml.sax
from defusedxml.common import DefusedXmlException

from surveybot.files.faults import TableFault
from surveybot.files.table_building import MAX_ROWS, too_many_rows
from surveybot.rules.roster.tables import Cell, Table, TableRow

ADDRESS_PARTS = {
    **{f"AddressLine{place}": f"Address line {place}" for place in range(1, 5)},
    "SAON": "SAON",
    "PAON": "PAON",
    "Street": "Street",
    "Locality": "Locality",
    "Town": "Town",
    "PostTown": "Town",
    "PostCode": "Postcode",
    "Postcode": "Postcode",
}
PUPIL = {
    "UPN": "UPN",
    "UniqueLearnerNumber": "ULN",
    "Surname": "Surname",
    "Forename": "Forename",
    "DOB": "DOB",
    "Gender": "Sex",
    "Sex": "Sex",
    "BasicDetails/PreferredForename": "Preferred Forename",
    "BasicDetails/NCyearActual": "NCyearActual",
    "BasicDetails/Languages/Type/Language": "First Language",
    "NCyearActual": "NCyearActual",
    "LookedAfter/InCare": "In Care",
    "FSMhistory/FSMinstance/FSMstartDate": "FSM",
    "SENhistory/SEN/SENprovision": "SEN provision",
    "Email": "Student Email",
}
CONTACT = {"Surname": "Surname", "Forename": "Forename", "Relationship": "Relationship", "Email": "Email"}


def read_ctf(data: bytes) -> Table:
    """One row per pupil; its number is the line of its <Pupil>, or its place where all share one line."""
    handler = _PupilHandler()
    try:
        defusedxml.sax.parseString(data, handler, forbid_dtd=True)
    except DefusedXmlException as error:
        raise TableFault(
            "The XML file defines entities, which no CTF needs", "Export the CTF again from your system."
        ) from error
    except (SAXException, ValueError, LookupError) as error:
        line = getattr(error, "getLineNumber", lambda: 0)() or 0
        raise TableFault(
            "is not well-formed XML", "Export the CTF again from your system.", row=line
        ) from error
    if not handler.saw_ctf:
        raise TableFault("The XML file is not a CTF", "Export the roster as CTF, CSV or a workbook (.xlsx).")
    return _table(handler.pupils)


def _table(pupils: list[tuple[int, dict[str, Cell]]]) -> Table:
    lines = {line for line, _ in pupils}
    numbers = [line for line, _ in pupils] if len(lines) == len(pupils) else range(1, len(pupils) + 1)
    headings = dict.fromkeys(["UPN", "Surname", "Forename", "DOB", "NCyearActual"])
    for _, cells in pupils:
        headings.update(dict.fromkeys(cells))
    rows = tuple(TableRow(number, cells) for number, (_, cells) in zip(numbers, pupils, strict=True))
    return Table(tuple(headings), 1, rows)


class _PupilHandler(ContentHandler):
    """Follows the path inside one <Pupil> and keeps the few texts that are wanted."""

    def __init__(self) -> None:
        super().__init__()
        self.saw_ctf = False
        self.pupils: list[tuple[int, dict[str, Cell]]] = []
        self.path: list[str] = []  # below <Pupil>; empty outside
        self.inside = False
        self.text: list[str] = []
        self.cells: dict[str, Cell] = {}
        self.contacts = 0
        self.phone_type = ""
        self.locator: Any = None

    def setDocumentLocator(self, locator: Any) -> None:
        self.locator = locator

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: ARG002
        name = name.rpartition(":")[2]
        self.saw_ctf = self.saw_ctf or name.casefold() == "ctfile"
        self.text = []
        if self.inside:
            self.path.append(name)
            self._open("/".join(self.path))
        elif name == "Pupil":
            self._begin_pupil()

    def characters(self, content: str) -> None:
        if self.inside:
            self.text.append(content)

    def endElement(self, name: str) -> None:
        name = name.rpartition(":")[2]
        if not self.inside:
            return
        if not self.path and name == "Pupil":
            self.inside = False
            return
        self._close("/".join(self.path), "".join(self.text).strip())
        self.path.pop()
        self.text = []

    def _begin_pupil(self) -> None:
        if len(self.pupils) >= MAX_ROWS:
            raise too_many_rows()
        self.inside, self.path, self.contacts = True, [], 0
        self.cells = {}
        self.pupils.append((self.locator.getLineNumber(), self.cells))

    def _open(self, path: str) -> None:
        if path == "Contacts/Contact":
            self.contacts += 1
        if path.endswith("Phones/Phone"):
            self.phone_type = ""

    def _close(self, path: str, text: str) -> None:
        place = f"Contact {self.contacts} " if path.startswith("Contacts/Contact/") else ""
        if place and self.contacts > 2:
            return
        below = path.removeprefix("Contacts/Contact/")
        if below == "Phones/Phone/TelephoneType":
            self.phone_type = text
        elif below in ("Phones/Phone/PhoneNo", "Phones/Phone/TelephoneNo", "Phones/Phone"):
            self._phone(place or "Student ", text)
        elif place:
            self._contact(place, below, text)
        else:
            self._pupil(path, text)

    def _pupil(self, path: str, text: str) -> None:
        if path == "FSMhistory/FSMinstance/FSMendDate" and text:
            self.cells["FSM"] = "N"
        elif path in PUPIL and text:
            self._keep(PUPIL[path], "Y" if path.endswith("FSMstartDate") else text)
        elif path.startswith("Address/") and path.rpartition("/")[2] in ADDRESS_PARTS:
            self.cells.setdefault(ADDRESS_PARTS[path.rpartition("/")[2]], text)

    def _keep(self, heading: str, text: str) -> None:
        """Histories run from old to new, so that the last entry counts; the rest stands once."""
        self.cells[heading] = text

    def _contact(self, place: str, below: str, text: str) -> None:
        if below in CONTACT and text:
            self.cells[place + CONTACT[below]] = text
        elif re.fullmatch(r"Address/(?:\w+/)*\w+", below) and below.rpartition("/")[2] in ADDRESS_PARTS:
            so_far = self.cells.get(place + "Address")
            if text:
                self.cells[place + "Address"] = f"{so_far}, {text}" if so_far else text

    def _phone(self, place: str, number: str) -> None:
        """The mobile of a person who has several numbers: by its type, else by how it begins."""
        if not number:
            return
        known = self.cells.get(place + "Mobile")
        if known is None or (_is_mobile(number, self.phone_type) and not _is_mobile(str(known))):
            self.cells[place + "Mobile"] = number


def _is_mobile(number: str, phone_type: str = "") -> bool:
    return phone_type.upper() == "M" or bool(re.match(r"(?:0|\+?44|0044)\s*7", number))
