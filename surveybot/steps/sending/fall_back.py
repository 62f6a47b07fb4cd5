"""From email to text: where an email did not arrive, or was not answered for three days, a text follows.

The text is a row of its own, at most one for a step and none for a text; the claim checks it anew.
"""

from datetime import datetime, timedelta

from sqlmodel import Session

from surveybot.catalogue import Catalogue
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.delivery.fallbacks import emails_without_answer
from surveybot.rules.delivery.channels import Channel
from surveybot.steps.sending.queue import NewDelivery, queue_many

PATIENCE = timedelta(hours=72)
AT_ONCE = 500


def fall_back(session: Session, catalogue: Catalogue, *, now: datetime) -> int:
    """Queue the texts that are due; say how many."""
    emails = emails_without_answer(
        session, by_email_first(catalogue), accepted_before=now - PATIENCE, limit=AT_ONCE
    )
    return queue_many(session, [_text_after(email, now) for email in emails], now=now)


def by_email_first(catalogue: Catalogue) -> list[str]:
    """The surveys whose emails a text may follow."""
    return [slug for slug, survey in catalogue.surveys.items() if survey.first_channel is Channel.EMAIL]


def _text_after(email: Delivery, now: datetime) -> NewDelivery:
    return NewDelivery(
        dedupe_key=f"{email.dedupe_key}:fallback",
        school_id=email.school_id,
        student_id=email.student_id,
        round_id=email.round_id,
        invitation_id=email.invitation_id,
        parent_id=email.id,
        message_class=email.message_class,
        template=email.template,
        step="fallback",
        channel=Channel.SMS,
        owner=email.owner,
        due_at=now,
        not_after=email.not_after,
    )
