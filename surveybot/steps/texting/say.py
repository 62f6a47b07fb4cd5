"""Answer a text with a text: one message row per answer, handed to the provider in the same breath."""

import logging
from collections.abc import Mapping
from datetime import timedelta

from surveybot.links import LinkPurpose, address
from surveybot.messages import TEXTS, load_templates, school_short
from surveybot.records.delivery.deliveries import Delivery
from surveybot.records.delivery.switches import paused_scopes
from surveybot.records.installations import is_ours
from surveybot.records.roster.students import Student
from surveybot.records.round.invitations import Link, LinkMedium
from surveybot.records.schools import School
from surveybot.records.texting.texts import InboundText
from surveybot.rules.delivery.channels import Channel
from surveybot.rules.delivery.delivery_states import DeliveryState, HoldReason, MessageClass
from surveybot.rules.delivery.kill_switch import is_paused
from surveybot.rules.delivery.text_length import measure, plain
from surveybot.steps.texting.caller import Caller, Thread
from surveybot.steps.texting.desk import Desk

log = logging.getLogger("surveybot.texting")
STALE_AFTER = timedelta(minutes=10)
TEMPLATE = "text-reply"


def words_for(name: str, values: Mapping[str, str], school: School | None) -> str:
    """The wording of templates/texts that fits, filled."""
    templates = load_templates(TEXTS)
    fixed = templates.files[f"{name}.txt"]
    if "{" not in fixed:
        return plain(" ".join(fixed.split()))
    about = values_of_school(school) if school else {}
    return templates.text(name, {**about, **values}).body


def values_of_school(school: School) -> dict[str, str]:
    return {"school": school.name, "school_short": school_short(school.name)}


def say(
    desk: Desk,
    caller: Caller,
    text: InboundText,
    name: str,
    values: Mapping[str, str] | None = None,
    *,
    student: Student | None = None,
    thread: Thread | None = None,
) -> Delivery | None:
    """Answer at once. None, and nothing, where the number has said stop.

    Where nothing may leave the house the answer is kept on hold, and soon too old to be sent.
    """
    if caller.stopped:
        return None
    body = words_for(name, values or {}, caller.school)
    held = _why_held(desk, caller)
    delivery = Delivery(
        dedupe_key=f"text:{text.id}",
        school_id=caller.school.id if caller.school else None,
        student_id=student.id if student else None,
        round_id=thread.round.id if thread else None,
        invitation_id=thread.invitation.id if thread else None,
        message_class=MessageClass.REPLY,
        template=TEMPLATE,
        step="conversation",
        channel=Channel.SMS,
        facts={"words": body},
        due_at=desk.now,
        next_at=desk.now,
        not_after=desk.now + STALE_AFTER,
        state=DeliveryState.HELD if held else DeliveryState.ACCEPTED,
        hold_reason=held or "",
        to_address=caller.number,
        body_text=body,
        segments=measure(body).segments,
        composed_at=desk.now,
        created_at=desk.now,
        accepted_at=None if held else desk.now,
    )
    desk.session.add(delivery)
    desk.session.flush()
    text.reply, text.reply_delivery_id = ("" if held else body), delivery.id
    log.info("text %s is answered", text.id)
    return delivery


def _why_held(desk: Desk, caller: Caller) -> HoldReason | None:
    """The same guards as for every other message: a copy, a pause, an outbound list."""
    if not is_ours(desk.session, desk.settings.instance):
        return HoldReason.COPY
    school_id = caller.school.id if caller.school else None
    if is_paused(paused_scopes(desk.session), school_id, Channel.SMS):
        return HoldReason.SWITCH
    return None if desk.settings.outbound.permits(caller.number) else HoldReason.OUTBOUND_DENIED


def own_link(desk: Desk, student: Student, thread: Thread | None, purpose: LinkPurpose) -> str:
    """The address of a page of the student's own, for one text."""
    link = Link(
        school_id=student.school_id,
        student_id=student.id,
        invitation_id=thread.invitation.id if thread else None,
        medium=LinkMedium.SMS,
        created_at=desk.now,
    )
    desk.session.add(link)
    desk.session.flush()
    assert link.id is not None
    return address(desk.settings.public_url, purpose, desk.signer.sign(purpose, link.id))
