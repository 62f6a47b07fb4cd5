"""The people of the made-up school: the same ones on every machine, for a given school year.

Marlbridge, its streets and its postcode area do not exist. Mobile numbers come from Ofcom's range for
drama (07700 900000 to 900999), landlines from its drama range for Leeds, email addresses from example.org.
"""

import random
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from surveybot.demo.numbers import plain_letters, uln, upn

NAMES = Path(__file__).with_name("names.toml")
MOBILES = 1000
LETTERS = "ABCDEF"

COHORT_SIZES = {0: 180, -1: 176, -2: 182, -3: 171}
"""Year 11s by the summer in which they leave; 0 is the present one."""
STAYERS = {0: 0, -1: 92, -2: 90, -3: 86}
JOINERS = {-1: 24, -2: 20, -3: 19, -4: 104, -5: 99}
"""Who came for the sixth form; of the two oldest cohorts only the sixth form was ever on a roster."""

STREETS = (
    "Larkspur Rise", "Tanner's Yard", "Old Ferry Lane", "Ropewalk Terrace", "Quince Close", "Saltern Road",
    "Harebell Way", "Beacon Hollow", "Mill Race Gardens", "Lamplighter Row", "Teasel Hill", "Plover Court",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parent:
    name: str
    relationship: str
    email: str = ""
    mobile: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """One student, with everything that the school office knows. `cohort` is the summer of Year 11."""

    admission_number: str
    upn: str
    uln: str
    surname: str
    forename: str
    preferred_name: str
    sex: str
    born: date
    cohort: int
    letter: str  # of the tutor group
    stays: bool  # in the own sixth form
    joined_sixth: bool
    street: str
    postcode: str
    school_email: str
    personal_email: str
    mobile: str  # as the office typed it
    parent: Parent
    pupil_premium: bool
    sen: str
    trait: str = ""

    def year_group(self, summer: int) -> int | None:
        """The year group in the school year that ends in `summer`, or None where not on roll."""
        years = 11 + summer - self.cohort
        if years == 11:
            return None if self.joined_sixth else 11
        return years if years in (12, 13) and (self.stays or self.joined_sixth) else None

    def tutor_group(self, summer: int) -> str:
        """11A to 11F; the sixth form has four groups."""
        year_group = self.year_group(summer)
        letter = self.letter if year_group == 11 else LETTERS[int(self.admission_number) % 4]
        return f"{year_group}{letter}"


def everyone(summer: int) -> list[Person]:
    """Present students and three years of leavers, by cohort and name; `summer` ends the present year."""
    book = tomllib.loads(NAMES.read_text("utf-8"))
    numbers = _mobiles()
    people: list[Person] = []
    for offset in sorted(COHORT_SIZES.keys() | JOINERS.keys()):
        people += _cohort(book, offset, summer + offset, numbers)
    return people


def on_roll(people: list[Person], summer: int) -> list[Person]:
    """Who is on the roster of the school year that ends in `summer`, by year group, group and name."""
    present = [person for person in people if person.year_group(summer)]
    return sorted(present, key=lambda p: (p.tutor_group(summer), p.surname, p.forename, p.admission_number))


def _mobiles() -> list[str]:
    """Every drama number once, shuffled: there are enough for all students, not for all parents."""
    numbers = [f"07700 900{number:03d}" for number in range(MOBILES)]
    random.Random("numbers of Marlbridge").shuffle(numbers)  # noqa: S311 - made up, not secret
    return numbers


def _cohort(book: dict[str, Any], offset: int, cohort: int, numbers: list[str]) -> list[Person]:
    dice = random.Random(f"Marlbridge {offset}")  # noqa: S311 - made up, not secret
    named = [entry for entry in book["person"] if entry["cohort"] == offset]
    size, joiners = COHORT_SIZES.get(offset, 0), JOINERS.get(offset, 0)
    names = _names(book, dice, size + joiners, named)
    staying = _who_stays(dice, names, size, STAYERS.get(offset, 0))
    return [
        _person(
            dice,
            name,
            cohort=cohort,
            place=place,
            stays=place in staying,
            joined=place >= size,
            numbers=numbers,
        )
        for place, name in enumerate(names)
    ]


def _names(
    book: dict[str, Any], dice: random.Random, count: int, named: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Named people first; no full name twice in a cohort."""
    names, taken = list(named), {(entry["forename"], entry["surname"]) for entry in book["person"]}
    families = book["family"]
    shares = [family["share"] for family in families]
    while len(names) < count:
        family = dice.choices(families, shares)[0]
        sex = dice.choice("FM")
        forename = dice.choice(family["girls" if sex == "F" else "boys"])
        surname = _feminine(dice.choice(family["surnames"]), sex)
        if (forename, surname) not in taken:
            taken.add((forename, surname))
            names.append({"forename": forename, "surname": surname, "sex": sex})
    return names


def _feminine(surname: str, sex: str) -> str:
    return surname[:-1] + "a" if sex == "F" and surname.endswith("ski") else surname


def _who_stays(dice: random.Random, names: list[dict[str, Any]], size: int, stayers: int) -> set[int]:
    """Places in the cohort; those named to stay do, the deceased do not."""
    sure = {place for place, name in enumerate(names[:size]) if name.get("trait") in ("stays", "left_early")}
    free = [p for p in range(size) if p not in sure and names[p].get("trait") != "deceased"]
    return sure | set(dice.sample(free, max(0, stayers - len(sure))))


def _person(
    dice: random.Random,
    name: dict[str, Any],
    *,
    cohort: int,
    place: int,
    stays: bool,
    joined: bool,
    numbers: list[str],
) -> Person:
    plain = plain_letters(name["surname"]), plain_letters(name["forename"])
    number = f"{cohort % 100:02d}{place + 1:03d}"
    street = f"{dice.randint(1, 88)} {dice.choice(STREETS)}"
    postcode = f"MB{dice.randint(1, 4)} {dice.randint(1, 9)}{dice.choice('ABDEFGH')}{dice.choice('JLNPQRS')}"
    born = date(cohort - 17, 9, 1) + timedelta(days=dice.randrange(365))
    has_mobile = dice.random() < 0.9 or bool(name.get("trait"))
    has_personal = dice.random() < 0.35
    return Person(
        admission_number=number,
        upn=upn(f"8784999{(cohort - 12) % 100:02d}{place + 1:03d}"),
        uln=uln(f"999{cohort % 100:02d}{2 * place:04d}"),
        surname=name["surname"],
        forename=name["forename"],
        preferred_name=name.get("preferred", ""),
        sex=name["sex"],
        born=born,
        cohort=cohort,
        letter=LETTERS[place % 6],
        stays=stays,
        joined_sixth=joined,
        street=street,
        postcode=postcode,
        school_email=f"{number[:2]}{plain[0]}{plain[1][:1]}{place + 1}@marlbridge.example.org",
        personal_email=f"{'.'.join(filter(None, plain[::-1]))}{place + 1}@mail.example.org"
        if has_personal
        else "",
        mobile=numbers.pop() if has_mobile else "",
        parent=_parent(dice, name["surname"], plain[0], place, cohort, numbers),
        pupil_premium=dice.random() < 0.24,
        sen=dice.choices("NKE", (83, 13, 4))[0],
        trait=name.get("trait", ""),
    )


def _parent(
    dice: random.Random, surname: str, plain: str, place: int, cohort: int, numbers: list[str]
) -> Parent:
    title, relationship = dice.choice(
        (("Ms", "Mother"), ("Mrs", "Mother"), ("Mr", "Father"), ("Mx", "Carer"))
    )
    return Parent(
        name=f"{title} {dice.choice('ABCDEFGHJKLMNPRSTWYZ')} {surname}",
        relationship=relationship,
        email=f"{plain}.{cohort % 100:02d}{place + 1:03d}@home.example.org" if dice.random() < 0.9 else "",
        mobile=numbers.pop() if numbers and dice.random() < 0.1 else "",
    )
