"""A command line on the database of the test, on the day on which the small school is visited."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from surveybot.cli import main
from surveybot.commands import entrance
from tests.conftest import NOW, TEST_KEY

Run = Callable[..., Result]


@pytest.fixture
def run(migrated_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("school", "show", "123456")`: what `surveybot school show 123456` does."""
    monkeypatch.setenv("DATABASE_URL", migrated_url)
    monkeypatch.setenv("SECRET_KEYS", f"1:{TEST_KEY}")
    monkeypatch.setenv("PUBLIC_URL", "https://school.example.org")
    monkeypatch.setattr(entrance.Entrance, "now", lambda self: NOW)
    return lambda *words: CliRunner().invoke(main, list(words))
