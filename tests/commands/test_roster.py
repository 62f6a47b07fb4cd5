import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from surveybot.cli import main
from surveybot.config import Outbound, Settings
from surveybot.steps.roster.enrol import takes_examples
from tests.conftest import TEST_KEY, SmallSchool

HEADINGS = "Surname,Forename,DOB,Year,Student Mobile"
KEYS = ["added", "changed", "unchanged", "left", "errors", "notices"]


class Desk:
    """Somebody at a command line, with a file."""

    def __init__(self, url: str, school: SmallSchool, folder: Path) -> None:
        self.environ = {
            "DATABASE_URL": url,
            "SECRET_KEYS": f"1:{TEST_KEY}",
            "SURVEYBOT_OUTBOUND": "",
            "SURVEYBOT_DEMO": "",
        }
        self.school = school
        self.file = folder / "roster.csv"

    def take(self, *lines: str, options: tuple[str, ...] = ()) -> Result:
        self.file.write_text("\n".join((HEADINGS, *lines)), "utf-8")
        words = ["roster", "import", str(self.file), "--school", self.school.urn, *options]
        return CliRunner(env=self.environ).invoke(main, words)

    def json(self, *lines: str, options: tuple[str, ...] = ()) -> tuple[int, dict[str, Any]]:
        result = self.take(*lines, options=(*options, "--json"))
        return result.exit_code, json.loads(result.stdout)


@pytest.fixture
def desk(migrated_url: str, school: SmallSchool, tmp_path: Path) -> Desk:
    return Desk(migrated_url, school, tmp_path)


AWA = "Sow,Awa,01/02/2014,8,07700 900123"


def test_the_answer_has_the_keys_of_the_contract(desk: Desk) -> None:
    status, answer = desk.json(AWA)
    assert (status, list(answer)) == (0, KEYS)
    assert [answer[key] for key in KEYS] == [1, 0, 0, 0, [], []]
    assert desk.json(AWA)[1]["unchanged"] == 1


def test_a_dry_run_writes_nothing_and_shows_old_and_new(desk: Desk) -> None:
    assert desk.json(AWA, options=("--dry-run",))[1]["added"] == 1
    assert desk.json(AWA)[1]["added"] == 1
    said = desk.take(AWA.replace("900123", "900124"), options=("--dry-run",)).stdout
    assert "Student mobile: +447700900123 -> +447700900124" in said
    assert desk.json(AWA)[1]["unchanged"] == 1


def test_an_error_names_row_column_value_problem_and_fix_and_nothing_is_taken(desk: Desk) -> None:
    status, answer = desk.json(AWA, "Ba,Issa,1/2/14,8,")
    assert status == 1
    assert [answer[key] for key in KEYS[:4]] == [0, 0, 0, 0]
    (error,) = answer["errors"]
    assert list(error) == ["row", "column", "value", "problem", "fix"]
    assert (error["row"], error["column"], error["value"]) == (3, "DOB", "1/2/14")
    assert desk.json(AWA)[1]["added"] == 1


def test_many_who_left_are_refused_until_confirmed(desk: Desk) -> None:
    desk.take(AWA, "Ba,Issa,01/02/2014,8,")
    refused = desk.take(AWA)
    assert refused.exit_code == 1
    assert "--confirm-left" in refused.stderr
    assert desk.json(AWA, options=("--confirm-left",))[1]["left"] == 1


def test_an_unknown_school_is_refused_with_what_to_do(desk: Desk) -> None:
    desk.school.urn = "999999"
    refused = desk.take(AWA)
    assert refused.exit_code == 1
    assert "surveybot school add" in refused.stderr


def test_a_missing_file_is_wrong_usage(desk: Desk) -> None:
    words = ["roster", "import", "/no/such/file.csv", "--school", desk.school.urn]
    assert CliRunner(env=desk.environ).invoke(main, words).exit_code == 2


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"outbound": Outbound("deny")}, True),
        ({"outbound": Outbound("only", frozenset({"+447700900001"}))}, True),
        ({"outbound": Outbound("allow")}, False),
        ({"outbound": Outbound("allow"), "demo": True}, True),
        ({"outbound": Outbound("allow"), "twilio_api_url": "http://127.0.0.1:9"}, True),
    ],
)
def test_example_numbers_count_only_where_no_text_can_go_out(changed: dict[str, Any], expected: bool) -> None:
    settings = Settings(database_url="", keys=(), public_url="", **changed)
    assert takes_examples(settings) is expected
