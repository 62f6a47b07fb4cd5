"""surveybot school ... and surveybot staff ..., as an administrator meets them."""

import json

import pytest

from tests.commands.conftest import Run


def test_a_school_is_added_set_and_shown(run: Run) -> None:
    added = run(
        "school", "add", "Hillview School", "--urn", "123456", "--la", "931", "--sixth-form", "--json"
    )
    assert added.exit_code == 0
    assert json.loads(added.stdout)["settings"]["sixth_form"] is True
    assert run("school", "set", "123456", "help_adult=Ms Jones", "window_opens=09:00").exit_code == 0
    shown = json.loads(run("school", "show", "123456", "--json").stdout)["settings"]
    assert (shown["la"], shown["help_adult"], shown["window_opens"]) == ("931", "Ms Jones", "09:00")


def test_a_school_is_not_added_twice_and_a_wrong_setting_changes_nothing(run: Run) -> None:
    run("school", "add", "Hillview School", "--urn", "123456")
    again = run("school", "add", "Hillview School", "--urn", "123456")
    assert again.exit_code == 1
    assert "already" in again.stderr
    wrong = run("school", "set", "123456", "help_adult=Ms Jones", "la=12")
    assert wrong.exit_code == 1
    assert "3 digits" in wrong.stderr
    assert json.loads(run("school", "show", "123456", "--json").stdout)["settings"]["help_adult"] == ""


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("school", "add", "", "--urn", "234567"), "Write the name of the school"),
        (("school", "add", " \t\u200b", "--urn", "234567"), "Write the name of the school"),
        (("school", "add", "x" * 201, "--urn", "234567"), "at most 200"),
        (("school", "add", "Hillside", "--urn", "２３４５６７"), "six digits"),
        (
            ("staff", "add", "a@example.org", "--name", "  ", "--role", "admin"),
            "Write the name of the member",
        ),
        (("staff", "add", " ", "--name", "Al", "--role", "admin"), "not an email address"),
        (("staff", "add", "a@b", "--name", "Al", "--role", "admin"), "not an email address"),
        (("staff", "add", "a@example.org", "--name", "Al", "--role", "tutor", "--tutor-group", " "), "group"),
        (
            ("staff", "add", "a@example.org", "--name", "Al", "--role", "tutor", "--tutor-group", "1" * 21),
            "at most 20",
        ),
    ],
)
def test_what_has_no_name_is_refused_in_a_sentence(run: Run, words: tuple[str, ...], sentence: str) -> None:
    run("school", "add", "Hillview School", "--urn", "123456")
    refused = run(*words, *(("--school", "123456") if words[0] == "staff" else ()))
    assert refused.exit_code == 1
    assert sentence in refused.stderr
    assert run("school", "show", "234567").exit_code == 1
    assert run("staff", "sign-in-link", "a@example.org").exit_code == 1


def test_staff_are_added_once_and_get_a_link(run: Run) -> None:
    run("school", "add", "Hillview School", "--urn", "123456")
    words = ("--name", "Tia Tutor", "--role", "tutor", "--school", "123456")
    assert run("staff", "add", "Tia@example.org", *words).exit_code == 1  # a tutor needs a group
    assert run("staff", "add", "Tia@example.org", *words, "--tutor-group", "11A").exit_code == 0
    assert run("staff", "add", "tia@example.org", *words, "--tutor-group", "11A").exit_code == 0
    link = json.loads(run("staff", "sign-in-link", "TIA@example.org", "--json").stdout)
    assert link["email"] == "tia@example.org"
    assert link["link"].startswith("https://school.example.org/staff/sign-in/")
    unknown = run("staff", "sign-in-link", "nobody@example.org")
    assert unknown.exit_code == 1
    assert "surveybot staff add" in unknown.stderr
