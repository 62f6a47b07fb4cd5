"""surveybot round links: one signed link per invited student: a list, a CSV file, or sheets of QR slips."""

from pathlib import Path
from typing import Any

import click
from sqlmodel import Session

from surveybot.commands.entrance import Entrance, enter, json_option, refuse, say
from surveybot.commands.out_files import put_in_place, write_aside
from surveybot.files.sheets import write_csv
from surveybot.files.slips import Slip, SlipWords, slips_pdf, unprintable
from surveybot.links import LinkPurpose, address
from surveybot.records.audit import note_deed
from surveybot.records.roster.students import Student
from surveybot.records.round.rounds import Round, find_round
from surveybot.rules.short_codes import read_code
from surveybot.steps.round.paper_links import NoLinks, paper_links

COLUMNS = ("student", "first_name", "surname", "tutor_group", "link")
KEEP_SAFE = "Each is a key to one student's answer: keep the file safe."

Addressed = tuple[Student, str]


@click.command("links")
@click.argument("code", metavar="ROUND")
@click.option("--csv", type=click.Path(dir_okay=False, path_type=Path), help="Write a list here.")
@click.option("--pdf", type=click.Path(dir_okay=False, path_type=Path), help="Write QR slips here.")
@json_option
def links(code: str, csv: Path | None, pdf: Path | None, as_json: bool) -> None:
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
    answer = _as_answer(row.code, found, csv, pdf)
    say(answer, as_json=as_json, in_words=lambda: _in_words(answer))


def _as_answer(code: str, found: list[Addressed], csv: Path | None, pdf: Path | None) -> dict[str, Any]:
    """The links themselves only where they go into no file; then the file alone is to be kept safe."""
    shown = [] if csv or pdf else [dict(zip(COLUMNS, _cells(*one), strict=True)) for one in found]
    return {
        "round": code,
        "invited": len(found),
        "csv": str(csv) if csv else None,
        "pdf": str(pdf) if pdf else None,
        "not_in_pdf": _of_other_letters(found) if pdf else [],
        "links": shown,
    }


def _in_words(answer: dict[str, Any]) -> str:
    count, lines = answer["invited"], [f"{one['student']}  {one['link']}" for one in answer["links"]]
    if answer["csv"]:
        lines.append(f"{count} links are in {answer['csv']}. {KEEP_SAFE}")
    if answer["pdf"]:
        lines.append(f"{count} slips are in {answer['pdf']}. {KEEP_SAFE}")
    if answer["not_in_pdf"]:
        lines.append(
            f"The names of {', '.join(answer['not_in_pdf'])} hold letters that the PDF cannot show. "
            "Print the slips from the round's page instead: a browser writes every script."
        )
    return "\n".join(lines) or "Nobody is invited."


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


def _of_other_letters(found: list[Addressed]) -> list[str]:
    """The codes of those with a name in a script that the fonts do not have; a browser prints it right."""
    names = set(unprintable(student.full_name for student, _ in found))
    return [student.code for student, _ in found if student.full_name in names]
