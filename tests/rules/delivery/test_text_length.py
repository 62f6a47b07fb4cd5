import json
from pathlib import Path

import pytest

from surveybot.rules.delivery.text_length import BASIC, EXTENDED, Encoding, measure, plain, plain_letters

ORACLE = json.loads((Path(__file__).parents[2] / "data" / "sms_segments.json").read_text())["rows"]


def test_segments_are_counted_as_twilios_own_tool_counts_them() -> None:
    assert len(ORACLE) > 1000
    for text, encoding, segments in ORACLE:
        length = measure(text)
        assert (length.encoding, length.segments) == (encoding, segments), ascii(text)


def test_an_empty_text_has_no_part() -> None:
    assert measure("").segments == 0


def test_the_alphabet_has_127_characters_and_the_escape() -> None:
    assert len(BASIC) == 127
    assert not BASIC & EXTENDED


def test_an_extension_pair_does_not_straddle_two_parts() -> None:
    assert measure("x" * 152 + "€" + "x" * 152).segments == 3  # 306 units would be two
    assert measure("x" * 151 + "€" + "x" * 153).segments == 2


def test_one_curly_quote_doubles_the_cost_of_a_text_and_plain_mends_it() -> None:
    text = "It’s " + "x" * 122
    assert measure(text).encoding is Encoding.UCS_2
    assert measure(text).segments == 2
    assert measure(plain(text)).fits_one


def test_plain_keeps_letters_and_line_ends() -> None:
    assert plain("“Zoë”\u00a0–\u2011 it’s…\r\nyes\u200b") == '"Zoë" -- it\'s...\nyes'


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Zoë", "Zoe"),
        ("José", "José"),  # é is in the alphabet
        ("Siân", "Sian"),
        ("Łucja", "Lucja"),
        ("Żaneta", "Zaneta"),
        ("Françoise", "Francoise"),
        ("Mu\u0308ller", "Müller"),
        ("D’Arcy", "D'Arcy"),
        ("李娜", "李娜"),
        ("علی", "علی"),
    ],
)
def test_a_name_is_put_into_plain_letters_where_it_can_be(name: str, expected: str) -> None:
    assert plain_letters(name) == expected
