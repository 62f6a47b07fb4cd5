"""A person is found by a few letters."""

import pytest

from surveybot.rules.roster.name_search import fold, matches


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("zoe", ["Zoë", "Brown"]),
        ("brown z", ["Zoë", "Brown"]),
        ("neill", ["Ben", "O’Neill"]),
        ("o'n", ["Ben", "O’Neill"]),
        ("hughes", ["Kit", "Fraser-Hughes"]),
        ("fraser-h", ["Kit", "Fraser-Hughes"]),
        ("wisn", ["Ewa", "Wiśniewska"]),
        ("LUCJA", ["Łucja", ""]),
        ("s-7k2", ["Kit", "Moss", "S-7K2M9Q"]),
        ("", ["Anybody"]),
    ],
)
def test_typed_letters_find_a_name(typed: str, names: list[str]) -> None:
    assert matches(typed, names)


@pytest.mark.parametrize("typed", ["rown", "brown x", "%", "_"])
def test_letters_from_the_middle_and_signs_find_nobody(typed: str) -> None:
    assert not matches(typed, ["Zoë", "Brown", "S-7K2M9Q"])


def test_folding_drops_case_and_accents() -> None:
    assert fold("Zoë ŁUCJA Ørsted") == "zoe lucja orsted"
