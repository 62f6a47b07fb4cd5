"""The survey page, prepared: what is the same for a whole school is rendered once and kept.

A person's own words on the page are the first name, the page number and the token. Which questions are asked
for consent, and the order of the destinations, are part of what is kept.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import Any

from flask import render_template
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from surveybot.records import database
from surveybot.records.answer.asked import Asked
from surveybot.records.destination.providers import near
from surveybot.records.round.invitations import Audience
from surveybot.records.schools import School
from surveybot.rules.answer.answer_facts import SINCE
from surveybot.rules.answer.consent import Actor, Purpose, objection_decider
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.destination.destination_kinds import years_of_choice
from surveybot.rules.school_settings import SchoolSettings
from surveybot.rules.survey.neutral_order import offered_kinds, order_for
from surveybot.rules.survey.questionnaire import Question, Survey, in_language
from surveybot.rules.survey.questionnaire_check import AskPurposes, Effect, QuestionKind, Stage
from surveybot.rules.survey.wordings import PRIVACY, STATUTORY, Controllers, Shown
from surveybot.web.forms import Fault
from surveybot.web.house import House, the_house
from surveybot.web.student.kept import fill

LANGUAGE = "en"
NEARBY_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Person:
    """All that is a person's own on the page: a first name, and numbers."""

    token: str
    first_name: str
    page_number: str
    late: str  # until when a late answer is taken; empty while the round is open


@dataclass(frozen=True, slots=True)
class LastTime:
    """What is known already, for whoever has proven the birthday; no words where there is nothing."""

    words: str = ""
    day: str = ""


@dataclass(frozen=True, slots=True)
class Pick:
    """One thing that can be chosen."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """Everything that decides how the questions look: two people with equal looks see the same."""

    survey: str
    version: str
    school_name: str
    stored: tuple[tuple[str, Any], ...]  # the school's settings
    year_group: int  # whose options are offered: 11, 13, or those of a grown-up
    order: int
    of_parent: bool
    purposes: tuple[Purpose, ...]  # those that this person is asked
    decider: Actor | None  # whose the statutory objection is today; None where staff write
    near: tuple[str, ...]

    @property
    def settings(self) -> SchoolSettings:
        return _settings(self.stored)

    @property
    def parent_objects(self) -> bool:
        return self.of_parent and self.decider is Actor.PARENT

    @property
    def decides_themselves(self) -> bool:
        return not self.of_parent and self.decider is Actor.SELF


@lru_cache(maxsize=512)
def _settings(stored: tuple[tuple[str, Any], ...]) -> SchoolSettings:
    return SchoolSettings.from_stored(dict(stored))


def look_of(house: House, asked: Asked, survey: Survey, *, near: tuple[str, ...], now: datetime) -> Look:
    stored = tuple(asked.school_settings.items())
    of_parent = asked.audience is Audience.PARENT
    controllers = house.catalogue.controllers(asked.school_name, _settings(stored))
    return Look(
        survey=survey.slug,
        version=survey.version,
        school_name=asked.school_name,
        stored=stored,
        year_group=years_of_choice(asked.year_group, born=asked.date_of_birth, on=london_date(now)),
        order=order_for(asked.invitation_id),
        of_parent=of_parent,
        purposes=_purposes(house, asked, survey, controllers, _settings(stored)),
        decider=objection_decider(asked.date_of_birth, london_date(now)),
        near=near,
    )


def _purposes(
    house: House, asked: Asked, survey: Survey, controllers: Controllers, settings: SchoolSettings
) -> tuple[Purpose, ...]:
    """What is asked of this person: named controllers only, and only what the survey's rule leaves."""
    of_parent = asked.audience is Audience.PARENT
    if of_parent and not settings.ask_parents:
        return ()
    always = survey.ask_purposes is AskPurposes.ALWAYS
    actor = Actor.PARENT if of_parent else Actor.SELF
    return tuple(
        purpose
        for purpose in survey.purposes
        if (always or purpose not in asked.decided)
        and house.catalogue.wordings.of(purpose, actor).names_everyone(controllers, LANGUAGE)
    )


