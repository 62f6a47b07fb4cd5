"""A school's own settings: read, checked, and refused with what to write."""

from datetime import time

import pytest

from surveybot.rules.school_settings import SchoolSettings, SettingFault, set_value


def test_stored_text_comes_back_as_values() -> None:
    stored = set_value(set_value({}, "window_opens", "09:15"), "sixth_form", "yes")
    settings = SchoolSettings.from_stored(stored)
    assert settings.window_opens == time(9, 15)
    assert settings.sixth_form is True
    assert settings.cap_per_30_days == 4


def test_an_unknown_stored_key_does_no_harm() -> None:
    assert SchoolSettings.from_stored({"gone": "1"}) == SchoolSettings()


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("nothing", "x"),
        ("la", "12"),
        ("colour", "beige"),
        ("cap_per_day", "0"),
        ("window_opens", "8 am"),
        ("safeguarding_email", "no"),
        ("pence_per_segment", "free"),
        ("sixth_form", "perhaps"),
        ("help_adult", "two\nlines"),
    ],
)
def test_a_value_that_cannot_be_taken_is_refused(key: str, text: str) -> None:
    with pytest.raises(SettingFault):
        set_value({}, key, text)
