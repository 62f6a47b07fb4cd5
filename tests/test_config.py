"""Settings: all faults at once, each in a sentence."""

from pathlib import Path

import pytest

from surveybot import config
from surveybot.config import Outbound, Settings, SettingsError

KEY = "1:" + "k" * 32


def faults(**environ: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment(environ)
    return caught.value.faults


def test_a_key_is_enough_and_nobody_is_written_to() -> None:
    settings = Settings.from_environment({"SECRET_KEYS": KEY})
    assert settings.database_url.endswith("var/surveybot.db")
    assert not settings.outbound.permits("+447700900001")
    assert not settings.demo


def test_every_fault_is_named_at_once() -> None:
    said = faults(
        PORT="eighty",
        DATABASE_URL="mysql://x",
        PUBLIC_URL="example",
        MAIL_URL="http://x",
        SURVEYBOT_OUTBOUND="maybe",
        SURVEYBOT_DEMO="yes",
    )
    for name in ("PORT", "DATABASE_URL", "PUBLIC_URL", "MAIL_URL", "SURVEYBOT_OUTBOUND", "SURVEYBOT_DEMO"):
        assert any(name in fault for fault in said), name
    assert any("SECRET_KEYS" in fault for fault in said)


def test_an_address_with_which_a_text_takes_two_parts_stops_the_start_and_says_by_how_much() -> None:
    longest = "https://".ljust(config.LONGEST_PUBLIC_URL, "a")
    assert Settings.from_environment({"SECRET_KEYS": KEY, "PUBLIC_URL": longest + "/"}).public_url == longest
    (fault,) = faults(SECRET_KEYS=KEY, PUBLIC_URL=longest + "aaa")
    assert "PUBLIC_URL is 3 letters too long" in fault
    assert "'invitation' takes two parts" in fault
    brackets = "https://[2001:db8::1]/".ljust(config.LONGEST_PUBLIC_URL, "a")  # each counts twice
    (fault,) = faults(SECRET_KEYS=KEY, PUBLIC_URL=brackets)
    assert "2 letters too long" in fault


@pytest.mark.parametrize("keys", ["short", "1:short", "16:" + "k" * 32, f"{KEY},{KEY}", "x:" + "k" * 32])
def test_bad_keys_stop_the_start(keys: str) -> None:
    assert any("SECRET_KEYS" in fault for fault in faults(SECRET_KEYS=keys))


def test_keys_are_kept_newest_first() -> None:
    settings = Settings.from_environment({"SECRET_KEYS": "2:" + "b" * 32 + "," + KEY})
    assert [version for version, _ in settings.keys] == [2, 1]


def test_real_credentials_beside_the_demo_stop_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config, "ROOT", tmp_path)
    said = faults(SURVEYBOT_DEMO="1", MAIL_URL="smtp://mail.example.org:25", MAIL_FROM="a@example.org")
    assert any("SURVEYBOT_DEMO" in fault for fault in said)


def test_the_demo_makes_a_key_once_and_keeps_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "ROOT", tmp_path)
    first = Settings.from_environment({"SURVEYBOT_DEMO": "1"})
    assert first.keys == Settings.from_environment({"SURVEYBOT_DEMO": "1"}).keys
    assert first.outbound.permits("anybody")


def test_a_sender_needs_its_companions() -> None:
    assert any("MAIL_FROM" in fault for fault in faults(SECRET_KEYS=KEY, MAIL_URL="smtp://m.example.org"))
    said = faults(SECRET_KEYS=KEY, TWILIO_ACCOUNT_SID="AC0")
    assert any("TWILIO_AUTH_TOKEN" in fault for fault in said)
    assert any("TWILIO_FROM" in fault for fault in said)


def test_a_list_lets_out_those_on_it_only() -> None:
    settings = Settings.from_environment(
        {"SECRET_KEYS": KEY, "SURVEYBOT_OUTBOUND": "only:+447700900001,Someone@example.org"}
    )
    assert settings.outbound.permits("someone@example.org")
    assert not settings.outbound.permits("+447700900002")
    assert not Outbound("deny").permits("+447700900001")
