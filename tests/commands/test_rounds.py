"""surveybot round ...: opened, listed, followed, paused, resumed and closed, as an administrator does it."""

import json

import pytest
from sqlalchemy import func
from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.records import database
from surveybot.records.audit import AuditEntry
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.round.rounds import Round
from surveybot.rules.delivery.delivery_states import DeliveryState
from tests.commands.conftest import Run
from tests.conftest import SmallSchool

OPEN_KEYS = ["round", "invited", "unreachable", "by_channel", "sms_segments", "first_send_at", "skipped"]
STATUS_KEYS = [
    "round",
    "survey",
    "invited",
    "sent",
    "delivered",
    "undelivered",
    "answered",
    "declined",
    "wants_help",
    "unreachable",
    "closes_at",
]


def opening(school: SmallSchool, *more: str) -> tuple[str, ...]:
    return ("round", "open", "after-mocks", "--school", school.urn, "--leaving", "2026", *more)


def an_open_round(run: Run, school: SmallSchool) -> str:
    code: str = json.loads(run(*opening(school, "--json")).stdout)["round"]
    return code


def rounds_and_deliveries(engine: Engine) -> tuple[int, int]:
    with database.reading(engine) as session:
        rounds, queued = (
            session.exec(select(func.count()).select_from(table)) for table in (Round, Delivery)
        )
        return rounds.one(), queued.one()


def states(engine: Engine) -> set[DeliveryState]:
    with database.reading(engine) as session:
        return {row.state for row in session.exec(select(Delivery))}


def test_a_dry_run_writes_nothing_and_then_the_round_does_what_it_said(
    run: Run, school: SmallSchool, engine: Engine
) -> None:
    dry = json.loads(run(*opening(school, "--dry-run", "--json")).stdout)
    assert rounds_and_deliveries(engine) == (0, 0)
    done = json.loads(run(*opening(school, "--json")).stdout)
    assert [key for key in done if key in OPEN_KEYS] == OPEN_KEYS
    assert {**dry, "round": done["round"]} == done
    assert (done["invited"], done["by_channel"]) == (10, {"sms": 1, "email": 9})
    skipped = {one["student"]: one["reason"] for one in done["skipped"]}
    assert skipped == {school.codes["Finn"]: "no_route", school.codes["Kit"]: "deceased"}
    assert done["unreachable"] == 1  # nobody expects an answer of whoever died
    assert rounds_and_deliveries(engine) == (1, 10)


def test_a_list_names_who_gets_what_and_who_is_left_out_and_why(run: Run, school: SmallSchool) -> None:
    said = run(*opening(school, "--dry-run", "--list")).stdout
    assert f"{school.codes['Amira']} Amira Khan, 11A: by email" in said
    assert f"{school.codes['Dewi']} Dewi Llŷr, 11A: by text" in said
    assert f"{school.codes['Finn']} Finn Walsh, 11B: No email address or mobile number" in said
    asked = json.loads(run(*opening(school, "--dry-run", "--list", "--json")).stdout)["asked"]
    assert len(asked) == 10
    assert asked[0] == {
        "student": school.codes["Chloe"],
        "name": "Chloe Brown",
        "tutor_group": "11A",
        "channel": "email",
    }
    assert "Amira" not in run(*opening(school, "--dry-run")).stdout


def test_a_parents_round_gives_a_reason_for_every_child_who_is_left_out(
    run: Run, school: SmallSchool
) -> None:
    words = ("round", "open", "parent-consent", "--school", school.urn, "--leaving", "2026", "--list")
    refused = run(*words, "--opens", "2026-09-02T10:00", "--dry-run")
    assert (refused.exit_code, "Everybody in this round is 16 or over" in refused.stderr) == (1, True)
    done = run(*words)
    for forename, why in (
        ("Chloe", "No email address or mobile number of the first parent or carer"),
        ("Lena", "Is 16 or over"),
        ("Kit", "Never contacted"),
    ):
        assert any(school.codes[forename] in line and why in line for line in done.stdout.splitlines())
    code = done.stdout.split()[1]
    assert json.loads(run("round", "status", code, "--json").stdout)["unreachable"] == 3


