"""The question "Did you mean ...?", put once, after the answer is safe, about a name that is nearly known.

The question repeats what was posted, so that a choice is one more version of the same answer, and keeping
what was written is the same page with the same content: no row at all.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlmodel import Session
from werkzeug.datastructures import MultiDict

from surveybot.records import database
from surveybot.records.answer.asked import Asked
from surveybot.records.destination.providers import suggest
from surveybot.rules.destination.destination_kinds import NamedWith
from surveybot.rules.destination.provider_names import fold
from surveybot.rules.plain_text import clean
from surveybot.rules.survey.questionnaire import Survey
from surveybot.rules.survey.questionnaire_check import QuestionKind
from surveybot.web.house import House
from surveybot.web.language import gettext as _
from surveybot.web.student.page import Pick

WRITTEN = "written"
"""The field that keeps what was written; its presence says that the question has been put."""


@dataclass(frozen=True, slots=True)
class Doubt:
    name: str  # of the field
    written: str
    picks: tuple[Pick, ...]
    posted: tuple[tuple[str, str], ...]  # everything else that was said

    @property
    def keep(self) -> tuple[Pick, ...]:
        return (Pick(self.written, _("Keep what I wrote")),)


def with_old_name(posted: MultiDict[str, str]) -> MultiDict[str, str]:
    """What was posted, with the name as it was written where none was chosen in its place."""
    if WRITTEN not in posted:
        return posted
    field, _sign, name = posted[WRITTEN].partition("=")
    whole = posted.copy()
    whole.setdefault(field, name)
    return whole


def doubt_about(
    house: House,
    asked: Asked,
    survey: Survey,
    posted: MultiDict[str, str],
    *,
    places: Mapping[str, int],
) -> Doubt | None:
    """A question about the first name that the directory does not know but has something like, or None.

    `places` are the names that it does know, folded.
    """
    names = {} if WRITTEN in posted else dict(_places_of_learning(house, survey, posted))
    unknown = [(field, name) for field, name in names.items() if fold(name) not in places]
    if not unknown:
        return None
    with database.reading(house.engine) as session:
        return _question(house, session, asked, *unknown[0], posted)


def _question(
    house: House, session: Session, asked: Asked, field: str, name: str, posted: MultiDict[str, str]
) -> Doubt | None:
    la = str(asked.school_settings.get("la", ""))
    found = suggest(session, name, aliases=house.catalogue.provider_aliases, la=la)
    if not found:
        return None
    return Doubt(
        name=field,
        written=name,
        picks=tuple(Pick(provider.name, provider.name, provider.town) for provider in found),
        posted=(
            *((key, value) for key, value in posted.items(multi=True) if key != field),
            (WRITTEN, f"{field}={name}"),
        ),
    )


def _places_of_learning(
    house: House, survey: Survey, posted: MultiDict[str, str]
) -> Iterator[tuple[str, str]]:
    """The names that were written beside a kind that has a college or school, by field; no employers."""
    for question in survey.questions:
        if question.kind is not QuestionKind.OPTIONS:
            continue
        for number in range(1, question.most + 1):
            kind = house.catalogue.destination_kinds.get(posted.get(f"{question.id}-{number}-kind", ""))
            name = clean(posted.get(f"{question.id}-{number}-provider", ""))
            if name and kind is not None and kind.provider is NamedWith.LEARNING:
                yield f"{question.id}-{number}-provider", name
