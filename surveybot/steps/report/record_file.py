"""Turn an export into the bytes of a file, and put on record that it went out.

The record holds the SHA-256 of the exact bytes: a file that turns up later can be told from any other.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import PurePath

from sqlmodel import Session

from surveybot.catalogue import Catalogue
from surveybot.files.sheets import write_csv, write_xlsx
from surveybot.records.audit import note_deed
from surveybot.records.report.exchanges import Exchange
from surveybot.records.schools import School
from surveybot.rules.report.la_sheet import LEFT_OUT_COLUMNS, ExportSheet
from surveybot.rules.school_settings import SchoolSettings


class FileFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class ExportFile:
    """The bytes that go out. `left_out_data` is the second file of a CSV, None where it is a second sheet."""

    name: str
    data: bytes
    left_out_name: str
    left_out_data: bytes | None
    sheet: ExportSheet

    @property
    def sha256(self) -> str:
        return sha256(self.data).hexdigest()


def make_file(sheet: ExportSheet, *, name: str, file_format: FileFormat, now: datetime) -> ExportFile:
    """The sheet as the bytes of a file; what was left out stands in a second sheet or file."""
    left_out_name = str(PurePath(name).with_suffix(".left-out.csv"))
    gaps = [entry.cells for entry in sheet.left_out]
    if file_format is FileFormat.CSV:
        data = write_csv(sheet.columns, sheet.rows)
        return ExportFile(name, data, left_out_name, write_csv(LEFT_OUT_COLUMNS, gaps), sheet)
    sheets = [("Students", sheet.columns, sheet.rows), ("Left out", LEFT_OUT_COLUMNS, gaps)]
    return ExportFile(name, write_xlsx(sheets, made_at=now), left_out_name, None, sheet)


def record_file(
    session: Session,
    school: School,
    file: ExportFile,
    *,
    kind: str,
    leaving: int,
    recipient: str,
    staff_id: int | None,
    now: datetime,
) -> Exchange:
    """Two rows: the exchange that pages list, and the deed in the audit trail."""
    exchange = Exchange(
        school_id=school.id or 0,
        kind=kind,
        profile=file.sheet.profile.name,
        leaving=leaving,
        recipient=recipient,
        rows=len(file.sheet.rows),
        left_out=file.sheet.people_left_out,
        file_name=PurePath(file.name).name,
        file_sha256=file.sha256,
        staff_id=staff_id,
        made_at=now,
    )
    session.add(exchange)
    note_deed(
        session,
        "file_exported",
        at=now,
        school_id=school.id,
        staff_id=staff_id,
        subject=f"{kind} {leaving}",
        details=_details(file),
    )
    return exchange


def _details(file: ExportFile) -> dict[str, str | int]:
    details: dict[str, str | int] = {
        "profile": file.sheet.profile.name,
        "rows": len(file.sheet.rows),
        "withheld": file.sheet.withheld,
        "left_out": file.sheet.people_left_out,
        "sha256": file.sha256,
    }
    if file.left_out_data is not None:
        details["left_out_sha256"] = sha256(file.left_out_data).hexdigest()
    return details


def recipient_of(school: School, catalogue: Catalogue) -> str:
    """The authority that the file is for, or its contractor; empty where the school has named none."""
    settings = SchoolSettings.from_stored(school.settings)
    return settings.la_contractor or catalogue.local_authorities.get(settings.la, "")
