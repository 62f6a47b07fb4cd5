"""What the made-up students say when they are asked whether it is still the same, by page and by text."""

import random
from collections.abc import Mapping
from datetime import date
from typing import Any

from surveybot.demo.plans import Plan, say
from surveybot.rules.texting.text_talk import NONE_OF_THESE, RIGHT, Ask, AskKind

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
HELP = ("finding", "changing", "staying", "deciding", "money", "talk")
LAST_WORDS = (
    "Thank you for asking.",
    "All good here, say hi to everyone.",
    "Good luck with the next ones!",
    "",
)
ASKS_FOR_HELP = 0.05


def content_of_answer(
    dice: random.Random, survey: str, plan: Plan, *, year_group: int, known: str | None, today: date
) -> dict[str, Any]:
    """The content of an answer to any survey, as its page gives it; `known` is the last destination told."""
    if survey == "goodbye":
        return {"word": word} if (word := dice.choice(LAST_WORDS)) else {}
    question = {"enrolled": "started"}.get(survey, "still")
    if survey != "enrolled" and not survey.startswith("check-in"):
        return say(dice, survey, plan, year_group)
    same, changed = ("as_planned", "elsewhere") if survey == "enrolled" else ("same", "changed")
    if dice.random() < ASKS_FOR_HELP or plan.destination == "looking":
        return {question: "help", "options": [_now(plan)], "help": [dice.choice(HELP)]}
    if known == plan.destination:
        return {question: same}
    month = MONTHS[(today.month - 2 - dice.randrange(3)) % 12] if question == "still" else "september"
    return {question: changed, "options": [_now(plan)], "since": month}


def _now(plan: Plan) -> dict[str, str]:
    option = {"kind": plan.destination, "provider": plan.provider, "course": plan.course}
    return {key: value for key, value in option.items() if value}


def reply_to(dice: random.Random, ask: Ask, content: Mapping[str, Any], *, line_of: Mapping[str, str]) -> str:
    """The words of a reply to a question that came by text; `line_of`: the line of the list, by kind."""
    option: Mapping[str, str] = (content.get("options") or [{}])[0]
    kind = option.get("kind", "not_sure")
    match ask.kind:
        case AskKind.MENU:
            return _key(dice, ask, line_of.get(kind, kind))
        case AskKind.WHICH:
            return _key(dice, ask, kind)
        case AskKind.NAME:
            return option.get("provider") or "0"
        case AskKind.CONFIRM:
            return _key(dice, ask, RIGHT)
        case AskKind.PICK:
            return _key(dice, ask, option.get("provider", NONE_OF_THESE))
        case AskKind.STATUS:
            return _key(dice, ask, option.get("status", "applied"))
    said = content.get(ask.question.id, "none")
    return _key(dice, ask, said if isinstance(said, str) else said[0])


def _key(dice: random.Random, ask: Ask, wanted: str) -> str:
    """Most send the key; some write it out."""
    for key, option in enumerate(ask.options, 1):
        if option.value == wanted:
            return option.label if dice.random() < 0.2 else str(key)
    return str(len(ask.options))
