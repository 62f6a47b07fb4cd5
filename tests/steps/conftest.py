"""Phones of the small school, for every test of texting."""

from collections.abc import Iterator

import pytest
from sqlalchemy.engine import Engine

from surveybot.config import Settings
from surveybot.records import database
from surveybot.records.destination.providers import Provider
from surveybot.rules.delivery.text_length import measure
from tests.conftest import SmallSchool
from tests.steps.phone import AMIRA, Phones


@pytest.fixture
def phones(engine: Engine, settings: Settings, school: SmallSchool) -> Iterator[Phones]:
    """Amira has been asked, and so have the twins, whose phone is one."""
    made = Phones(engine, settings, school)
    made.ask("Amira", AMIRA)
    with database.writing(engine) as session:
        session.add(
            Provider(
                name="Abingdon and Witney College",
                folded_name="abingdon and witney college",
                kind="further_education_college",
            )
        )
    yield made
    for text in made.texts():
        assert not text.reply or measure(text.reply).segments == 1, text.reply
