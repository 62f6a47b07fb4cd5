"""The words in which people text a destination: the lines of a list, and the names of each kind.

They are data (reference/reply_words.toml); this module checks them and says what is offered to whom.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from surveybot.rules.destination.destination_kinds import DestinationKind
from surveybot.rules.reference_faults import ReferenceFaults
from surveybot.rules.survey.neutral_order import OWN_SIXTH_FORM
from surveybot.rules.texting.bare_words import bare

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MenuLine:
    """One line of the list; `kinds` is what it may stand for."""

    id: str
    label: Texts
    which: Texts
    kinds: tuple[str, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReplyWords:
    menu: tuple[MenuLine, ...] = ()
    kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # kind -> what people call it
    hints: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # kind -> what only suggests it


@dataclass(frozen=True, slots=True)
class Offer:
    """What one person may say: the list with its kinds narrowed down, and the names of every kind."""

    lines: tuple[MenuLine, ...]
    names: Mapping[str, tuple[str, ...]]
    hints: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def offer_for(
    words: ReplyWords, kinds: Mapping[str, DestinationKind], *, year_group: int, own_sixth_form: bool
) -> Offer:
    """The list and the words of somebody who finishes that year group."""
    allowed = {
        kind.key
        for kind in kinds.values()
        if kind.offered(year_group) and (own_sixth_form or kind.key != OWN_SIXTH_FORM)
    }
    lines = tuple(
        MenuLine(line.id, line.label, line.which, left, line.words)
        for line in words.menu
        if (left := tuple(kind for kind in line.kinds if kind in allowed))
    )
    names, hints = (
        {kind: said for kind, said in table.items() if kind in allowed}
        for table in (words.kinds, words.hints)
    )
    return Offer(lines, names, hints)


def read_reply_words(raw: Mapping[str, Any], kinds: Mapping[str, DestinationKind]) -> ReplyWords:
    """The words behind a parsed TOML, or one error with every fault."""
    if faults := [*_menu_faults(raw, kinds), *_word_faults(raw, kinds)]:
        raise ReferenceFaults(faults)
    menu = tuple(
        MenuLine(
            entry["id"],
            entry["label"],
            entry.get("which", {}),
            tuple(entry["kinds"]),
            tuple(entry.get("words", ())),
        )
        for entry in raw["menu"]
    )
    named, hints = (
        {kind: tuple(words) for kind, words in raw.get(table, {}).items()} for table in ("kinds", "hints")
    )
    return ReplyWords(menu, named, hints)


def _menu_faults(raw: Mapping[str, Any], kinds: Mapping[str, DestinationKind]) -> Iterator[str]:
    for entry in raw.get("menu", []):
        where = f"menu line {entry.get('id', '?')}"
        if not entry.get("label", {}).get("en"):
            yield f"{where}: label.en is missing."
        if len(entry.get("kinds", [])) > 1 and not entry.get("which", {}).get("en"):
            yield f"{where}: which.en is missing; it asks which of its kinds is meant."
        for kind in entry.get("kinds", []):
            if kind not in kinds:
                yield f"{where}: there is no kind {kind!r}."
    if not raw.get("menu"):
        yield "There is no [[menu]]."


def _word_faults(raw: Mapping[str, Any], kinds: Mapping[str, DestinationKind]) -> Iterator[str]:
    meanings: dict[str, str] = {}
    named = [(f"kind {kind}", words) for kind, words in raw.get("kinds", {}).items()]
    named += [(f"hints at {kind}", words) for kind, words in raw.get("hints", {}).items()]
    named += [(f"menu line {entry.get('id')}", entry.get("words", ())) for entry in raw.get("menu", [])]
    for meaning, words in named:
        for word in words:
            if bare(word) != word:
                yield f"{meaning}: {word!r} must be in small letters without punctuation."
            if meanings.setdefault(word, meaning) != meaning:
                yield f"{word!r} is a word for {meanings[word]} and for {meaning}."
    for kind in (*raw.get("kinds", {}), *raw.get("hints", {})):
        if kind not in kinds:
            yield f"There is no kind {kind!r}."
