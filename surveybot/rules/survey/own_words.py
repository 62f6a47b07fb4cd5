"""A school's own words for a survey: its title, what stands under it, how a message asks. Nothing else.

They are TOML text, as in a questionnaire: `titles.en`, `intro.en`, `question.en`. What is asked, of whom and
when stays as the plan has it.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from surveybot.rules.plain_text import hides_something
from surveybot.rules.survey.questionnaire import QuestionnaireFaults, Survey

WORDS_KEY = "words."
LONGEST = {"titles": 80, "intro": 300, "question": 80}
_ACTED_ON = "yes|end|quit|cancel|stop|start|unsubscribe|help|info|stopall|unstop|revoke|optout"
_ORDER = re.compile(
    rf"\b(?:reply|text|send|answer|write)\s+(?:with\s+)?[\"'“‘]?({_ACTED_ON})\b", re.IGNORECASE
)
_ADDRESS = re.compile(r"https?:|www\.", re.IGNORECASE)


def reword(survey: Survey, text: str) -> Survey:
    """The survey in a school's own words, or one error with every fault."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise QuestionnaireFaults(survey.slug, [f"This is not TOML: {error}."]) from None
    if faults := list(_faults(raw)):
        raise QuestionnaireFaults(survey.slug, faults)
    return replace(
        survey,
        version=sha256(f"{survey.version}{text}".encode()).hexdigest()[:12],
        titles={**survey.titles, **raw.get("titles", {})},
        intro={**survey.intro, **raw.get("intro", {})},
        question={**survey.question, **raw.get("question", {})},
    )


def as_toml(words: Mapping[str, str]) -> str:
    """The text that stores English words; what is empty stays as it is shipped."""
    return "".join(f"{key}.en = {_quoted(words[key])}\n" for key in LONGEST if words.get(key))


def _quoted(words: str) -> str:
    """As a TOML string: JSON's own escapes, but no halves of an emoji."""
    return json.dumps(words, ensure_ascii=False)


def _faults(raw: Mapping[str, Any]) -> Iterator[str]:
    for key, texts in raw.items():
        if key not in LONGEST:
            yield f"{key} cannot be worded: only {', '.join(LONGEST)} can."
        elif not isinstance(texts, Mapping):
            yield f"{key}: write {key}.en."
        else:
            for language, text in texts.items():
                yield from (f"{key}.{language}: {fault}" for fault in _text_faults(text, LONGEST[key]))


def _text_faults(text: Any, most: int) -> Iterator[str]:
    if not isinstance(text, str) or not text.strip():
        yield "there are no words in it."
        return
    if len(text) > most:
        yield f"{len(text)} letters are too many: {most} at the most."
    if any(ord(letter) < 32 for letter in text):
        yield "write it on one line."
    elif hides_something(text):
        yield "leave out signs that nobody can see."
    if "{" in text or "}" in text:
        yield "leave out { and }: nothing is filled in here."
    if _ADDRESS.search(text):
        yield "leave out web addresses: each student's own link follows by itself."
    if found := _ORDER.search(text):
        yield f"{found[1]!r} is a word that the phone network acts on, so nobody may be asked to send it."
