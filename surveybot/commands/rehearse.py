"""surveybot rehearse-replies SURVEY FILE: how each line of a file would be read, without writing anything."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from surveybot.catalogue import Catalogue, college_seed, load_catalogue
from surveybot.commands.entrance import json_option, refuse, say, the_text
from surveybot.rules.answer.answer_facts import SAME_AS_BEFORE
from surveybot.rules.destination.provider_names import KnownName, fold, guesses
from surveybot.rules.texting.auto_replies import automatic
from surveybot.rules.texting.reply_words import offer_for
from surveybot.rules.texting.text_hearing import answers_question, hear
from surveybot.rules.texting.text_talk import Ask, Place, Talk, can_talk, content_of, next_ask, summary
from surveybot.rules.texting.wishes import wish_in
from surveybot.rules.texting.worrying_words import worry_in

SOMEBODY = "+447700900001"


@dataclass(frozen=True, slots=True)
class Heard:
    """One line of the file, and what would become of it."""

    line: int
    text: str
    read_as: str
    asked: str  # the question that stood open


@click.command()
@click.argument("survey")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--year-group", type=click.IntRange(11, 13), default=11, show_default=True)
@click.option("--one-conversation", is_flag=True, help="Read the lines as replies of one student, in order.")
@json_option
def command(survey: str, file: Path, year_group: int, one_conversation: bool, as_json: bool) -> None:
    """Show how each line of FILE, a text message each, would be read in SURVEY. Nothing is stored."""
    catalogue = load_catalogue()
    asked = catalogue.surveys.get(survey)
    if asked is None or not can_talk(asked):
        able = ", ".join(slug for slug, one in catalogue.surveys.items() if can_talk(one))
        refuse(f"{survey} cannot be answered by text. These can: {able}.")
    offer = offer_for(
        catalogue.reply_words, catalogue.destination_kinds, year_group=year_group, own_sixth_form=True
    )
    talk = Talk(asked, offer, catalogue.destination_kinds)
    lines = [line.strip() for line in the_text(file).splitlines() if line.strip()]
    heard = Rehearsal(talk, catalogue, one_conversation=one_conversation).read(lines)
    say([asdict(one) for one in heard], as_json=as_json, in_words=lambda: _in_words(heard))


class Rehearsal:
    """Reads line after line, each as the first reply of a student or all as those of one."""

    def __init__(self, talk: Talk, catalogue: Catalogue, *, one_conversation: bool) -> None:
        self.talk, self.one_conversation = talk, one_conversation
        self.aliases = catalogue.provider_aliases
        self.names = college_seed()
        self.places = [KnownName(number, fold(one.name)) for number, one in enumerate(self.names)]
        self.draft: dict[str, Any] = {}

    def read(self, lines: Sequence[str]) -> list[Heard]:
        return [self._line(number, text) for number, text in enumerate(lines, 1)]

    def _line(self, number: int, text: str) -> Heard:
        if not self.one_conversation:
            self.draft = {}
        ask = next_ask(self.talk, self.draft)
        read_as = self._before_an_answer(text, ask) or self._answer(text, ask)
        return Heard(number, text, read_as, ask.id if ask else "")

    def _before_an_answer(self, text: str, ask: Ask | None) -> str:
        if worry := worry_in(text):
            return f"a worry ({worry.value}): to the safeguarding lead at once"
        if machine := automatic(SOMEBODY, text):
            return f"not a person ({machine.value}): not answered, shown to staff"
        wish = wish_in(text, answers=lambda words: answers_question(self.talk, ask, words))
        return f"a wish: {wish.value.replace('_', ' ')}" if wish else ""

    def _answer(self, text: str, ask: Ask | None) -> str:
        if ask is None:
            return "after the end: to a person"
        heard = hear(self.talk, self.draft, ask, text, find=self._find, has_before=True)
        if not heard.understood:
            return "not understood: asked again"
        self.draft = heard.draft
        if maybe := heard.draft.get("maybe"):
            return f"perhaps: {summary(self.talk, maybe)}; asked back"
        if perhaps := heard.draft.get("perhaps"):
            return f"perhaps: {perhaps}; asked back"
        if names := heard.draft.get("names"):
            return f"{self._said()}; perhaps at {' or '.join(place['name'] for place in names)}; asked back"
        if heard.draft.get("option", {}).keys() == {"provider"}:
            return f"at {self._said()}; asked what kind of place that is"
        done = "" if next_ask(self.talk, heard.draft) else "; complete"
        return self._said() + done

    def _said(self) -> str:
        option = self.draft.get("option", {})
        parts = [summary(self.talk, option)] if option and SAME_AS_BEFORE not in option else []
        said = content_of(self.talk, {"said": self.draft.get("said", {})})
        parts += [
            f"{key} = {value if isinstance(value, str) else ', '.join(value)}" for key, value in said.items()
        ]
        if SAME_AS_BEFORE in option:
            parts = ["the same as before"]
        return "; ".join(part for part in parts if part)

    def _find(self, text: str) -> Sequence[Place]:
        exact = [one for one in self.names if fold(one.name) == fold(text)]
        if exact:
            return [Place(exact[0].name, exact[0].kind, exact=True)]
        found = guesses(text, self.places, aliases=self.aliases)
        return [Place(self.names[number].name, self.names[number].kind) for number in found]


def _in_words(heard: Sequence[Heard]) -> str:
    width = min(50, max((len(one.text) for one in heard), default=0))
    return "\n".join(f"{one.line:>4}  {one.text:<{width}}  {one.read_as}" for one in heard)
