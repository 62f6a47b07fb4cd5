"""The roster file as the office of the made-up school exports it: headers and habits of a real one."""

import csv
import io

from surveybot.demo.people import Person, on_roll

COLUMNS = (
    "Adno", "UPN", "ULN", "Legal Surname", "Legal Forename", "Known As", "Gender", "DOB", "Year Group",
    "Reg Group", "Address 1", "Town", "Postcode", "Student Email", "Student Mobile", "Personal Email",
    "Contact 1 Name", "Contact 1 Relationship", "Contact 1 Email", "Contact 1 Mobile", "PP", "SEN Provision",
)  # fmt: skip


def roster_csv(people: list[Person], summer: int) -> bytes:
    """The CSV of the school year that ends in `summer`: UTF-8 with a mark, as Excel saves it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(_row(person, summer) for person in on_roll(people, summer))
    return text.getvalue().encode("utf-8-sig")


def _row(person: Person, summer: int) -> tuple[str, ...]:
    return (
        person.admission_number,
        person.upn,
        person.uln,
        person.surname,
        person.forename,
        person.preferred_name,
        person.sex,
        f"{person.born:%d/%m/%Y}",
        str(person.year_group(summer)),
        person.tutor_group(summer),
        person.street,
        "Marlbridge",
        person.postcode,
        person.school_email,
        person.mobile,
        person.personal_email,
        person.parent.name,
        person.parent.relationship,
        person.parent.email,
        person.parent.mobile,
        "Y" if person.pupil_premium else "N",
        person.sen,
    )
