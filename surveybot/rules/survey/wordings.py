"""The exact words that people are shown about consent, the statutory objection and privacy.

A wording has a version and a text per language. Its placeholders name controllers (ICO: consent must name
them; a category is not enough). A line that names somebody who does not exist here, such as a contractor,
is left out. What was shown is known by its SHA-256, and can be shown again from version, language and the
controllers that were stored with the event.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Any

from surveybot.rules.answer.consent import Actor, Purpose

STATUTORY, PRIVACY = "statutory", "privacy"
PLACEHOLDERS = ("school", "la", "contractor")
ENGLISH = "en"
LA_UNNAMED = "the local council"
KEPT = 1024  # texts with their names filled in

_PURPOSES = frozenset({*Purpose, STATUTORY, PRIVACY})
_ASKED_OF = {"student": Actor.SELF, "parent": Actor.PARENT}
_PLACEHOLDER = re.compile(r"\{(\w*)\}")
_CHOICES = {STATUTORY: ("object", "lift"), PRIVACY: ()}


class WordingFault(ValueError):
    """A wording file that cannot be taken; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Controllers:
    """The organisations that a wording names; an empty name means that there is none."""

    school: str
    la: str = ""
    contractor: str = ""

    def as_stored(self, wording: "Wording", language: str) -> list[dict[str, str]]:
        """Those that the text names, for the evidence of an event."""
        named = wording.placeholders(language)
        names = self._names().items()
        return [{"role": role, "name": name} for role, name in names if role in named and name]

    @classmethod
    def from_stored(cls, stored: Iterable[Mapping[str, str]]) -> "Controllers":
        names = {entry["role"]: entry["name"] for entry in stored}
        return cls(**{role: names.get(role, "") for role in PLACEHOLDERS})

    def _names(self) -> dict[str, str]:
        return {"school": self.school, "la": self.la, "contractor": self.contractor}

    def fill(self, line: str) -> str | None:
        """The line with its names, or None where it speaks of a contractor and there is none."""
        if "{contractor}" in line and not self.contractor:
            return None
        names = {**self._names(), "la": self.la or LA_UNNAMED}
        return _PLACEHOLDER.sub(lambda found: names[found[1]], line)


def council(la_name: str) -> str:
    """How a local authority of the directory is named in a sentence: the council for Cornwall."""
    return f"the council for {la_name}" if la_name else ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One wording as a person sees it. `choices` are yes and no, or object and lift, or none."""

    version: str
    language: str
    short: str  # a heading of a few words; no part of the text
    question: str
    lines: tuple[str, ...]
    choices: tuple[str, ...]
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha256", text_sha256(self.text))

    @property
    def text(self) -> str:
        return "\n".join((self.question, *self.lines, *self.choices))


@dataclass(frozen=True, slots=True)
class WordingText:
    short: str
    question: str
    lines: tuple[str, ...]
    choices: tuple[str, ...]

    def parts(self) -> tuple[str, ...]:
        return (self.question, *self.lines, *self.choices)


@dataclass(frozen=True, slots=True, eq=False)
class Wording:
    """One version of the words for one purpose ("P1" to "P7", "statutory" or "privacy")."""

    version: str
    purpose: str
    asked_of: Actor
    texts: Mapping[str, WordingText]

    def language(self, wanted: str) -> str:
        """The wanted language, or English where it has no text yet."""
        return wanted if wanted in self.texts else ENGLISH

    @lru_cache(maxsize=KEPT)  # noqa: B019 - wordings live as long as the process
    def placeholders(self, language: str) -> frozenset[str]:
        parts = self.texts[self.language(language)].parts()
        return frozenset(name for part in parts for name in _PLACEHOLDER.findall(part))

    def names_everyone(self, controllers: Controllers, language: str = ENGLISH) -> bool:
        """Whether the controllers that it speaks of have a name; only then may a yes be asked for."""
        return "la" not in self.placeholders(language) or bool(controllers.la)

    @lru_cache(maxsize=KEPT)  # noqa: B019 - as above: the same words for everybody at a school
    def show(self, language: str, controllers: Controllers) -> Shown:
        language = self.language(language)
        text = self.texts[language]

        def filled(lines: Iterable[str]) -> tuple[str, ...]:
            return tuple(line for raw in lines if (line := controllers.fill(raw)) is not None)

        (question,) = filled((text.question,))
        return Shown(self.version, language, text.short, question, filled(text.lines), filled(text.choices))

    def render(self, language: str, controllers: Controllers) -> str:
        """The whole text, one line each: the question, what is said about it, the choices."""
        return self.show(language, controllers).text


class Wordings:
    """Every version of every wording; the last one in its file is the one in use."""

    def __init__(self, wordings: Iterable[Wording]) -> None:
        self._versions: dict[str, Wording] = {}
        self._current: dict[tuple[str, Actor], Wording] = {}
        for wording in wordings:
            if wording.version in self._versions:
                raise WordingFault(f"The version {wording.version} stands twice.")
            self._versions[wording.version] = wording
            self._current[wording.purpose, wording.asked_of] = wording

    def of(self, purpose: str, asked_of: Actor = Actor.SELF) -> Wording:
        """The words in use; a parent who has no words of their own gets the student's."""
        return self._current.get((purpose, asked_of)) or self._current[purpose, Actor.SELF]

    def version(self, version: str) -> Wording | None:
        return self._versions.get(version)

    def shown_then(
        self, version: str, language: str, stored_controllers: Iterable[Mapping[str, str]]
    ) -> Shown | None:
        """The exact words of that day again, or None where the version is no longer in the files."""
        wording = self._versions.get(version)
        if wording is None:
            return None
        return wording.show(language, Controllers.from_stored(stored_controllers))


def text_sha256(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def read_wordings(file_name: str, content: Mapping[str, Any]) -> list[Wording]:
    """The wordings of one TOML file, checked; a WordingFault names the file and the version."""
    return [_read(file_name, entry) for entry in content.get("wording", [])]


def _read(file_name: str, entry: Mapping[str, Any]) -> Wording:
    version, purpose = str(entry.get("version", "")), str(entry.get("purpose", ""))
    place = f"{file_name}, {version or 'a wording without a version'}"
    if not version or purpose not in _PURPOSES or entry.get("asked_of") not in _ASKED_OF:
        raise WordingFault(f"{place}: version, purpose and asked_of (student or parent) are needed.")
    names = _CHOICES.get(purpose, ("yes", "no"))
    found = {key: text for key, text in entry.items() if key not in ("version", "purpose", "asked_of")}
    texts = {language: _read_text(f"{place}, {language}", text, names) for language, text in found.items()}
    if ENGLISH not in texts:
        raise WordingFault(f"{place}: the English text is missing.")
    return Wording(version, purpose, _ASKED_OF[entry["asked_of"]], texts)


def _read_text(place: str, text: Mapping[str, Any], choices: tuple[str, ...]) -> WordingText:
    missing = [key for key in ("short", "question", "lines", *choices) if not text.get(key)]
    if missing:
        raise WordingFault(f"{place}: {', '.join(missing)} is missing.")
    read = WordingText(
        text["short"], text["question"], tuple(text["lines"]), tuple(text[key] for key in choices)
    )
    for part in read.parts():
        unknown = set(_PLACEHOLDER.findall(part)) - set(PLACEHOLDERS)
        if unknown or "\n" in part:
            raise WordingFault(f"{place}: only {PLACEHOLDERS} may stand in braces, on one line each.")
    if any("{contractor}" in part for part in (read.question, *read.choices)):
        raise WordingFault(f"{place}: a contractor is named in a line of its own, which may be left out.")
    return read
