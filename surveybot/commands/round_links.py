"""surveybot round links: one signed link per invited student: a list, a CSV file, or sheets of QR slips."""

from pathlib import Path

import click
from sqlmodel import Session

from surveybot.commands.entrance import Entrance, enter, refuse
from surveybot.commands.out_files import put_in_place, write_aside
from surveybot.files.sheets import write_csv
from surveybot.files.slips import Slip, SlipWords, slips_pdf, unprintable
from surveybot.links import LinkPurpose, address
from surveybot.records.audit import note_deed
from surveybot.records.roster import Student
from surveybot.records.rounds import Round, find_round
from surveybot.rules.short_codes import read_code
from surveybot.steps.paper_links import NoLinks, paper_links

COLUMNS = ("student", "first_name", "surname", "tutor_group", "link")
KEEP_SAFE = "Each is a key to one student's answer: keep the file safe."

Addressed = tuple[Student, str]


@click.command("links")
@click.argument("code", metavar="ROUND")
@click.option("--csv", type=click.Path(dir_okay=False, path_type=Path), help="Write a list here.")
@click.option("--pdf", type=click.Path(dir_okay=False, path_type=Path), help="Write QR slips here.")
def links(code: str, csv: Path | None, pdf: Path | None) -> None:
    """One signed link per invited student, for paper and QR slips; the same ones each time."""
    entrance = enter()
    now = entrance.now()
    with entrance.writing() as session:
        row = the_round(session, code)
        try:
            found = _addressed(entrance, session, row)
        except NoLinks as error:
            refuse(str(error))
        if csv or pdf:
            note_deed(session, "links_written", at=now, school_id=row.school_id, subject=row.code)
        files = {}
        if csv is not None:
            files[csv] = write_csv(COLUMNS, [_cells(*one) for one in found])
        if pdf is not None:
            words = SlipWords.of(entrance.settings.public_url, row.opens_at)
            files[pdf] = slips_pdf(_slips(found), words, title=f"Slips of {code}", made_at=now)
        waiting = write_aside(files)
    put_in_place(waiting)  # only now: no link stands there that is not stored
    if csv is not None:
        click.echo(f"{len(found)} links are in {csv}. {KEEP_SAFE}")
    if pdf is not None:
        click.echo(f"{len(found)} slips are in {pdf}. {KEEP_SAFE}")
        _warn_of_letters(found)
    if csv is None and pdf is None:
        click.echo("\n".join(f"{one.code}  {link}" for one, link in found) or "Nobody is invited.")


def the_round(session: Session, code: str) -> Round:
    row = find_round(session, read_code(code))
    if row is None:
        refuse(f"There is no round {code}. See: surveybot round list --school SCHOOL")
    return row


def _addressed(entrance: Entrance, session: Session, row: Round) -> list[Addressed]:
    public_url, signer = entrance.settings.public_url, entrance.signer
    return [
        (one.student, address(public_url, LinkPurpose.SURVEY, signer.sign(LinkPurpose.SURVEY, one.link_id)))
        for one in paper_links(session, row, now=entrance.now())
    ]


def _cells(student: Student, link: str) -> tuple[str, ...]:
    return (student.code, student.first_name, student.surname, student.tutor_group, link)


def _slips(found: list[Addressed]) -> list[Slip]:
    return [Slip(student.full_name, student.tutor_group, link) for student, link in found]


def _warn_of_letters(found: list[Addressed]) -> None:
    """A name in a script that the fonts do not have is printed right by a browser."""
    names = set(unprintable(student.full_name for student, _ in found))
    codes = [student.code for student, _ in found if student.full_name in names]
    if codes:
        click.echo(
            f"The names of {', '.join(codes)} hold letters that the PDF cannot show. "
            "Print the slips from the round's page instead: a browser writes every script."
        )
