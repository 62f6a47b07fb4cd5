"""How many parts the texts of a calendar take, each counted as it will be written when it goes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache

from surveybot.catalogue import Catalogue
from surveybot.records.roster.students import Student
from surveybot.records.schools import School
from surveybot.rules.calendar.dates_in_words import london_date
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.may_ask import Person
from surveybot.rules.delivery.text_length import measure, plain_letters
from surveybot.steps.sending.render import Links, Occasion, compose, values_of_round


@dataclass(frozen=True, slots=True)
class Reader:
    """What the length of a text depends on: a name of the same length makes no other one."""

    first_name: str
    is_leaver: bool
    shares_number: bool

    @classmethod
    def of(cls, student: Student, person: Person, *, is_leaver: bool, shared: set[str]) -> "Reader":
        shares = any(route.channel is Channel.SMS and route.address in shared for route in person.routes)
        named = shares or not is_leaver
        return cls(_as_long_as(student.first_name) if named else "", is_leaver, shares)


@dataclass
class TextParts:
    school: School
    catalogue: Catalogue
    public_url: str
    _known: dict[tuple[str, str, date, Reader], int] = field(default_factory=dict)
    _of_round: dict[tuple[str, date], Mapping[str, str]] = field(default_factory=dict)

    def count(self, template: str, survey: str, closes_at: datetime, reader: Reader) -> int:
        key = (template, survey, london_date(closes_at), reader)
        if key not in self._known:
            self._known[key] = self._compose(template, survey, closes_at, reader)
        return self._known[key]

    def _compose(self, template: str, survey: str, closes_at: datetime, reader: Reader) -> int:
        common = Occasion(
            template=template,
            channel=Channel.SMS,
            links=Links.sample(self.public_url),
            school=self.school,
            survey=self.catalogue.survey_at(survey, self.school.settings),
            closes_at=closes_at,
        )
        of_round = self._of_round.setdefault((survey, london_date(closes_at)), values_of_round(common))
        read = replace(
            common,
            first_name=reader.first_name,
            is_leaver=reader.is_leaver,
            shares_number=reader.shares_number,
        )
        return compose(read, of_round).segments


_SAME_LENGTH: dict[tuple[str, int], str] = {}


@cache
def _as_long_as(name: str) -> str:
    """One name for all that take the same room in the same alphabet, so that few texts are composed."""
    length = measure(plain_letters(name))
    return _SAME_LENGTH.setdefault((length.encoding, length.units), name)
