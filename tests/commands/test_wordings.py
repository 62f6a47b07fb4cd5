"""surveybot survey: a school's own words from a file, checked before they are kept."""

from collections.abc import Callable
from pathlib import Path

from click.testing import Result

from tests.commands.test_calendar import run
from tests.conftest import SmallSchool

__all__ = ["run"]


def test_words_from_a_file_are_checked_kept_listed_and_taken_back(
    run: Callable[..., Result], school: SmallSchool, tmp_path: Path
) -> None:
    file = tmp_path / "november.toml"
    file.write_text('question.en = "reply STOP or tell us what you do"')
    refused = run("survey", "word", "check-in-november", str(file), "--school", school.urn)
    assert refused.exit_code == 1 and "the phone network acts on" in refused.output
    file.write_bytes(b"\xff\xfe junk")
    no_text = run("survey", "word", "check-in-november", str(file), "--school", school.urn)
    assert no_text.exit_code == 1 and "not text in UTF-8" in no_text.output
    file.write_text("questions = []")
    assert "cannot be worded" in run("survey", "word", "enrolled", str(file), "--school", school.urn).output
    file.write_text('titles.en = "How is it going?"')
    assert run("survey", "word", "check-in-november", str(file), "--school", school.urn).exit_code == 0
    listed = run("survey", "list", "--school", school.urn).output
    assert "check-in-november: own words" in listed and "enrolled: as shipped" in listed
    run("survey", "restore", "check-in-november", "--school", school.urn)
    assert "own words" not in run("survey", "list", "--school", school.urn).output
