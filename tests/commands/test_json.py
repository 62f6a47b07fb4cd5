"""Every command prints one JSON document for whoever asks: what it did, in words that a program can read."""

import json
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from sqlalchemy.engine import Engine

from surveybot.cli import main
from tests.commands.conftest import Run
from tests.conftest import TEST_KEY, SmallSchool
from tests.web.staff_room import a_round

RUNS_ON = {"demo"}
"""These run until they are stopped, and serve pages in place of an answer."""


def leaves(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        assert found is not None
        if isinstance(found, click.Group):
            yield from leaves(found, f"{path}{name} ")
        else:
            yield f"{path}{name}", found


def test_every_command_takes_json() -> None:
    without = {
        path
        for path, found in leaves(main)
        if not any("--json" in parameter.opts for parameter in found.params)
    }
    assert without == RUNS_ON


def test_a_new_database_is_made_copied_and_filled_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEYS", f"1:{TEST_KEY}")
    monkeypatch.setenv("PUBLIC_URL", "https://school.example.org")

    def say(url: str, *words: str) -> dict[str, object]:
        monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / url}")
        done = CliRunner().invoke(main, [*words, "--json"])
        assert done.exit_code == 0, done.output
        return dict(json.loads(done.stdout))

    made, again = say("one.db", "migrate"), say("one.db", "migrate")
    assert (made["upgraded"], again) == (True, {"revision": made["revision"], "upgraded": False})
    copy = tmp_path / "copy.db"
    assert say("one.db", "backup", str(copy)) == {"file": str(copy), "bytes": copy.stat().st_size}
    assert say("two.db", "restore", str(copy)) == {"restored": str(copy), "sends": False}


def test_links_a_lost_phone_and_own_words_are_told_to_a_program(
    run: Run, school: SmallSchool, engine: Engine, tmp_path: Path
) -> None:
    def say(*words: str) -> dict[str, object]:
        done = run(*words, "--json")
        assert done.exit_code == 0, done.output
        return dict(json.loads(done.stdout))

    code, sheet = a_round(engine, school), tmp_path / "links.csv"
    listed = say("round", "links", code)
    assert isinstance(listed["links"], list)
    assert len(listed["links"]) == listed["invited"] == 11
    assert set(listed["links"][0]) == {"student", "first_name", "surname", "tutor_group", "link"}
    written = say("round", "links", code, "--csv", str(sheet))
    assert (written["csv"], written["pdf"], written["links"]) == (str(sheet), None, [])
    assert say("staff", "new-phone", "leader@example.org")["email"] == "leader@example.org"
    of_school = ("--school", school.urn)
    own = tmp_path / "own.toml"
    own.write_text('question.en = "What is next for you?"\n', "utf-8")
    assert say("survey", "word", "after-mocks", str(own), *of_school, "--dry-run")["stored"] is False
    assert say("survey", "word", "after-mocks", str(own), *of_school)["stored"] is True
    assert say("survey", "restore", "after-mocks", *of_school)["own_words"] is None
