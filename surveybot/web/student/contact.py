"""The question of a survey that asks for an email and a mobile of the student's own.

What is typed is no part of the answer: it is asked about where it is said to be, and never shown again by
the link alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from surveybot.records import database
from surveybot.records.roster.students import Student
from surveybot.rules.delivery.channels import RouteKind
from surveybot.rules.plain_text import clean
from surveybot.rules.survey.questionnaire import Survey
from surveybot.rules.survey.questionnaire_check import QuestionKind
from surveybot.web.forms import Fault
from surveybot.web.house import House
from surveybot.web.own_contact import OWN, read_contact, refused_here

LONGEST = 254


@dataclass(frozen=True)
class Typed:
    """What was typed, as it is stored, and what is wrong with it."""

    known: Mapping[RouteKind, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()


def typed_contact(house: House, student_id: int, survey: Survey, posted: Mapping[str, str]) -> Typed:
    """Nothing typed says nothing, and costs no query."""
    question = next((one for one in survey.questions if one.kind is QuestionKind.CONTACT), None)
    if question is None:
        return Typed()
    typed = {kind: clean(posted.get(f"{question.id}-{kind}", ""))[: LONGEST + 1].strip() for kind in OWN}
    if not any(typed.values()):
        return Typed()
    known, wrong = read_contact(typed, drama_numbers=house.settings.demo)
    with database.reading(house.engine) as session:
        wrong |= refused_here(session, session.get_one(Student, student_id), known)
    return Typed(known, tuple(Fault(f"{question.id}-{kind}", text) for kind, text in wrong.items()))
