import pytest

from surveybot.rules.plain_text import clean, fold, hides_something, is_garbled, short


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Amira\x00\x07", "Amira"),
        ("Khan\r\nBcc: x", "Khan Bcc: x"),
        ("\u202enahK\u202c", "nahK"),
        ("A\u200bmi\ufeffra", "Amira"),
        ("Sine\u0301ad", "Sinéad"),
        ("  de   Souza ", "de Souza"),
        ("محمد", "محمد"),
        ("Wiśniewska", "Wiśniewska"),
        ("O’Neill", "O’Neill"),
    ],
)
def test_hidden_signs_go_and_letters_stay(written: str, kept: str) -> None:
    assert clean(written) == kept


def test_only_what_nobody_can_see_is_news() -> None:
    assert hides_something("A\u200bmira")
    assert not hides_something("Am\tira\n")


def test_garbled_letters_are_known() -> None:
    assert is_garbled("SinÃ©ad")
    assert is_garbled("Oâ€™Neill")
    assert is_garbled("Sin\ufffdad")
    assert not is_garbled("JOÃO Sinéad")


def test_names_are_compared_by_their_letters() -> None:
    assert fold("O’Neill") == fold("o'neill") == fold("ONEILL")
    assert fold("Sinéad") == fold("Sinead")
    assert fold("محمد") != fold("احمد")


def test_a_quoted_value_has_forty_characters_at_most() -> None:
    assert len(short("x" * 1000)) == 40
    assert short("Khan") == "Khan"
