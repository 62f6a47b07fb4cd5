"""The ways a message can travel, and whose address it travels to."""

from enum import StrEnum


class Channel(StrEnum):
    SMS = "sms"
    EMAIL = "email"


class RouteOwner(StrEnum):
    """A route is not a person: a student's record also holds the routes of two contacts."""

    STUDENT = "student"
    CONTACT_1 = "contact1"
    CONTACT_2 = "contact2"


class RouteKind(StrEnum):
    """What an address is; the school email dies in the summer of leaving."""

    SCHOOL_EMAIL = "school_email"
    PERSONAL_EMAIL = "personal_email"
    MOBILE = "mobile"
