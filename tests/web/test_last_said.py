"""A check-in shows what was said last after the birthday alone, and "the same" guesses nothing."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.engine import Engine

from surveybot.records import database
from surveybot.records.answer.answers import Answer
from surveybot.records.destination.destinations import DestinationFact
from surveybot.records.roster.students import Student
from surveybot.records.round.invitations import Audience, Invitation, Link
from surveybot.rules.destination.destinations import FactKind, FactMethod, FactSource
from tests.conftest import NOW, SmallSchool
from tests.web.test_student_page import CANARY, Page, Reader, change, invite, rows

__all__ = ["invite"]

BIRTHDAY = {"day": "3", "month": "October"}
Invite = Callable[..., Reader]


@pytest.fixture
def known(engine: Engine, school: SmallSchool) -> None:
    """What Amira told us a year before."""
    with database.writing(engine) as session:
        session.add(
            DestinationFact(
                school_id=school.id,
                student_id=school.ids["Amira"],
                kind=FactKind.ACTUAL,
                destination="apprenticeship",
                preference=1,
                provider_name=CANARY,
                source=FactSource.STUDENT,
                method=FactMethod.LINK,
                ascertained_at=datetime(2025, 11, 12, 12, 0, tzinfo=UTC),
            )
        )


@pytest.mark.usefixtures("known")
def test_the_last_destination_stands_on_the_page_after_the_birthday_and_without_a_cookie(
    engine: Engine, invite: Invite
) -> None:
    reader = invite("Amira", "check-in-year-2")
    assert CANARY not in reader.client.get(reader.path).text
    assert f"{reader.path}/last" in reader.open().links
    assert CANARY not in reader.client.get(f"{reader.path}/last").text
    shown = reader.client.post(f"{reader.path}/last", data=BIRTHDAY)
    assert "Apprenticeship" in shown.text and CANARY in shown.text and "Wed 12 Nov 2025" in shown.text
    assert "Set-Cookie" not in shown.headers and shown.headers["Cache-Control"] == "no-store"
    assert CANARY not in reader.client.get(reader.path).text

    reader.send(page=Page(shown.text).value("page"), still="same")
    again = rows(engine, DestinationFact)[-1]
    assert (again.destination, again.provider_name, again.verifies_id) == ("apprenticeship", CANARY, 1)
    assert again.verified_at == NOW


@pytest.mark.usefixtures("known")
def test_five_wrong_birthdays_lock_it_together_with_the_consent_page(engine: Engine, invite: Invite) -> None:
    reader = invite("Amira", "check-in-year-2")
    path = f"{reader.path}/last"
    assert reader.client.post(path, data={"day": "45", "month": "x"}).status_code == 422  # no guess
    tried = [reader.client.post(path, data={"day": "1", "month": "1"}).status_code for _ in range(5)]
    assert tried == [422, 422, 422, 422, 403]
    locked = reader.client.post(path, data=BIRTHDAY)
    assert locked.status_code == 403 and CANARY not in locked.text
    with database.reading(engine) as session:
        assert session.get_one(Link, reader.link_id).birthday_tries == 5
    assert reader.send(still="same").status_code == 200  # answering needs no birthday


@pytest.mark.parametrize(
    ("survey", "audience"), [("after-mocks", Audience.STUDENT), ("check-in-year-2", Audience.PARENT)]
)
@pytest.mark.usefixtures("known")
def test_a_plan_and_a_parent_see_nothing_of_last_time(
    invite: Invite, survey: str, audience: Audience
) -> None:
    reader = invite("Amira", survey, audience=audience)
    refused = reader.client.post(f"{reader.path}/last", data=BIRTHDAY)
    assert refused.status_code == 404 and CANARY not in refused.text
    assert f"{reader.path}/last" not in reader.client.get(reader.path).text


def test_what_has_changed_is_kept_as_half_and_the_page_asks_where_to_and_since_when(
    engine: Engine, invite: Invite
) -> None:
    reader = invite("Amira", "check-in-november")
    kept = reader.send(still="changed")
    page = Page(kept.text)
    assert "Your receipt number is" in page.text
    assert "what do you do now, and since when?" in page.text
    assert kept.text.count("<details open>") == 2  # where to, and the month
    assert kept.text.count("<button") == 1 and "That is all we need" not in kept.text
    assert ("still", "changed") in {(c["name"], c["value"]) for c in page.controls if "checked" in c}

    def answered() -> object:
        (row,) = rows(engine, Invitation)
        return row.answered_at

    assert [answer.content for answer in rows(engine, Answer)] == [{"still": "changed"}]
    assert answered() is None  # so a reminder goes out
    whole = {"still": "changed", "options__1__kind": "job", "since": "october"}
    assert "Thank you, Amira" in reader.send(page=page.value("page"), **whole).text
    assert answered() == NOW
    reader.send(still="changed")
    assert answered() is None


def test_who_says_that_it_has_changed_and_asks_for_help_has_answered(engine: Engine, invite: Invite) -> None:
    assert (
        "You asked for help" in invite("Amira", "check-in-november").send(still="changed", help="money").text
    )
    assert [row.answered_at for row in rows(engine, Invitation)] == [NOW]


def test_the_same_as_nothing_stores_no_guess_and_asks(engine: Engine, invite: Invite) -> None:
    reader = invite("Amira", "check-in-november")
    shown = reader.client.post(f"{reader.path}/last", data=BIRTHDAY).text
    assert "We have nothing from before" in shown
    assert shown.count("<details open>") == 1 and shown.count("<button") == 1  # where to, then send
    thanks = reader.send(still="same").text
    assert "Tell us what you do now" in thanks
    assert rows(engine, DestinationFact) == []


def test_at_18_a_leaver_of_year_11_may_be_at_university_and_still_at_college(
    engine: Engine, school: SmallSchool, invite: Invite
) -> None:
    reader = invite("Amira", "check-in-year-3")
    young = reader.open().values("options-1-kind")
    change(engine, Student, school.ids["Amira"], date_of_birth=date(2008, 1, 20))  # 18 today
    grown = reader.open().values("options-1-kind")
    assert set(grown) - set(young) == {"university", "gap_year"} and set(young) <= set(grown)
    assert {"apprenticeship", "further_education_college", "looking"} <= set(young)
    assert "until I am 18" not in reader.client.get(reader.path).text
    reader.send(still="changed", options__1__kind="university")
    assert rows(engine, DestinationFact)[-1].destination == "university"
