"""surveybot survey ...: a school's own words for a survey, as TOML text."""

from pathlib import Path
from typing import Any

import click

from surveybot.commands.entrance import (
    enter,
    json_option,
    refuse,
    say,
    school_option,
    the_school,
    the_text,
)
from surveybot.records.audit import note_deed
from surveybot.rules.survey.own_words import WORDS_KEY
from surveybot.rules.survey.questionnaire import QuestionnaireFaults
from surveybot.steps.round.reword import check_words, keep_words, restore_words


@click.group()
def command() -> None:
    """A school's own words for a survey."""


@command.command("list")
@school_option
@json_option
def list_command(urn: str, as_json: bool) -> None:
    """Every survey, and whether the school words it itself."""
    entrance = enter()
    with entrance.reading() as session:
        settings = the_school(session, urn).settings
    answer: list[dict[str, Any]] = [
        {"survey": slug, "own_words": settings.get(WORDS_KEY + slug)} for slug in entrance.catalogue.surveys
    ]
    say(answer, as_json=as_json, in_words=lambda: "\n".join(map(_line, answer)))


@command.command("word")
@click.argument("survey")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@school_option
@click.option("--dry-run", is_flag=True, help="Check it; write nothing.")
@json_option
def word(survey: str, file: Path, urn: str, dry_run: bool, as_json: bool) -> None:
    """Word SURVEY as FILE says: titles.en, intro.en and question.en, as TOML."""
    entrance = enter()
    _known(survey)
    text, now = the_text(file), entrance.now()
    with entrance.writing() as session:
        school, public_url = the_school(session, urn), entrance.settings.public_url
        try:
            check_words(entrance.catalogue, school, survey, text, public_url=public_url, now=now)
        except QuestionnaireFaults as faults:
            refuse(str(faults))
        if not dry_run:
            keep_words(school, survey, text)
            note_deed(session, "words_set", at=now, school_id=school.id, subject=survey)
    say(
        {"survey": survey, "own_words": text, "stored": not dry_run},
        as_json=as_json,
        in_words=lambda: "These words can be used." if dry_run else f"{survey} is worded as the file says.",
    )


@command.command("restore")
@click.argument("survey")
@school_option
@json_option
def restore(survey: str, urn: str, as_json: bool) -> None:
    """Go back to the shipped words of SURVEY."""
    entrance = enter()
    _known(survey)
    with entrance.writing() as session:
        school = the_school(session, urn)
        restore_words(school, survey)
        note_deed(session, "words_restored", at=entrance.now(), school_id=school.id, subject=survey)
    say(
        {"survey": survey, "own_words": None},
        as_json=as_json,
        in_words=lambda: f"{survey} has its shipped words again.",
    )


def _known(survey: str) -> None:
    surveys = enter().catalogue.surveys
    if survey not in surveys:
        refuse(f"There is no survey {survey!r}. There are: {', '.join(sorted(surveys))}.")


def _line(one: dict[str, Any]) -> str:
    return f"{one['survey']}: {'own words' if one['own_words'] else 'as shipped'}"
