"""Codes that can be read out."""

from surveybot.rules.short_codes import ALPHABET, new_code, read_code


def test_a_code_has_six_clear_characters() -> None:
    code = new_code("S")
    assert code.startswith("S-")
    assert len(code) == 8
    assert set(code[2:]) <= set(ALPHABET)


def test_a_typed_code_is_read_as_it_was_meant() -> None:
    assert read_code(" s-o1il2a ") == "S-01112A"
