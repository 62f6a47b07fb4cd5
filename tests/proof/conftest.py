"""Proofs listen to their engine and share it with children, so that each has one of its own."""

from collections.abc import Iterator

import pytest
from sqlalchemy.engine import Engine

from tests.conftest import make_engine


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    engine = make_engine(migrated_url)
    yield engine
    engine.dispose()