def test_a_second_round_for_the_same_students_is_refused(
    run: Run, school: SmallSchool, engine: Engine
) -> None:
    code = an_open_round(run, school)
    again = run(*opening(school, "--tutor-group", "11A"))
    assert (again.exit_code, code in again.stderr, again.stdout) == (1, True, "")
    assert rounds_and_deliveries(engine) == (1, 10)


@pytest.mark.parametrize(
    ("changes", "status", "sentence"),
    [
        ({"after-mocks": "after-lunch"}, 1, "There are: after-mocks"),
        ({"123456": "999999"}, 1, "surveybot school add"),
        ({"2026": "2031"}, 1, "Import the roster first"),
        ({"2026": "soon"}, 2, "--leaving"),
        ({"--json": "--closes=2026-01-01T10:00"}, 1, "would close before it opens"),
        ({"--json": "--opens=2026-03-29T01:30"}, 2, "--opens"),  # the clocks go forward: no such time
        ({"--json": "--year-group=12"}, 2, "--year-group"),
        ({"--json": "--tutor-group=11Z"}, 1, "Nobody in 11Z"),
    ],
)
def test_what_cannot_be_opened_is_refused_in_a_sentence_and_nothing_is_written(
    run: Run, school: SmallSchool, engine: Engine, changes: dict[str, str], status: int, sentence: str
) -> None:
    refused = run(*(changes.get(word, word) for word in opening(school, "--json")))
    assert (refused.exit_code, refused.stdout) == (status, "")
    assert sentence in refused.stderr
    assert rounds_and_deliveries(engine) == (0, 0)


def test_status_and_list_say_the_same_of_a_round(run: Run, school: SmallSchool) -> None:
    assert json.loads(run("round", "list", "--school", school.urn, "--json").stdout) == []
    assert "No round yet" in run("round", "list", "--school", school.urn).stdout
    code = an_open_round(run, school)
    status = json.loads(run("round", "status", code.lower(), "--json").stdout)
    assert [key for key in status if key in STATUS_KEYS] == STATUS_KEYS
    assert (status["invited"], status["sent"], status["answered"], status["unreachable"]) == (10, 0, 0, 1)
    assert json.loads(run("round", "list", "--school", school.urn, "--json").stdout) == [status]
    assert f"{code}  after-mocks, open: 0 of 10 answered" in run("round", "status", code).stdout


def test_a_round_is_paused_resumed_and_closed_and_each_deed_once(
    run: Run, school: SmallSchool, engine: Engine
) -> None:
    code = an_open_round(run, school)
    for deed, state, waiting in (
        ("pause", "paused", DeliveryState.HELD),
        ("resume", "open", DeliveryState.PENDING),
        ("close", "closed", DeliveryState.CANCELLED),
    ):
        for _ in range(2):
            assert run("round", deed, code).stdout == f"Round {code} is {state}.\n"
            as_json = json.loads(run("round", deed, code, "--json").stdout)
            assert as_json == {"round": code, "state": state}
            assert states(engine) == {waiting}
    with database.reading(engine) as session:
        noted = session.exec(select(AuditEntry.deed).where(AuditEntry.subject == code)).all()
    assert sorted(noted) == ["round_closed", "round_opened", "round_paused", "round_resumed"]


@pytest.mark.parametrize("deed", ["pause", "resume"])
def test_a_closed_round_is_neither_paused_nor_resumed(run: Run, school: SmallSchool, deed: str) -> None:
    code = an_open_round(run, school)
    run("round", "close", code)
    refused = run("round", deed, code)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert f"Round {code} is closed" in refused.stderr


@pytest.mark.parametrize("deed", ["status", "pause", "resume", "close", "links"])
def test_an_unknown_round_is_refused_with_where_to_look(run: Run, deed: str) -> None:
    refused = run("round", deed, "R-000000")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "There is no round R-000000. See: surveybot round list" in refused.stderr
