"""Fill templates/messages/: plain substitution of a fixed list of placeholders, and nothing cleverer.

An email is `NAME-subject.txt`, `NAME-text.txt` and `NAME-html.html` (put into `frame.html`); a text message
is `NAME.txt`, which holds several wordings with `---` between them: the first that fits one part of a text
is taken. A wording that needs a value which is not there (a first name, say) is passed over.

English stands in the folder itself; a folder in it that is named after a language (`cy/`) holds what is
written in that one, and English stands in for the rest.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

from surveybot.config import ROOT
from surveybot.rules.delivery.text_length import TextLength, measure, plain, plain_letters
from surveybot.rules.plain_text import clean

TEMPLATES = ROOT / "templates" / "messages"
TEXTS = ROOT / "templates" / "texts"
"""What the bot says in a conversation: texts alone, sent back at once."""

PLACEHOLDERS = frozenset(
    {
        *("sender", "school", "school_short", "colour", "greeting", "first_name"),
        *("headline", "question", "closes_on", "receipt"),
        *("link", "stop_link", "passport_link", "home_link"),
        *("keep_routes", "keep_answers", "keep_consents"),
        *("answer", "adult", "by_when", "ring", "names", "words", "keys"),  # of a conversation by text
        *("preview_subject", "preview_text", "preview_sms", "preview_html"),
    }
)
"""All that a template may name; rules and steps decide which of them a message gets."""

LINKS = frozenset({"link", "stop_link", "passport_link", "home_link"})
_AS_IT_IS = frozenset({"preview_text", "preview_html"})  # made here, from a template of ours
_FIELD = re.compile(r"\{([a-z_]+)\}")
_SHORT_NAME = 26

# The button of an email; each is at least 7:1 on white, as on the pages.
COLOURS = {
    "blue": "#124f8c",
    "navy": "#1c2f5e",
    "teal": "#0b5351",
    "green": "#1d5732",
    "purple": "#4b2e83",
    "plum": "#6f1d5c",
    "red": "#8a1f24",
    "slate": "#37474f",
}


class TemplateFault(Exception):
    """A template cannot be used: a placeholder that does not exist, or no text at all."""


class MissingValue(Exception):
    """A template names a value that this message does not have."""


@dataclass(frozen=True, slots=True)
class EmailText:
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class TextMessage:
    body: str
    length: TextLength


@dataclass(frozen=True)
class Templates:
    """Every template, checked when it was loaded."""

    files: Mapping[str, str]
    frame: str

    def email(self, name: str, values: Mapping[str, str]) -> EmailText:
        known = _cleaned(values)
        return EmailText(
            subject=_fill(self.files[f"{name}-subject.txt"], known),
            text=_fill(self.files[f"{name}-text.txt"], known) + "\n",
            html=_fill(_framed(self.frame, self.files[f"{name}-html.html"]), _escaped(known)) + "\n",
        )

    def inner_html(self, name: str, values: Mapping[str, str]) -> str:
        """What stands inside the frame of an email, to be shown inside another."""
        return _fill(self.files[f"{name}-html.html"], _escaped(_cleaned(values)))

    def text(self, name: str, values: Mapping[str, str], *, naming: bool = False) -> TextMessage:
        """The first wording that fits one part, else the shortest.

        `naming` allows only wordings with the first name, where there are any: two people share the number.
        """
        wordings = _wordings(self.files[f"{name}.txt"])
        known = {
            key: value if key in LINKS else plain_letters(value) for key, value in _cleaned(values).items()
        }
        must_name = naming and "first_name" in known and any("{first_name}" in one for one in wordings)
        made = []
        for wording in wordings:
            fields = _pieces(wording)[1::2]
            if not fields or not known.keys() >= set(fields) or (must_name and "first_name" not in fields):
                continue
            body = plain(_fill(wording, known))
            made.append(TextMessage(body, measure(body)))
            if made[-1].length.fits_one:
                return made[-1]
        if not made:
            raise MissingValue(f"no wording of {name}.txt can be filled")
        return min(made, key=_cost)

    def has_text(self, name: str) -> bool:
        return f"{name}.txt" in self.files

    def has_email(self, name: str) -> bool:
        return f"{name}-subject.txt" in self.files


@cache
def load_templates(folder: Path = TEMPLATES, language: str = "en") -> Templates:
    """Read and check every template of a folder, or raise a TemplateFault that names the file."""
    paths = [*sorted(folder.glob("*.*")), *sorted(folder.glob(f"{language}/*.*"))]
    files = {path.name: path.read_text(encoding="utf-8").strip() for path in paths}
    frame = files.pop("frame.html", "{body}")
    for name, text in (("frame.html", frame.replace("{body}", "...")), *files.items()):
        _check(name, text)
    return Templates(files, frame)


def school_short(name: str) -> str:
    """A school's name cut after a whole word, for a text in which the whole name finds no room."""
    words = plain_letters(name).split()
    short = words[0][:_SHORT_NAME] if words else ""
    for word in words[1:]:
        if len(f"{short} {word}") > _SHORT_NAME:
            break
        short = f"{short} {word}"
    return short


def _check(name: str, text: str) -> None:
    if not text:
        raise TemplateFault(f"templates/messages/{name} is empty")
    unknown = sorted(set(_FIELD.findall(text)) - PLACEHOLDERS)
    if unknown:
        raise TemplateFault(f"templates/messages/{name}: there is no placeholder {{{unknown[0]}}}")
    if name.endswith("-subject.txt") and "\n" in text:
        raise TemplateFault(f"templates/messages/{name}: a subject is one line")


@cache
def _wordings(text: str) -> tuple[str, ...]:
    return tuple(" ".join(part.split()) for part in re.split(r"(?m)^---$", text))


@cache
def _framed(frame: str, body: str) -> str:
    return frame.replace("{body}", body)


@cache
def _pieces(template: str) -> tuple[str, ...]:
    """What stands in a template as it is, and between that the names of its placeholders."""
    return tuple(_FIELD.split(template))


def _fill(template: str, values: Mapping[str, str]) -> str:
    """One pass, so that a value which looks like a placeholder stays as it is."""
    made = list(_pieces(template))
    for place in range(1, len(made), 2):
        if made[place] not in values:
            raise MissingValue(f"{{{made[place]}}} has no value")
        made[place] = values[made[place]]
    return "".join(made)


def _cleaned(values: Mapping[str, str]) -> dict[str, str]:
    return {key: value if key in _AS_IT_IS else clean(value) for key, value in values.items()}


def _escaped(values: Mapping[str, str]) -> dict[str, str]:
    return {key: value if key == "preview_html" else escape(value) for key, value in values.items()}


def _cost(message: TextMessage) -> tuple[int, int]:
    return message.length.segments, message.length.units
