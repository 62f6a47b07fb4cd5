"""The data of surveys/ and reference/, loaded and checked once."""

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from surveybot.rules.calendar.academic_calendar import AcademicCalendar, read_calendar
from surveybot.rules.calendar.jurisdictions import Jurisdiction, read_jurisdiction
from surveybot.rules.destination.code_lists import (
    ActivityCode,
    OfferCode,
    check_kinds,
    read_activity_codes,
    read_intended_codes,
    read_offer_codes,
)
from surveybot.rules.destination.destination_kinds import DestinationKind, read_destination_kinds
from surveybot.rules.destination.provider_list import ProviderEntry, seed_entry
from surveybot.rules.destination.provider_names import fold
from surveybot.rules.plan.check_in_plan import CheckInPlan, read_plan
from surveybot.rules.plan.own_calendar import own_calendar
from surveybot.rules.reference_faults import ReferenceFaults
from surveybot.rules.report.la_profile import LaProfile, read_profile
from surveybot.rules.school_settings import SchoolSettings
from surveybot.rules.survey.own_words import WORDS_KEY, reword
from surveybot.rules.survey.questionnaire import QuestionnaireFaults, Survey, read_survey
from surveybot.rules.survey.text_form_check import fitness_faults
from surveybot.rules.survey.wordings import Controllers, Wordings, council, read_wordings
from surveybot.rules.texting.reply_words import ReplyWords, read_reply_words

HERE = Path(__file__).parent


def _toml(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text("utf-8"))


ENGLAND = "ENG"


def _calendar() -> AcademicCalendar:
    return read_calendar(_toml(HERE / "reference" / "academic_calendar.toml"))


def _plan() -> CheckInPlan:
    return read_plan(_toml(HERE / "reference" / "check_in_plan.toml"))


def _jurisdictions() -> dict[str, Jurisdiction]:
    """The laws that are known here, by nation: England's today."""
    read = [
        read_jurisdiction(_toml(file))
        for file in sorted((HERE / "reference" / "jurisdictions").glob("*.toml"))
    ]
    return {one.nation: one for one in read}


@dataclass(frozen=True)
class Catalogue:
    """Everything that is data rather than code."""

    surveys: Mapping[str, Survey] = field(default_factory=dict)  # slug -> questionnaire
    wordings: Wordings = field(default_factory=lambda: Wordings(()))
    local_authorities: Mapping[str, str] = field(default_factory=dict)  # three-digit code -> name
    destination_kinds: Mapping[str, DestinationKind] = field(default_factory=dict)  # in the file's order
    activity_codes: Mapping[str, ActivityCode] = field(default_factory=dict)
    offer_codes: Mapping[str, OfferCode] = field(default_factory=dict)
    intended_codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by generation
    profiles: Mapping[str, LaProfile] = field(default_factory=dict)
    provider_aliases: Mapping[str, str] = field(default_factory=dict)  # folded -> folded name
    calendar: AcademicCalendar = field(default_factory=_calendar)
    check_ins: CheckInPlan = field(default_factory=_plan)
    jurisdictions: Mapping[str, Jurisdiction] = field(default_factory=_jurisdictions)
    reply_words: ReplyWords = field(default_factory=ReplyWords)  # how destinations are called in a text

    def survey(self, slug: str) -> Survey:
        """The questionnaire of that name; KeyError where there is none."""
        return self.surveys[slug]

    def survey_at(self, slug: str, stored: Mapping[str, Any]) -> Survey:
        """The questionnaire in the words of the school whose settings these are."""
        survey, text = self.surveys[slug], stored.get(WORDS_KEY + slug)
        return _worded(survey, str(text)) if text else survey

    def calendar_at(self, stored: Mapping[str, Any]) -> AcademicCalendar:
        """The calendar of the school whose settings these are, with the day that counts in its nation."""
        nation = SchoolSettings.from_stored(stored).nation
        of_nation = replace(self.calendar, reference_day=self.law_of(nation).reference_date)
        return own_calendar(of_nation, stored, nation=nation)

    def law_of(self, nation: str) -> Jurisdiction:
        """What holds at a school of that nation: England's law where its own is not built in yet."""
        return self.jurisdictions.get(nation) or self.jurisdictions[ENGLAND]

    def controllers(self, school_name: str, settings: SchoolSettings) -> Controllers:
        """The organisations that a school's consent wordings name."""
        la = council(self.local_authorities.get(settings.la, ""))
        return Controllers(school=school_name, la=la, contractor=settings.la_contractor)


