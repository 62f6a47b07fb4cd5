"""surveybot school ...: add a school, set what it decides for itself, show it."""

import re
from dataclasses import fields
from datetime import time
from typing import Any

import click

from surveybot.commands.entrance import enter, json_option, refuse, say, the_name, the_school
from surveybot.records.audit import note_deed
from surveybot.records.schools import School, find_school
from surveybot.rules.school_settings import SchoolSettings, SettingFault, set_value


@click.group()
def command() -> None:
    """Schools: every other row belongs to one."""


@command.command("add")
@click.argument("name")
@click.option("--urn", required=True, help="Six digits, from Get Information about Schools.")
@click.option("--la", default="", help="The local authority's three digits.")
@click.option("--sixth-form", is_flag=True, help="The school has its own sixth form.")
@json_option
def add(name: str, urn: str, la: str, sixth_form: bool, as_json: bool) -> None:
    """Add the school NAME."""
    if not re.fullmatch(r"[0-9]{6}", urn):
        refuse(f"{urn!r} is not a URN: write six digits.")
    name = the_name(name, "the school")
    entrance = enter()
    pairs = (("la", la), ("sixth_form", "yes" if sixth_form else ""))
    with entrance.writing() as session:
        if find_school(session, urn):
            refuse(f"There is a school with URN {urn} already. See: surveybot school show {urn}")
        stored = _changed({}, [(key, value) for key, value in pairs if value])
        school = School(urn=urn, name=name, settings=stored, created_at=entrance.now())
        session.add(school)
        session.flush()
        note_deed(session, "school_added", at=entrance.now(), school_id=school.id, subject=urn)
        answer = _as_answer(school)
    say(
        answer,
        as_json=as_json,
        in_words=lambda: (
            f"{school.name} is added. Next: surveybot staff add EMAIL --name NAME "
            f"--role careers_leader --school {urn}"
        ),
    )


@command.command("set")
@click.argument("urn", metavar="SCHOOL")
@click.argument("pairs", metavar="KEY=VALUE ...", nargs=-1, required=True)
@json_option
def set_command(urn: str, pairs: tuple[str, ...], as_json: bool) -> None:
    """Set what SCHOOL decides for itself; all of it is taken, or nothing."""
    entrance = enter()
    split = [pair.partition("=") for pair in pairs]
    if any(not sign for _, sign, _ in split):
        refuse("Write KEY=VALUE, for example la=931.")
    with entrance.writing() as session:
        school = the_school(session, urn)
        wanted = [(key.strip(), value) for key, _, value in split]
        school.settings = _changed(school.settings, wanted)
        keys = sorted(key for key, _ in wanted)
        note_deed(
            session,
            "school_set",
            at=entrance.now(),
            school_id=school.id,
            subject=urn,
            details={"keys": keys},
        )
        answer = _as_answer(school)
    say(answer, as_json=as_json, in_words=lambda: f"{school.name}: {', '.join(keys)} set.")


@command.command("show")
@click.argument("urn", metavar="SCHOOL")
@json_option
def show(urn: str, as_json: bool) -> None:
    """Show SCHOOL and every setting, also those that nobody has set."""
    entrance = enter()
    with entrance.reading() as session:
        answer = _as_answer(the_school(session, urn))
    say(answer, as_json=as_json, in_words=lambda: _in_words(answer))


def _changed(stored: dict[str, Any], pairs: list[tuple[str, str]]) -> dict[str, Any]:
    for key, value in pairs:
        try:
            stored = set_value(stored, key, value)
        except SettingFault as fault:
            refuse(f"{key}: {fault}" if key in SchoolSettings.__dataclass_fields__ else str(fault))
    return stored


def _as_answer(school: School) -> dict[str, Any]:
    known = SchoolSettings.from_stored(school.settings)
    return {
        "urn": school.urn,
        "name": school.name,
        "settings": {field.name: _plain(getattr(known, field.name)) for field in fields(known)},
    }


def _plain(value: Any) -> Any:
    return f"{value:%H:%M}" if isinstance(value, time) else value


def _in_words(answer: dict[str, Any]) -> str:
    lines = [f"{answer['name']} ({answer['urn']})"]
    lines += [f"  {key} = {value}" for key, value in answer["settings"].items()]
    return "\n".join(lines)