class Nearby:
    """The providers to suggest at a school, looked up once in ten minutes."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[datetime, tuple[str, ...]]] = {}

    def names(self, house: House, asked: Asked, now: datetime) -> tuple[str, ...]:
        known = self._known.get(asked.school_id)
        if known is None or not now - NEARBY_FOR < known[0] <= now:
            la = str(asked.school_settings.get("la", ""))
            la_name = house.catalogue.local_authorities.get(la, "")
            with database.reading(house.engine) as session:
                own_urn = session.get_one(School, asked.school_id).urn
                found = near(session, la=la, la_name=la_name, own_urn=own_urn)
            known = self._known[asked.school_id] = (now, tuple(provider.name for provider in found))
        return known[1]


@lru_cache(maxsize=512)
def blank_questions(look: Look) -> bytes:
    return questions_of(look, MultiDict(), ()).encode()


def questions_of(
    look: Look, values: MultiDict[str, str], faults: Sequence[Fault], *, unfolded: Sequence[str] = ()
) -> str:
    catalogue = the_house().catalogue
    survey = catalogue.survey_at(look.survey, dict(look.stored))
    mixed, last = offered_kinds(
        tuple(catalogue.destination_kinds.values()),
        year_group=look.year_group,
        own_sixth_form=look.settings.sixth_form,
        order=look.order,
        intended=survey.stage is Stage.IN_SCHOOL,
    )
    return render_template(
        "student/questions.html",
        survey=survey,
        say=lambda texts: in_language(texts, LANGUAGE),
        picks=picks,
        mixed=tuple(Pick(kind.key, kind.label_in(LANGUAGE), kind.hint_in(LANGUAGE)) for kind in mixed),
        last=tuple(Pick(kind.key, kind.label_in(LANGUAGE), kind.hint_in(LANGUAGE)) for kind in last),
        explain_rpa=look.year_group == 11 and look.settings.nation == "ENG",
        near=look.near,
        values=values,
        faults={fault.control: fault.text for fault in faults},
        is_used=partial(_is_used, values, faults),
        unfolded=unfolded,
        **_words(look),
    )


def _is_used(values: MultiDict[str, str], faults: Sequence[Fault], name: str) -> bool:
    """Whether anything was posted, or is wrong, in the fields of that name: their fold then stands open."""
    used = {field for field, said in values.items(multi=True) if said} | {fault.control for fault in faults}
    return any(field == name or field.startswith(f"{name}-") for field in used)


def _words(look: Look) -> dict[str, Any]:
    """The consent, statutory and privacy wordings that stand on the page."""
    catalogue = the_house().catalogue
    controllers = catalogue.controllers(look.school_name, look.settings)
    actor = Actor.PARENT if look.of_parent else Actor.SELF

    def shown(purpose: str) -> Shown:
        return catalogue.wordings.of(purpose, actor).show(LANGUAGE, controllers)

    statutory = shown(STATUTORY) if look.parent_objects else None
    return {
        "statutory": statutory,
        "objections": _objections(statutory),
        "consents": [(purpose.value, shown(purpose)) for purpose in look.purposes],
        "privacy": shown(PRIVACY),
        "decides_themselves": look.decides_themselves,
    }


def _objections(statutory: Shown | None) -> tuple[Pick, ...]:
    if statutory is None:
        return ()
    return (Pick("object", statutory.choices[0]), Pick("lift", statutory.choices[1]))


def picks(question: Question, *, last: bool = False) -> tuple[Pick, ...]:
    """The choices of a question; those that stand after the "or" on their own."""
    return tuple(
        Pick(choice.value, in_language(choice.label, LANGUAGE), in_language(choice.hint, LANGUAGE))
        for choice in question.choices
        if choice.last is last
    )


def page(look: Look, survey: Survey, person: Person) -> list[bytes]:
    """The blank page: everything on it but the person's own values is kept."""
    own: dict[str, str | bytes] = {
        "first_name": person.first_name,
        "page_number": person.page_number,
        "inner": blank_questions(look),
        "token": person.token,
    }
    return fill("student/survey.html", {**_frame(look, survey), "late": person.late, "faults": ()}, own)


def page_again(
    look: Look,
    survey: Survey,
    person: Person,
    values: MultiDict[str, str],
    faults: Sequence[Fault],
    *,
    last: LastTime | None = None,
    half: str = "",
) -> str:
    """The page after an error, with what was posted; or with what is known already.

    `half` is the receipt of half an answer: it is kept, and the page asks for the rest.
    """
    rest = _still_to_say(survey, last, half=bool(half))
    return render_template(
        "student/survey.html",
        **_frame(look, survey),
        inner=Markup(questions_of(look, values, faults, unfolded=rest)),  # noqa: S704 - from an escaping template
        faults=[(fault.control, fault.text) for fault in faults],
        first_name=person.first_name,
        page_number=person.page_number,
        token=person.token,
        late=person.late,
        last_time=last,
        half=half,
    )


def _still_to_say(survey: Survey, last: LastTime | None, *, half: bool) -> tuple[str, ...]:
    """Where to, and after half an answer since which month; nothing where one tap may be enough."""
    if not half and last != LastTime():
        return ()
    questions = survey.questions
    return tuple(q.id for q in questions if q.kind is QuestionKind.OPTIONS or (half and q.id == SINCE))


def starts_from_last(survey: Survey) -> bool:
    """Whether it is a check-in that asks if the last destination still holds."""
    choices = [choice for question in survey.questions for choice in question.choices]
    return survey.stage is Stage.AFTER_LEAVING and any(one.effect is Effect.SAME for one in choices)


def _frame(look: Look, survey: Survey) -> dict[str, Hashable]:
    return {
        "school_name": look.school_name,
        "colour": look.settings.colour,
        "language": LANGUAGE,
        "title": in_language(survey.titles, LANGUAGE),
        "intro": in_language(survey.intro, LANGUAGE),
        "of_parent": look.of_parent,
        "starts_from_last": starts_from_last(survey) and not look.of_parent,
    }
