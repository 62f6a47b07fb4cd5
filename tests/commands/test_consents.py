"""surveybot consents show, as an administrator meets it."""

import json

from sqlalchemy.engine import Engine

from surveybot.catalogue import load_catalogue
from surveybot.records import database
from surveybot.records.roster.students import Student
from surveybot.records.round.invitations import LinkMedium
from surveybot.rules.answer.consent import Actor, Decision, Purpose
from surveybot.rules.survey.wordings import Controllers
from surveybot.steps.consent.record_consent import record_consents
from tests.commands.conftest import Run
from tests.conftest import NOW, SmallSchool


def test_every_decision_is_shown_oldest_first_with_the_words_that_were_used(
    run: Run, engine: Engine, school: SmallSchool
) -> None:
    with database.writing(engine) as session:
        record_consents(
            session,
            student=session.get_one(Student, school.ids["Amira"]),
            decisions={
                Purpose.CONTACT_AFTER_LEAVING: Decision.REFUSED,
                Purpose.LA_SHARE_BACK: Decision.ASKED_NO_ANSWER,
            },
            actor=Actor.SELF,
            wordings=load_catalogue().wordings,
            controllers=Controllers("Hillview School"),
            language="en",
            medium=LinkMedium.SMS,
            now=NOW,
        )
    shown = json.loads(run("consents", "show", school.codes["Amira"].lower(), "--json").stdout)
    assert [(row["purpose"], row["decision"]) for row in shown] == [
        ("P1", "granted"),
        ("P1", "refused"),
        ("P2", "asked_no_answer"),
    ]
    assert shown[1] == {
        "purpose": "P1",
        "decision": "refused",
        "actor": "self",
        "at": "2026-01-20T10:00:00Z",
        "wording": "P1.1",
        "channel": "sms",
    }


def test_an_objection_stands_beside_as_statutory(run: Run, school: SmallSchool) -> None:
    (row,) = json.loads(run("consents", "show", school.codes["Imran"], "--json").stdout)
    assert (row["purpose"], row["decision"], row["actor"]) == ("statutory", "objected", "parent")


def test_people_read_how_it_stands_and_who_said_it(run: Run, school: SmallSchool) -> None:
    text = run("consents", "show", school.codes["Amira"]).stdout
    assert "P1 Contact after I leave: granted" in text
    assert "P2 My council telling the school where I am: never asked" in text
    assert "Tue 20 Jan 2026, 10:00: P1 granted by self, paper, words test" in text
    assert "Khan" not in text


def test_nobody_asked_and_nobody_found(run: Run, school: SmallSchool) -> None:
    assert json.loads(run("consents", "show", school.codes["Chloe"], "--json").stdout) == []
    assert "Nobody has been asked yet." in run("consents", "show", school.codes["Chloe"]).stdout
    refused = run("consents", "show", "S-000000", "--json")
    assert (refused.exit_code, "There is no student S-000000" in refused.stderr) == (1, True)
