"""surveybot rehearse-replies: what would be read, without a database."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from surveybot.cli import main

LINES = {
    "im at ccb doing plumbing l2": "perhaps: Further education college, ccb, plumbing l2; asked back",
    "aprentiship w bt": "Apprenticeship, bt",
    "still lookin tbh": "Still looking",
    "same as last yr": "the same as before",
    "college in abingdon": (
        "Further education college, abingdon; perhaps at Abingdon and Witney College; asked back"
    ),
    "STOP PLEASE": "a wish: stop",
    "the bus stop": "not understood: asked again",
    "wrong number": "a wish: wrong number",
    "i need help": "a wish: needs help",
    "i want to die": "a worry (self_harm): to the safeguarding lead at once",
    "I'm out of the office": "not a person (out_of_office): not answered, shown to staff",
    "no reply yet from bt": "not understood: asked again",
    "im at ccb": "at ccb; asked what kind of place that is",
    "lost my job": "perhaps: Still looking; asked back",
    "dont ring me just text me": "a wish: hold",
    "asdf": "not understood: asked again",
}


def rehearse(tmp_path: Path, *lines: str, options: tuple[str, ...] = ()) -> Result:
    file = tmp_path / "replies.txt"
    file.write_text("\n".join(lines), "utf-8")
    return CliRunner().invoke(main, ["rehearse-replies", "autumn-intentions", str(file), *options])


def test_each_line_is_shown_as_it_would_be_read(tmp_path: Path) -> None:
    result = rehearse(tmp_path, *LINES, options=("--json",))
    assert result.exit_code == 0, result.output
    assert {one["text"]: one["read_as"] for one in json.loads(result.stdout)} == LINES


def test_people_get_a_table(tmp_path: Path) -> None:
    result = rehearse(tmp_path, "aprentiship w bt", "", "STOP")
    assert result.stdout.splitlines() == [
        "   1  aprentiship w bt  Apprenticeship, bt",
        "   2  STOP              a wish: stop",
    ]


def test_the_lines_may_be_one_conversation(tmp_path: Path) -> None:
    result = rehearse(
        tmp_path, "college", "abingdon", "1", "no thanks", options=("--json", "--one-conversation")
    )
    heard = json.loads(result.stdout)
    assert [one["asked"] for one in heard] == [
        "options.menu",
        "options.name",
        "options.confirm",
        "help.choice",
    ]
    assert heard[-1]["read_as"] == (
        "Further education college, Abingdon and Witney College; help = none; complete"
    )


@pytest.mark.parametrize("survey", ["parent-consent", "no-such-survey"])
def test_a_survey_without_a_text_form_is_refused(tmp_path: Path, survey: str) -> None:
    file = tmp_path / "replies.txt"
    file.write_text("hello")
    result = CliRunner().invoke(main, ["rehearse-replies", survey, str(file)])
    assert result.exit_code == 1
    assert "cannot be answered by text. These can: after-mocks, autumn-intentions" in result.output
