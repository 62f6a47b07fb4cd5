"""surveybot export ...: the local authority's files."""

from datetime import datetime
from pathlib import Path

import click

from surveybot.commands.entrance import (
    enter,
    json_option,
    leaving_option,
    refuse,
    say,
    school_option,
    the_school,
)
from surveybot.commands.out_files import put_in_place, write_aside
from surveybot.records.schools import School
from surveybot.rules.report.la_sheet import WHOLE_ROW, ExportSheet
from surveybot.steps.report.export import INTENDED, UnknownProfile, export_intended
from surveybot.steps.report.record_file import ExportFile, FileFormat, make_file, recipient_of, record_file


@click.command()
@click.argument("what", type=click.Choice([INTENDED]))
@school_option
@leaving_option
@click.option("--year-group", type=click.Choice(["11", "13"]), default="11", show_default=True)
@click.option("--profile", default="default", show_default=True, help="The columns and codes of the file.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help=".csv or .xlsx")
@json_option
def command(
    what: str, urn: str, leaving: int, year_group: str, profile: str, out: Path, as_json: bool
) -> None:
    """Write WHAT into a file: `intended` says where everybody who is finishing intends to go.

    Beside a CSV file stands a second one, .left-out.csv; in an XLSX file it is the second sheet.
    """
    entrance = enter()
    now = entrance.now()
    file_format = _format_of(out)
    with entrance.writing() as session:
        school = the_school(session, urn)
        try:
            sheet = export_intended(
                session,
                school,
                leaving=leaving,
                profile=profile,
                now=now,
                catalogue=entrance.catalogue,
                year_group=int(year_group),
            )
        except UnknownProfile as error:
            refuse(str(error))
        file = _made(sheet, out, school, file_format, now, leaving=leaving, year_group=year_group)
        record_file(
            session,
            school,
            file,
            kind=what,
            leaving=leaving,
            recipient=recipient_of(school, entrance.catalogue),
            staff_id=None,
            now=now,
        )
        waiting = write_aside(_parts(file, out))
    put_in_place(waiting)  # only now: no file stands there that is not on record
    say(_answer(file, out), as_json=as_json, in_words=lambda: _in_words(file, out))


def _format_of(out: Path) -> FileFormat:
    suffix = out.suffix.lower().removeprefix(".")
    if suffix not in list(FileFormat):
        refuse(f"--out {out.name}: the name must end in .csv or .xlsx.")
    return FileFormat(suffix)


def _made(
    sheet: ExportSheet,
    out: Path,
    school: School,
    file_format: FileFormat,
    now: datetime,
    *,
    leaving: int,
    year_group: str,
) -> ExportFile:
    if not sheet.rows and not sheet.left_out:
        refuse(f"Nobody at {school.name} finishes Year {year_group} in summer {leaving}: nothing to export.")
    return make_file(sheet, name=out.name, file_format=file_format, now=now)


def _parts(file: ExportFile, out: Path) -> dict[Path, bytes]:
    parts = {out: file.data}
    if file.left_out_data is not None:
        parts[out.with_name(file.left_out_name)] = file.left_out_data
    return parts


def _answer(file: ExportFile, out: Path) -> dict[str, object]:
    sheet = file.sheet
    return {
        "file": str(out),
        "left_out_file": str(out.with_name(file.left_out_name)) if file.left_out_data else None,
        "rows": len(sheet.rows),
        "withheld": sheet.withheld,
        "unanswered": sheet.unanswered,
        "left_out": [
            {"student": entry.student, "what": entry.what, "reason": entry.why} for entry in sheet.left_out
        ],
        "sha256": file.sha256,
    }


def _in_words(file: ExportFile, out: Path) -> str:
    sheet = file.sheet
    lines = [
        f"{out}: {len(sheet.rows)} students; {sheet.unanswered} have not answered yet, "
        f"{sheet.withheld} with other information withheld.",
        f"SHA-256 {file.sha256}",
    ]
    lines += [
        f"Left out: {entry.student}: {entry.why}" for entry in sheet.left_out if entry.what == WHOLE_ROW
    ]
    return "\n".join(lines)
