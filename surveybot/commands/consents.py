"""surveybot consents ...: what somebody agreed to, refused, was asked, and objected to."""

from collections.abc import Sequence

import click

from surveybot.catalogue import Catalogue
from surveybot.commands.entrance import enter, json_option, refuse, say
from surveybot.records.answer.consents import ConsentEvent, Objection, consents_of, objections_of
from surveybot.records.roster.students import find_student
from surveybot.rules.answer.consent import standing
from surveybot.rules.calendar.dates_in_words import say_at
from surveybot.rules.short_codes import read_code
from surveybot.rules.survey.wordings import ENGLISH, STATUTORY, Controllers

Word = ConsentEvent | Objection


@click.group()
def command() -> None:
    """The consent ledger: every decision, with the version of the words that were shown."""


@command.command("show")
@click.argument("student")
@json_option
def show(student: str, as_json: bool) -> None:
    """Show every decision of STUDENT and their parents, oldest first; "statutory" is the objection."""
    entrance = enter()
    with entrance.reading() as session:
        row = find_student(session, read_code(student))
        if row is None or row.id is None:
            refuse(f"There is no student {student}. The code begins with S-; every list shows it.")
        events = consents_of(session, row.id)
        objections = objections_of(session, row.id)
    words: list[Word] = [*events, *objections]
    words.sort(key=lambda word: word.at)
    answer = [_as_json(word) for word in words]
    say(answer, as_json=as_json, in_words=lambda: _in_words(events, words, entrance.catalogue))


def _purpose(word: Word) -> str:
    return word.purpose.value if isinstance(word, ConsentEvent) else STATUTORY


def _as_json(word: Word) -> dict[str, object]:
    return {
        "purpose": _purpose(word),
        "decision": word.decision.value,
        "actor": word.actor.value,
        "at": word.at,
        "wording": word.wording,
        "channel": word.channel.value,
    }


def _in_words(events: Sequence[ConsentEvent], words: Sequence[Word], catalogue: Catalogue) -> str:
    if not words:
        return "Nobody has been asked yet."
    now = standing(event.as_fact() for event in events)
    lines = ["Now:"]
    for purpose, decision in now.items():
        short = catalogue.wordings.of(purpose).show(ENGLISH, Controllers("the school")).short
        lines.append(f"  {purpose.value} {short}: {decision.value if decision else 'never asked'}")
    lines.append("Said:")
    lines += [f"  {say_at(word.at)}: {_line(word)}" for word in words]
    return "\n".join(lines)


def _line(word: Word) -> str:
    said = word.decision.value.replace("_", " ")
    by_whom = word.actor.value.replace("_", " ")
    return f"{_purpose(word)} {said} by {by_whom}, {word.channel.value}, words {word.wording}"
