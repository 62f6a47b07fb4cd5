"""surveybot destinations ...: what is known of where somebody is going."""

from collections.abc import Sequence
from typing import Any

import click

from surveybot.catalogue import Catalogue
from surveybot.commands.entrance import enter, json_option, refuse, say
from surveybot.records.destination.destinations import facts_of
from surveybot.records.roster.students import find_student
from surveybot.rules.calendar.dates_in_words import say_at
from surveybot.rules.destination.destinations import Fact, FactKind, current
from surveybot.rules.short_codes import read_code


@click.group()
def command() -> None:
    """The destination ledger: intended, offered, actual."""


@command.command("show")
@click.argument("student")
@json_option
def show(student: str, as_json: bool) -> None:
    """Show every fact about STUDENT, which of them are current, and where sources differ."""
    entrance = enter()
    with entrance.reading() as session:
        row = find_student(session, read_code(student))
        if row is None or row.id is None:
            refuse(f"There is no student {student}. The code begins with S-; every list shows it.")
        facts = facts_of(session, row.id)
    catalogue = entrance.catalogue
    say(_answer(facts, catalogue), as_json=as_json, in_words=lambda: _in_words(facts, catalogue))


def _answer(facts: Sequence[Fact], catalogue: Catalogue) -> dict[str, Any]:
    standing = {kind: current(facts, kind) for kind in FactKind}
    return {
        "current": {
            kind.value: _as_json(now.first, catalogue) if now.first else None
            for kind, now in standing.items()
        },
        "choices": {
            kind.value: [_as_json(fact, catalogue) for fact in now.facts] for kind, now in standing.items()
        },
        "facts": [_as_json(fact, catalogue) for fact in facts],
        "conflicts": [
            {
                "kind": kind.value,
                "preference": clash.current.preference,
                "current": _as_json(clash.current, catalogue),
                "other": _as_json(clash.other, catalogue),
            }
            for kind, now in standing.items()
            for clash in now.conflicts
        ],
    }


def _as_json(fact: Fact, catalogue: Catalogue) -> dict[str, Any]:
    kind = catalogue.destination_kinds.get(fact.destination)
    return {
        "kind": fact.kind.value,
        "destination": fact.destination,
        "preference": fact.preference,
        "activity_code": kind.activity_code if kind else None,
        "intended_code": kind.intended_code if kind else None,
        "provider": fact.provider_name or None,
        "course": fact.course_title or None,
        "source": fact.source.value,
        "method": fact.method.value,
        "started_on": fact.started_on,
        "ascertained_at": fact.ascertained_at,
        "verified_at": fact.verified_at,
        "status": fact.status.value if fact.status else None,
    }


def _in_words(facts: Sequence[Fact], catalogue: Catalogue) -> str:
    if not facts:
        return "Nothing is known yet."
    lines = []
    for kind in FactKind:
        now = current(facts, kind)
        lines += [f"{kind.value} {fact.preference}: {_line(fact, catalogue)}" for fact in now.facts]
        lines += [f"  but {_line(clash.other, catalogue)}" for clash in now.conflicts]
    return "\n".join([*lines, f"{len(facts)} facts in all; --json lists them."])


def _line(fact: Fact, catalogue: Catalogue) -> str:
    kind = catalogue.destination_kinds.get(fact.destination)
    what = kind.label_in("en") if kind else fact.destination
    parts = [what, fact.provider_name, fact.course_title, fact.status.value if fact.status else ""]
    said = ", ".join(part for part in parts if part)
    return f"{said} (said by {fact.source.value.replace('_', ' ')}, {say_at(fact.ascertained_at)})"
