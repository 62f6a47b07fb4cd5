"""surveybot student mark and surveybot destinations show."""

import json
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.records import database
from surveybot.records.audit import AuditEntry
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.destination.destinations import DestinationFact
from surveybot.records.roster.students import Student
from surveybot.rules.delivery.delivery_states import DeliveryState
from surveybot.rules.destination.destinations import FactKind, FactMethod, FactSource, PlaceStatus
from surveybot.rules.roster.people import StudentState
from tests.commands.conftest import Run
from tests.conftest import NOW, SmallSchool
from tests.web.staff_room import a_round

FACT_KEYS = {
    "kind",
    "activity_code",
    "provider",
    "source",
    "started_on",
    "ascertained_at",
    "verified_at",
    "status",
}


def state_of(engine: Engine, school: SmallSchool, forename: str) -> StudentState:
    with database.reading(engine) as session:
        return session.get_one(Student, school.ids[forename]).state


def test_a_mark_is_kept_noted_and_taken_back(run: Run, school: SmallSchool, engine: Engine) -> None:
    code = school.codes["Amira"]
    marked = json.loads(run("student", "mark", code, "returned", "--json").stdout)
    assert marked == {"student": code, "state": "on_roll"}
    assert run("student", "mark", code.lower(), "left").stdout == f"{code} has left.\n"
    assert state_of(engine, school, "Amira") is StudentState.LEFT
    assert "on the roll again" in run("student", "mark", code, "returned").stdout
    assert state_of(engine, school, "Amira") is StudentState.ON_ROLL
    with database.reading(engine) as session:
        noted = session.exec(select(AuditEntry.details).where(AuditEntry.subject == code)).all()
    assert sorted(details["as"] for details in noted) == ["left", "returned", "returned"]


def test_whoever_died_gets_nothing_more(run: Run, school: SmallSchool, engine: Engine) -> None:
    a_round(engine, school)
    said = run("student", "mark", school.codes["Ben"], "deceased").stdout
    assert "1 waiting messages were stopped" in said
    with database.reading(engine) as session:
        of_ben = select(Delivery.state).where(Delivery.student_id == school.ids["Ben"])
        assert session.exec(of_ben).all() == [DeliveryState.SUPPRESSED]


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (("student", "mark", "S-000000", "left"), 1, "There is no student S-000000"),
        (("student", "mark", "S-120001", "vanished"), 2, "vanished"),
        (("student", "mark", "S-120001"), 2, "Choose from"),
        (("destinations", "show", "S-000000"), 1, "There is no student S-000000"),
        (("destinations", "show"), 2, "STUDENT"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence(
    run: Run, school: SmallSchool, engine: Engine, words: tuple[str, ...], status: int, sentence: str
) -> None:
    refused = run(*words)
    assert (refused.exit_code, refused.stdout) == (status, "")
    assert sentence in refused.stderr
    assert state_of(engine, school, "Amira") is StudentState.ON_ROLL


def test_destinations_are_shown_with_what_is_current_and_where_sources_differ(
    run: Run, school: SmallSchool, engine: Engine
) -> None:
    code = school.codes["Amira"]
    assert json.loads(run("destinations", "show", code, "--json").stdout)["facts"] == []
    assert run("destinations", "show", code).stdout == "Nothing is known yet.\n"
    with database.writing(engine) as session:
        said = partial(
            DestinationFact,
            school_id=school.id,
            student_id=school.ids["Amira"],
            kind=FactKind.INTENDED,
            source=FactSource.STUDENT,
            method=FactMethod.LINK,
            status=PlaceStatus.APPLIED,
        )
        session.add(said(destination="sixth_form_college", ascertained_at=NOW))
        session.add(
            said(
                destination="further_education_college",
                provider_name="Riverbank College",
                ascertained_at=NOW + timedelta(hours=1),
            )
        )
    shown = json.loads(run("destinations", "show", code.lower(), "--json").stdout)
    assert [fact["destination"] for fact in shown["facts"]] == [
        "sixth_form_college",
        "further_education_college",
    ]
    assert all(set(fact) >= FACT_KEYS for fact in shown["facts"])
    now = shown["current"]["intended"]
    assert (now["provider"], now["status"], now["ascertained_at"]) == (
        "Riverbank College",
        "applied",
        "2026-01-20T11:00:00Z",
    )
    assert (shown["current"]["actual"], shown["conflicts"]) == (None, [])
    assert "Riverbank College, applied (said by student" in run("destinations", "show", code).stdout
