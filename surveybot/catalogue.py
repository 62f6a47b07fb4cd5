"""The data of surveys/ and reference/, loaded and checked once."""

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path

from surveybot.rules.questionnaire import Survey, read_survey
from surveybot.rules.school_settings import SchoolSettings
from surveybot.rules.wordings import Controllers, Wordings, council, read_wordings

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Catalogue:
    """Everything that is data rather than code."""

    surveys: Mapping[str, Survey] = field(default_factory=dict)  # slug -> questionnaire
    wordings: Wordings = field(default_factory=lambda: Wordings(()))
    local_authorities: Mapping[str, str] = field(default_factory=dict)  # three-digit code -> name

    def survey(self, slug: str) -> Survey:
        """The questionnaire of that name; KeyError where there is none."""
        return self.surveys[slug]

    def controllers(self, school_name: str, settings: SchoolSettings) -> Controllers:
        """The organisations that a school's consent wordings name."""
        la = council(self.local_authorities.get(settings.la, ""))
        return Controllers(school=school_name, la=la, contractor=settings.la_contractor)


@cache
def load_catalogue() -> Catalogue:
    return Catalogue(
        surveys=_load_surveys(HERE / "surveys"),
        wordings=_load_wordings(HERE / "surveys" / "wordings"),
        local_authorities=_load_local_authorities(HERE / "reference" / "local_authorities.csv"),
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
