"""What answering a text needs, and the text itself."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from surveybot.catalogue import Catalogue
from surveybot.config import Settings
from surveybot.links import LinkSigner


@dataclass(frozen=True, slots=True)
class Desk:
    """Handed to every step of a conversation by text."""

    session: Session
    catalogue: Catalogue
    settings: Settings
    signer: LinkSigner
    now: datetime


@dataclass(frozen=True, slots=True)
class Inbound:
    """A text as the provider hands it over."""

    message_sid: str
    from_number: str
    to_number: str
    body: str
