"""surveybot roster ...: take a school's roster in."""

from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from surveybot.commands.entrance import Entrance, enter, json_option, refuse, say, school_option, the_school
from surveybot.files.tables import MAX_BYTES
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.roster_file.changes import Changes, RosterReading
from surveybot.rules.roster_file.rows import RowFault
from surveybot.steps.roster.enrol import (
    RosterRefused,
    enrol,
    hold,
    preview,
    read_school_roster,
    takes_examples,
)

SHOWN = 50
"""How many lines of a kind are printed for people; --json has them all."""


@click.group()
def command() -> None:
    """The roster: who is at the school, and how they can be reached."""


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@school_option
@click.option("--dry-run", is_flag=True, help="Say what would change; write nothing.")
@click.option("--confirm-left", is_flag=True, help="Mark as left even more than one in twenty.")
@json_option
def import_(file: Path, urn: str, dry_run: bool, confirm_left: bool, as_json: bool) -> None:
    """Take FILE in: CSV, XLSX or CTF XML. All of it or nothing; twice the same file changes nothing."""
    entrance = enter()
    now = entrance.now()
    with file.open("rb") as source:
        data = source.read(MAX_BYTES + 1)
    reading = _read(entrance, urn, data, file.name, now)
    with entrance.reading() if dry_run else entrance.writing() as session:
        school = the_school(session, urn)
        if not dry_run:
            hold(session, school)
        changes = preview(session, school, reading, now=now)
        if not dry_run and not changes.errors:
            try:
                enrol(
                    session,
                    school,
                    changes,
                    now=now,
                    confirm_left=confirm_left,
                    file_sha256=sha256(data).hexdigest(),
                )
            except RosterRefused as refusal:
                _say(changes, as_json=as_json, done=False)
                refuse(f"{refusal} Then import with --confirm-left. Nothing was changed.")
    _say(changes, as_json=as_json, done=not dry_run and not changes.errors)
    if changes.errors:
        refuse(f"{len(changes.errors)} errors: correct the file and import it again. Nothing was changed.")
    if dry_run and changes.needs_confirming:
        click.echo("More than one in twenty would be marked as left: that needs --confirm-left.", err=True)


def _read(entrance: Entrance, urn: str, data: bytes, file_name: str, now: datetime) -> RosterReading:
    """Read the file before any writing begins, so that nobody waits for it."""
    with entrance.reading() as session:
        return read_school_roster(
            session,
            the_school(session, urn),
            data,
            file_name,
            on=london_date(now),
            made_up=takes_examples(entrance.settings),
            authorities=entrance.catalogue.local_authorities,
        )


def _say(changes: Changes, *, as_json: bool, done: bool) -> None:
    say(_as_json(changes), as_json=as_json, in_words=lambda: _in_words(changes, done=done))


def _as_json(changes: Changes) -> dict[str, Any]:
    return {
        "added": len(changes.added),
        "changed": len(changes.changed),
        "unchanged": changes.unchanged,
        "left": len(changes.left),
        "errors": [asdict(fault) for fault in changes.errors],
        "notices": [asdict(fault) for fault in changes.notices],
    }


def _in_words(changes: Changes, *, done: bool) -> str:
    lines = [*_faults("Errors", changes.errors), *_faults("Notices", changes.notices)]
    if changes.errors:
        return "\n".join(lines)
    if not done:
        lines += _changed(changes)
    were = "" if done else "would be "
    lines.append(
        f"{len(changes.added)} {were}added, {len(changes.changed)} {were}changed, "
        f"{changes.unchanged} unchanged, {len(changes.left)} {were}marked as left."
    )
    return "\n".join(lines)


def _faults(title: str, faults: tuple[RowFault, ...]) -> list[str]:
    if not faults:
        return []
    lines = [f"{title}: {len(faults)}"]
    for fault in faults[:SHOWN]:
        where = ", ".join(filter(None, (f"row {fault.row}" if fault.row else "", fault.column)))
        value = f"“{fault.value}” " if fault.value else ""
        lines.append(f"  {where}: {value}{fault.problem}. {fault.fix}".replace("  : ", "  "))
    return [*lines, *_more(len(faults))]


def _changed(changes: Changes) -> list[str]:
    lines = []
    for change in changes.changed[:SHOWN]:
        lines.append(f"  {change.student.code} (row {change.row.number})")
        lines += [f"    {line.label}: {line.old or '-'} -> {line.new or '-'}" for line in change.lines]
    lines += _more(len(changes.changed))
    lines += [f"  {student.code} is not in the file: left" for student in changes.left[:SHOWN]]
    return ["Changes:", *lines] if lines else []


def _more(number: int) -> list[str]:
    return [f"  ... and {number - SHOWN} more; --json has them all"] if number > SHOWN else []