_own_words: dict[tuple[str, str, str], Survey] = {}


def _worded(survey: Survey, text: str) -> Survey:
    """Read once; words that an upgrade has made impossible give way to the shipped ones."""
    key = (survey.slug, survey.version, text)
    if key not in _own_words:
        try:
            _own_words[key] = reword(survey, text)
        except QuestionnaireFaults:
            _own_words[key] = survey
    return _own_words[key]


@cache
def load_catalogue() -> Catalogue:
    codes = _load_codes(HERE / "reference")
    surveys = _load_surveys(HERE / "surveys")
    return Catalogue(
        surveys=surveys,
        wordings=_load_wordings(HERE / "surveys" / "wordings"),
        local_authorities=_load_local_authorities(HERE / "reference" / "local_authorities.csv"),
        profiles=_load_profiles(HERE / "reference" / "la_profiles"),
        provider_aliases=_load_aliases(HERE / "reference" / "provider_aliases.toml"),
        reply_words=_load_reply_words(HERE / "reference" / "reply_words.toml", surveys, codes),
        **codes,
    )


def _load_surveys(folder: Path) -> dict[str, Survey]:
    """The shipped questionnaires; a slug is the file's name, a version the start of its hash."""
    found = {}
    for file in sorted(folder.glob("*.toml")):
        data = file.read_bytes()
        raw = tomllib.loads(data.decode())
        found[file.stem] = read_survey(file.stem, sha256(data).hexdigest()[:12], raw)
    return found


def _load_wordings(folder: Path) -> Wordings:
    found = [
        wording
        for file in sorted(folder.glob("*.toml"))
        for wording in read_wordings(file.name, tomllib.loads(file.read_text("utf-8")))
    ]
    return Wordings(found)


def _load_local_authorities(file: Path) -> dict[str, str]:
    with file.open(encoding="utf-8", newline="") as lines:
        return {row["code"]: row["name"] for row in csv.DictReader(lines)}


def _load_codes(folder: Path) -> dict[str, Any]:
    """The destination kinds and the lists that they map to, checked against those of every jurisdiction."""
    kinds = read_destination_kinds(_toml(folder / "destination_kinds.toml"))
    lists = {
        nation: (
            read_activity_codes(_toml(folder / law.activity_codes)),
            read_intended_codes(_toml(folder / law.intended_codes)),
        )
        for nation, law in _jurisdictions().items()
    }
    for activities, intended in lists.values():
        check_kinds(kinds, activities, intended)
    return {
        "destination_kinds": kinds,
        "activity_codes": lists[ENGLAND][0],
        "intended_codes": lists[ENGLAND][1],
        "offer_codes": read_offer_codes(_toml(folder / "offer_codes.toml")),
    }


def _load_reply_words(file: Path, surveys: Mapping[str, Survey], codes: Mapping[str, Any]) -> ReplyWords:
    """The words of replies, and the check that every text form is fit to be sent with them."""
    kinds = codes["destination_kinds"]
    words = read_reply_words(_toml(file), kinds)
    if faults := [fault for survey in surveys.values() for fault in fitness_faults(survey, words, kinds)]:
        raise ReferenceFaults(faults)
    return words


def _load_profiles(folder: Path) -> dict[str, LaProfile]:
    return {file.stem: read_profile(file.stem, _toml(file)) for file in sorted(folder.glob("*.toml"))}


def _load_aliases(file: Path) -> dict[str, str]:
    return {fold(alias): fold(name) for alias, name in _toml(file).items()}


def college_seed(nation: str = "ENG") -> list[ProviderEntry]:
    """The shipped list of colleges of one nation, for a directory that has no GIAS extract yet."""
    with (HERE / "reference" / "fe_colleges.tsv").open(encoding="utf-8", newline="") as lines:
        return [
            seed_entry(row["name"])
            for row in csv.DictReader(lines, delimiter="\t")
            if row["nation"] == nation
        ]
