"""Destination facts: what kind, who says so, and how it stands."""

from enum import StrEnum


class FactKind(StrEnum):
    INTENDED = "intended"
    OFFER = "offer"
    ACTUAL = "actual"


class FactSource(StrEnum):
    STUDENT = "student"
    PARENT = "parent"
    STAFF = "staff"
    PROVIDER = "provider"
    LOCAL_AUTHORITY = "local_authority"


class FactMethod(StrEnum):
    LINK = "link"
    TEXT = "text"
    IN_PERSON = "in_person"
    FILE = "file"


class PlaceStatus(StrEnum):
    """How far an option has come; the words of the question in a survey."""

    THINKING = "thinking"
    APPLIED = "applied"
    OFFER = "offer"
    CONDITIONAL = "conditional"
    PLACE = "place"
    NO_PLACE = "no_place"
