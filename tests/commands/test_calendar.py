"""surveybot calendar, as a careers leader's script meets it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.engine import Engine
from sqlmodel import select

from surveybot.cli import main
from surveybot.commands import entrance
from surveybot.records import database
from surveybot.records.plan.planned import PlannedOccurrence
from tests.conftest import TEST_KEY, SmallSchool
from tests.steps.planning import at

Run = Callable[..., Result]


@pytest.fixture
def run(migrated_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("DATABASE_URL", migrated_url)
    monkeypatch.setenv("SECRET_KEYS", f"1:{TEST_KEY}")
    monkeypatch.setenv("PUBLIC_URL", "https://school.example.org")
    monkeypatch.setattr(entrance.Entrance, "now", lambda self: at("2026-01-05T08:00"))
    return lambda *words: CliRunner().invoke(main, list(words))


def test_everything_is_seen_before_anything_is_set_up(run: Run, school: SmallSchool, engine: Engine) -> None:
    shown = run("calendar", "--school", school.urn, "--leaving", "2026", "--json")
    assert shown.exit_code == 0, shown.output
    rows = json.loads(shown.stdout)
    assert {"send_at", "survey", "destination_year", "channel", "people", "reason"} <= rows[0].keys()
    mocks = [row for row in rows if row["survey"] == "after-mocks" and row["message"] == "first"]
    assert {(row["channel"], row["people"], row["reason"]) for row in mocks} == {
        ("email", 9, None),
        ("sms", 1, None),
        (None, 1, "no_route"),
        (None, 1, "deceased"),
    }
    assert {row["send_at"] for row in mocks} == {"2026-01-26T10:00:00Z"}
    assert sum(row["people"] for row in mocks) == 12
    assert max(row["send_at"] for row in rows) < "2029-09-01"
    with database.reading(engine) as session:
        assert session.exec(select(PlannedOccurrence)).first() is None


def test_until_cuts_it_short_and_words_are_for_people(run: Run, school: SmallSchool) -> None:
    shown = run("calendar", "--school", school.urn, "--leaving", "2026", "--until", "2026-02-28")
    assert "Mon 26 Jan 2026, 10:00  Year 11  after-mocks, first: 9, email" in shown.output
    assert "reminder 2" in shown.output and "before-leaving" not in shown.output
    assert "No email address or mobile number" in shown.output


def test_a_cohort_is_set_up_and_stopped(run: Run, school: SmallSchool, engine: Engine) -> None:
    words = ("calendar", "--school", school.urn, "--leaving", "2026", "--year-group", "11")
    assert run(*words, "--start").exit_code == 0
    with database.reading(engine) as session:
        assert len(session.exec(select(PlannedOccurrence)).all()) == 12 * 11
    before = json.loads(run(*words, "--json").stdout)
    assert run(*words, "--stop").exit_code == 0
    assert json.loads(run(*words, "--json").stdout) == before


def test_what_is_held_by_command_says_so_and_is_let_go(run: Run, school: SmallSchool) -> None:
    words = ("calendar", "--school", school.urn, "--leaving", "2026", "--year-group", "11")
    assert run(*words, "--start").exit_code == 0

    def stands(*more: str) -> set[tuple[str, str | None, int]]:
        shown = run(*words, *more, "--json")
        assert shown.exit_code == 0, shown.output
        rows = [row for row in json.loads(shown.stdout) if row["survey"] == "results-day"]
        return {(row["state"], row["reason"], row["people"]) for row in rows if row["message"] == "first"}

    refused = run(*words, "--hold", "results-day")
    assert refused.exit_code == 1 and "--reason" in refused.stderr
    assert stands("--hold", "results-day", "--reason", "Too soon") == {("held", "Too soon", 12)}
    assert stands("--cancel", "results-day", "--reason", "Not here") == {("cancelled", "Not here", 12)}
    one = ("--release", "results-day", "--student", school.codes["Amira"])
    assert stands(*one) == {("planned", None, 1)}
    assert ("planned", None, 1) in stands() and ("cancelled", "Not here", 11) in stands()
    assert run(*words, "--release", "no-such-survey").exit_code == 1


def test_who_is_left_out_stands_there_by_name_with_the_reason(run: Run, school: SmallSchool) -> None:
    words = ("calendar", "--school", school.urn, "--leaving", "2026")
    rows = json.loads(run(*words, "--json").stdout)
    (out,) = [row for row in rows if row["survey"] == "after-mocks" and row["reason"] == "no_route"]
    assert out["students"] == [{"student": school.codes["Finn"], "name": "Finn Walsh"}]
    assert out["why"] == "No email address or mobile number on the roster"
    texts = [row for row in rows if row["channel"] == "sms"]
    assert texts and all(row["segments"] >= row["people"] for row in texts)
    assert sum(row["pence"] for row in rows) == 4 * sum(row["segments"] for row in texts)
    own = json.loads(run(*words, "--student", school.codes["Finn"], "--json").stdout)
    assert {row["reason"] for row in own if row["survey"] == "after-mocks"} == {"no_route"}
    assert run(*words, "--student", "S-NOBODY").exit_code == 1


def test_a_summer_without_leavers_is_refused(run: Run, school: SmallSchool) -> None:
    refused = run("calendar", "--school", school.urn, "--leaving", "2031")
    assert refused.exit_code == 1 and "Import the roster" in refused.stderr


def test_the_text_after_an_email_and_the_other_way_of_a_reminder_are_seen_beforehand(
    run: Run, school: SmallSchool
) -> None:
    said = run("calendar", "--school", school.urn, "--leaving", "2026", "--year-group", "11", "--json").stdout
    mocks = [row for row in json.loads(said) if row["survey"] == "after-mocks" and row["state"] == "planned"]
    ways = {(row["message"], row["channel"]): row["people"] for row in mocks}
    assert ways["first", "email"] == 9 and ways["first", "sms"] == 1
    assert ways["text-after-email", "sms"] == 7 and ways["reminder-1", "email"] == 9
    assert ways["reminder-2", "sms"] == 8  # Dewi has no email; Ewa and Lena have no number
    assert ways["reminder-2", "email"] == 2


@pytest.mark.parametrize("leaving", ["9999", "0", "99999999999999999999"])
def test_a_summer_that_no_calendar_holds_is_wrong_usage(
    run: Callable[..., Result], school: SmallSchool, tmp_path: Path, leaving: str
) -> None:
    which = ("--school", school.urn, "--leaving", leaving)
    for command in (
        ("calendar",),
        ("round", "open", "after-mocks"),
        ("export", "intended", "--out", str(tmp_path / "x.csv")),
    ):
        refused = run(*command, *which)
        assert refused.exit_code == 2 and "not in the range" in refused.output
