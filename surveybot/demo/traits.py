"""The awkward records that every real roster has: each bends one made-up person."""

from dataclasses import replace
from datetime import date, timedelta

from surveybot.demo.people import Person

LANDLINE = "0113 496 0142"


def with_traits(people: list[Person], *, on: date) -> list[Person]:
    """The same people, with their shared phones, missing addresses and birthdays soon after `on`."""
    bent = [_bend(person, on) for person in people]
    by_name = {f"{person.forename} {person.surname}": person for person in bent if person.trait}
    return [_like_sibling(person, by_name) for person in bent]


def _bend(person: Person, on: date) -> Person:
    match person.trait:
        case "parents_number":
            return replace(person, parent=replace(person.parent, mobile=person.mobile))
        case "no_email":
            return replace(person, school_email="", personal_email="")
        case "landline":
            return replace(person, mobile=LANDLINE)
        case "no_route":
            return replace(person, school_email="", personal_email="", mobile="")
        case "turns_16_soon":
            return replace(person, born=_sixteen_years_before(on + timedelta(days=9), person.cohort))
        case "fifteen_on_results_day":
            return replace(person, born=date(person.cohort - 16, 8, 29))
    return person


def _sixteen_years_before(birthday: date, cohort: int) -> date:
    """Kept inside the school year of the cohort: 1 September to 31 August."""
    born = date(birthday.year - 16, birthday.month, min(birthday.day, 28))
    return min(max(born, date(cohort - 17, 9, 1)), date(cohort - 16, 8, 31))


def _like_sibling(person: Person, by_name: dict[str, Person]) -> Person:
    """Brothers and sisters live together and share a parent and one phone; twins a birthday too."""
    kind, _, name = person.trait.partition(":")
    if kind != "sibling_of":
        return person
    sibling = by_name[name]
    born = sibling.born if sibling.trait == "twin" else person.born
    return replace(
        person,
        born=born,
        street=sibling.street,
        postcode=sibling.postcode,
        mobile=sibling.mobile,
        parent=sibling.parent,
    )
