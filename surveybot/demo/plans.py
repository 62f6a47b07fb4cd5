"""What the made-up students say: a plan of their own, said with doubt in autumn and with a place in summer.

The dice know nothing of anybody's sex, name, postcode or pupil premium: no plan goes with a kind of person.
"""

import random
from dataclasses import dataclass
from typing import Any

AFTER_11 = {
    "further_education_college": 47, "sixth_form_college": 16, "school_sixth_form": 11, "apprenticeship": 12,
    "job_with_study": 3, "job": 3, "training": 3, "looking": 3, "specialist_post_16": 1, "volunteering": 1,
}  # fmt: skip
AFTER_13 = {
    "university": 55, "apprenticeship": 16, "job": 9, "gap_year": 7, "further_education_college": 5,
    "job_with_study": 4, "looking": 2, "self_employed": 1, "volunteering": 1,
}  # fmt: skip
STAY_SHARE = 0.48  # of a Year 11 whose future is not known yet

PLACES = {
    "further_education_college": ("Marlbridge College", "Marlbridge college", "Marlbridge Coll."),
    "sixth_form_college": ("Saltern Sixth Form College",),
    "school_sixth_form": ("Quincewell School",),
    "training": ("Ropewalk Training",),
    "specialist_post_16": ("Larkspur House College",),
    "university": ("University of Saltern", "Beaconshire University", "Uni of Saltern"),
    "apprenticeship": ("Tidewell Marine", "Copperhill Engineering", "Bright Acre Nurseries", ""),
    "job_with_study": ("Harbour Kitchen", "Copperhill Engineering"),
    "job": ("Harbour Kitchen", "Ferry Lane Garage", ""),
}
COURSES = {
    "own_sixth_form": ("A levels", "Biology, Maths, Art", "BTEC Sport", "Politics, French, Drama"),
    "sixth_form_college": ("A levels", "Maths, Physics, Computing", "English, History, Sociology"),
    "school_sixth_form": ("A levels", "IB"),
    "further_education_college": (
        "T Level Health", "T Level Digital", "BTEC Level 3 Engineering", "Level 2 Hair and Beauty",
        "Level 2 Bricklaying", "Level 3 Animal Care", "Catering", "Level 3 Creative Media",
    ),
    "university": ("Nursing", "Law", "Mechanical Engineering", "History", "Computing", "Teaching"),
    "apprenticeship": ("Electrician", "Accounting, Level 3", "Early years", "Software developer", ""),
}  # fmt: skip

STATUSES = {
    "autumn-intentions": {"thinking": 60, "applied": 40},
    "after-mocks": {"thinking": 12, "applied": 44, "conditional": 34, "offer": 10},
    "before-leaving": {"applied": 12, "conditional": 46, "offer": 20, "place": 22},
    "results-day": {"place": 80, "offer": 12, "applied": 8},
}
SURE = {
    "autumn-intentions": (20, 42, 27, 11),
    "after-mocks": (33, 45, 17, 5),
    "before-leaving": (58, 34, 6, 2),
}
SURE_WORDS = ("very", "quite", "not_very", "not_at_all")
NO_PLACE_TO_GET = frozenset({"looking", "not_sure", "gap_year", "volunteering", "self_employed"})
HELP = ("applying", "apprenticeships", "deciding", "money", "travel", "talk")
HOLDS = {"autumn-intentions": 0.66, "after-mocks": 0.8, "before-leaving": 0.94, "results-day": 0.97}
"""How often somebody already says what will become of them in the end."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Where one person will be in the end, though they may not know it yet."""

    destination: str
    provider: str
    course: str

    def as_option(self, status: str) -> dict[str, str]:
        option = {
            "kind": self.destination,
            "provider": self.provider,
            "course": self.course,
            "status": status,
        }
        return {key: value for key, value in option.items() if value}


def draw_plan(dice: random.Random, year_group: int, *, stays: bool | None = None) -> Plan:
    """A plan after Year 11 or 13; `stays` says whether the own sixth form is certain, None: not known."""
    if year_group == 11 and (dice.random() < STAY_SHARE if stays is None else stays):
        return _plan(dice, "own_sixth_form")
    return _plan(dice, _weighted(dice, AFTER_11 if year_group == 11 else AFTER_13))


def say(dice: random.Random, survey: str, plan: Plan, year_group: int) -> dict[str, Any]:
    """The content of an answer, as the page of that survey gives it."""
    content: dict[str, Any] = {"options": _options(dice, survey, plan, year_group)}
    if survey == "results-day":
        return _results_day(dice, content)
    if dice.random() < 0.93:
        content["sure"] = dice.choices(SURE_WORDS, SURE[survey])[0]
    unsure = content["options"][0]["kind"] in ("not_sure", "looking")
    if dice.random() < (0.5 if unsure else 0.1):
        content["help"] = dice.sample(HELP, dice.choice((1, 1, 2)))
    elif dice.random() < 0.6:
        content["help"] = ["none"]
    return content


def _options(dice: random.Random, survey: str, plan: Plan, year_group: int) -> list[dict[str, str]]:
    chance = dice.random()
    if chance < 0.012:
        return [{"kind": "rather_not_say"}]
    if survey != "results-day" and chance > HOLDS[survey] + 0.22:
        return [{"kind": "not_sure"}]
    said = plan if chance < HOLDS[survey] else draw_plan(dice, year_group)
    options = [said.as_option(_weighted(dice, STATUSES[survey]))]
    if survey != "results-day" and dice.random() < 0.38:
        second = draw_plan(dice, year_group)
        if second.destination != said.destination:
            options.append(second.as_option("thinking" if survey == "autumn-intentions" else "applied"))
    return options


def _results_day(dice: random.Random, content: dict[str, Any]) -> dict[str, Any]:
    chance = dice.random()
    if chance < 0.8:
        return {"plan": "same"}
    if chance < 0.9:
        return {"plan": "changed", "options": content["options"]}
    if chance < 0.95:
        return {"plan": "no_place", "help": ["deciding"]}
    return {"plan": "need_help", "help": ["talk"]}


def _plan(dice: random.Random, destination: str) -> Plan:
    return Plan(
        destination,
        dice.choice(PLACES.get(destination, ("",))),
        dice.choice(COURSES.get(destination, ("",))),
    )


def _weighted(dice: random.Random, shares: dict[str, int]) -> str:
    return dice.choices(list(shares), list(shares.values()))[0]
