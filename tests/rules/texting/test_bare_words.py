"""The short way for plain letters says what the long way says."""

from hypothesis import given
from hypothesis import strategies as st

from surveybot.rules.texting.bare_words import bare

ZERO_WIDTH = "\u200b"
"""It is dropped, and a text with it goes the long way."""


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_letters_are_read_alike_by_either_way(text: str) -> None:
    assert bare(text) == bare(text + ZERO_WIDTH)
