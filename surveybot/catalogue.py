"""The data of surveys/ and reference/, loaded and checked once."""

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Catalogue:
    """Everything that is data rather than code."""


@cache
def load_catalogue() -> Catalogue:
    return Catalogue()
