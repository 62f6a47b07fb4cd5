"""What people post becomes checked values: WTForms validates, templates render.

Flask-WTF guards the forms behind a cookie. A survey's form class is made once per year group; a request only
binds it. An empty field says nothing, and nothing chosen at all is no answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFProtect
from wtforms import Field, Form, RadioField, SelectMultipleField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional, ValidationError

from surveybot.rules.answer.consent import Decision, ObjectionDecision, Purpose
from surveybot.rules.destination.destination_kinds import DestinationKind
from surveybot.rules.plain_text import clean
from surveybot.rules.survey.questionnaire import Question, Survey
from surveybot.rules.survey.questionnaire_check import QuestionKind
from surveybot.web.language import gettext as _

csrf = CSRFProtect()
"""Doors call `csrf.protect()`; nothing is checked by default, since public links carry no cookie."""


class StaffForm(FlaskForm):  # type: ignore[misc]
    """A form behind a cookie. The door has checked the token already; the field only renders it."""

    class Meta:
        csrf = False


MOST_LETTERS = 120
_YES_NO = {"yes": Decision.GRANTED, "no": Decision.REFUSED}
_OBJECTION = {"object": ObjectionDecision.OBJECTED, "lift": ObjectionDecision.LIFTED}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one control, and its id on the page."""

    control: str
    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """A checked answer: its content by question, and what was decided about each purpose that was shown."""

    content: dict[str, Any]
    consents: dict[Purpose, Decision]
    objection: ObjectionDecision | None


class OptionsField(Field):  # type: ignore[misc]
    """Up to three options in order of preference, each of kind, provider, course and status."""

    def __init__(self, kinds: frozenset[str], statuses: frozenset[str], most: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kinds, self.statuses, self.most = kinds, statuses, most
        self.faults: list[Fault] = []

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:  # noqa: ARG002
        self.process_errors: list[str] = []
        self.data: list[dict[str, str]] = []
        for number in range(1, self.most + 1):
            if option := self._read(formdata, f"{self.name}-{number}"):
                self.data.append(option)

    def _read(self, formdata: Any, prefix: str) -> dict[str, str]:
        parts = ("kind", "provider", "course", "status")
        posted = {part: clean(formdata.get(f"{prefix}-{part}", "")) for part in parts}
        option = {part: value for part, value in posted.items() if value}
        if not option:
            return {}
        if option.get("kind") not in self.kinds:
            self.faults.append(Fault(f"{prefix}-kind", _("Choose what kind of choice this is")))
        if option.get("status", "") not in {"", *self.statuses}:
            self.faults.append(Fault(f"{prefix}-status", _("Choose one of the answers")))
        for part in ("provider", "course"):
            if len(option.get(part, "")) > MOST_LETTERS:
                self.faults.append(Fault(f"{prefix}-{part}", _("Write at most 120 letters")))
        return option

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        if self.faults:
            raise ValidationError(self.faults[0].text)


class StudentForm(Form):  # type: ignore[misc]
    """A form on the way of an answer: no cookie, so no CSRF token; a signed page number stands for it."""

    class Meta:
        csrf = False
        locales = False  # nothing of WTForms' own words is shown


_classes: dict[tuple[str, str, int], type[StudentForm]] = {}


def form_class(survey: Survey, kinds: Mapping[str, DestinationKind], *, year_group: int) -> type[StudentForm]:
    """The form of a survey, made when it is first asked for."""
    key = (survey.slug, survey.version, year_group)
    if key not in _classes:
        offered = frozenset(kind.key for kind in kinds.values() if kind.offered(year_group))
        fields = {question.id: _field(question, offered) for question in survey.questions}
        fields |= {purpose.value: _radio(("yes", "no")) for purpose in survey.purposes}
        known = {name: field for name, field in fields.items() if field is not None}
        _classes[key] = type("SurveyForm", (StudentForm,), known)
    return _classes[key]


def _field(question: Question, kinds: frozenset[str]) -> Any:
    values = tuple(choice.value for choice in question.choices)
    match question.kind:
        case QuestionKind.OPTIONS:
            return OptionsField(kinds, frozenset(values), question.most)
        case QuestionKind.CHOICE:
            return _radio(values)
        case QuestionKind.CHOICES:
            choices = [SelectChoice(value, value) for value in values]
            return SelectMultipleField(choices=choices)
        case QuestionKind.TEXT:
            return TextAreaField(filters=[_cleaned], validators=[Length(max=question.most)])
        case QuestionKind.OBJECTION:
            return _radio(tuple(_OBJECTION))
    return None


def _radio(values: Sequence[str]) -> RadioField:
    choices = [SelectChoice(value, value) for value in values]
    return RadioField(choices=choices, validators=[Optional()])


def _cleaned(value: str | None) -> str:
    return clean(value or "")


def read(
    survey: Survey, form: StudentForm, *, shown: Sequence[Purpose], objects: bool = False
) -> Said | list[Fault]:
    """The checked answer, or everything that is wrong with it; nothing chosen at all is wrong too.

    Only what stood on the page counts: the purposes `shown`, and the objection where it was this reader's.
    """
    if faults := _faults(survey, form):
        return faults
    content = {
        question.id: value
        for question in survey.questions
        if _asks(question, objects) and (value := form[question.id].data)
    }
    decided = {purpose: _YES_NO[value] for purpose in shown if (value := form[purpose.value].data)}
    chosen = any(content.get(q.id) for q in survey.questions if q.kind is not QuestionKind.TEXT)
    if not chosen and not decided:
        return [Fault(_first_control(survey, shown, objects), _("Choose at least one answer"))]
    consents = {purpose: decided.get(purpose, Decision.ASKED_NO_ANSWER) for purpose in shown}
    objection = next((q.id for q in survey.questions if q.kind is QuestionKind.OBJECTION), None)
    return Said(content, consents, _OBJECTION.get(content.get(objection or "", "")))


def _asks(question: Question, objects: bool) -> bool:
    if question.kind is QuestionKind.OBJECTION:
        return objects
    return question.kind not in (QuestionKind.CONSENTS, QuestionKind.CONTACT)


def _first_control(survey: Survey, shown: Sequence[Purpose], objects: bool) -> str:
    """The id of the first thing that can be chosen on the page."""
    first = next((question for question in survey.questions if _asks(question, objects)), None)
    if first is None:
        return shown[0].value if shown else "main"
    return f"{first.id}-1-kind" if first.kind is QuestionKind.OPTIONS else first.id


def _faults(survey: Survey, form: StudentForm) -> list[Fault]:
    if form.validate():
        return []
    found: list[Fault] = []
    for field in form:
        if isinstance(field, OptionsField):
            found += field.faults
        elif field.errors:
            question = next((q for q in survey.questions if q.id == field.name), None)
            too_long = question is not None and question.kind is QuestionKind.TEXT
            found.append(
                Fault(field.name, _("This text is too long") if too_long else _("Choose one of the answers"))
            )
    return found
