"""Write a claimed message: its text, as the row keeps it and as its sender wants it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import make_msgid
from typing import Any
from urllib.parse import urlsplit

from surveybot.catalogue import Catalogue
from surveybot.config import Settings
from surveybot.links import LinkSigner
from surveybot.records.delivery.deliveries import Delivery
from surveybot.rules.calendar.dates_in_words import from_wall, london_date
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import MessageClass
from surveybot.rules.school_settings import SchoolSettings
from surveybot.senders.base import Message
from surveybot.steps.sending.gather import Batch, window_of
from surveybot.steps.sending.queue import PROOF
from surveybot.steps.sending.render import (
    Links,
    Occasion,
    compose,
    render_preview,
    sample_round,
    values_of_round,
)

LONGEST = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Written:
    """A message for the wire, and what its row keeps of it."""

    message: Message
    kept: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the messages of one batch; what all of a round have in common is written once."""

    signer: LinkSigner
    catalogue: Catalogue
    settings: Settings
    batch: Batch
    now: datetime
    in_common: dict[tuple[int | None, int | None], Mapping[str, str]] = field(default_factory=dict)

    def write(self, row: Delivery, to: str, link_id: int | None, *, shares: bool) -> Written:
        """Render one message; KeyError or MissingValue where a template or a value is missing."""
        assert row.id is not None
        links, composed_at = self._links(row, link_id), row.composed_at or self.now
        occasion = self._occasion(row, links, shares=shares)
        text = compose(occasion, self._in_common(row, occasion))
        provider_id = row.provider_id
        if row.channel is Channel.EMAIL and not provider_id:
            provider_id = make_msgid(domain=urlsplit(self.settings.public_url).hostname)
        kept = {
            "to_address": to,
            "subject": text.subject[:200],
            "body_text": text.text,
            "body_html": text.html,
            "segments": text.segments,
            "composed_at": composed_at,
            "provider_id": provider_id,
        }
        message = Message(
            delivery_id=row.id,
            channel=row.channel,
            to=to,
            text=text.text,
            subject=text.subject[:200],
            html=text.html,
            from_name=occasion.school.name if occasion.school else "surveybot",
            message_id=provider_id or "",
            composed_at=composed_at,
            stop_link=links.stop,
            bounce_tag=self.signer.bounce_tag(row.id) if self.settings.bounces_url else "",
            status_path=f"/hooks/twilio/status/{row.id}",
            valid_for_seconds=_valid_for(row, self.batch, self.now),
        )
        return Written(message, kept)

    def _links(self, row: Delivery, link_id: int | None) -> Links:
        if link_id is None:
            return Links()
        is_staff = row.message_class is MessageClass.STAFF
        proof = row.template == PROOF
        return Links.of_row(self.signer, self.settings.public_url, link_id, staff=is_staff, proof=proof)

    def _in_common(self, row: Delivery, occasion: Occasion) -> Mapping[str, str]:
        key = row.school_id, row.round_id
        if key not in self.in_common:
            self.in_common[key] = values_of_round(occasion)
        return self.in_common[key]

    def _occasion(self, row: Delivery, links: Links, *, shares: bool) -> Occasion:
        batch = self.batch
        school = batch.schools.get(row.school_id or 0)
        round_row = batch.rounds.get(row.round_id or 0)
        student = batch.students.get(row.student_id or 0)
        contact = batch.contacts.get((row.student_id or 0, row.owner))
        member = batch.staff.get(row.staff_id or 0)
        person = batch.person(row)
        words = school.settings if school else {}
        plain = Occasion(
            template=row.template,
            channel=row.channel,
            links=links,
            school=school,
            survey=self.catalogue.survey_at(round_row.survey, words) if round_row else None,
            closes_at=round_row.closes_at if round_row else None,
            first_name=student.first_name if student else "",
            reader_name=contact.name if contact else member.name if member else "",
            is_leaver=person is not None and person.after_leaving,
            shares_number=shares,
            receipt=str(row.facts.get("receipt", "")),
            words=str(row.facts.get("words", "")),
            home_link=self.settings.public_url + str(row.facts.get("page", "/staff/")),
        )
        if row.template != "test-to-self" or school is None:
            return plain
        tested = sample_round(
            self.catalogue.survey_at(row.facts["survey"], words), row.composed_at or row.created_at
        )
        preview = render_preview(self.catalogue, school, tested, public_url=self.settings.public_url)
        return replace(plain, preview=preview)


def _valid_for(row: Delivery, batch: Batch, now: datetime) -> int:
    """Seconds that a provider may keep a text: an ask not beyond tonight's window, and four hours at most."""
    longest = LONGEST
    if row.message_class is MessageClass.ASK:
        window = window_of(batch.settings.get(row.school_id or 0, SchoolSettings()))
        closes = from_wall(london_date(now), window.end.hour, window.end.minute)
        longest = min(longest, closes - now) if closes > now else longest
    if row.not_after is not None:
        longest = min(longest, row.not_after - now)
    return max(60, int(longest.total_seconds()))
