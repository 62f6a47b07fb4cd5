"""The demo's phone and mailbox: what the pretend senders took, read from the delivery rows.

The phone can write back: its texts go the same way as real ones, and are answered at once.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request
from markupsafe import Markup, escape

from surveybot.records.delivery.sent_messages import (
    Sent,
    everything_sent,
    sent_email,
    sent_emails,
    thread,
    threads,
)
from surveybot.records.texting.texts import thread_of
from surveybot.steps.texting.converse import take_text
from surveybot.steps.texting.desk import Desk, Inbound
from surveybot.web import doors
from surveybot.web.doors import Visit

blueprint = Blueprint("demo", __name__)

PAGE = 50
_LINK = re.compile(r"https?://[^\s<>\"]+")
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""An email has its own styles and may load nothing; its links open beside the demo."""


@blueprint.get("/demo/phone")
@doors.demo
def phone(visit: Visit) -> str:
    """Every number that got a text, newest first."""
    search = request.args.get("q", "").strip()
    return render_template("demo/phone.html", threads=threads(visit.session, search=search), search=search)


@dataclass(frozen=True, slots=True)
class Bubble:
    """One text on the screen of a phone."""

    at: datetime
    theirs: bool  # written on this phone
    body: str


@blueprint.get("/demo/phone/<number>")
@doors.demo
def phone_thread(visit: Visit, number: str) -> str:
    """One number's phone: its texts both ways, oldest first, with links that can be tapped."""
    sent = thread(visit.session, f"+{number}")
    bubbles = _bubbles(visit, f"+{number}", sent)
    if not bubbles:
        abort(404)
    return render_template(
        "demo/thread.html",
        number=f"+{number}",
        bubbles=bubbles,
        names=list(dict.fromkeys(one.student.full_name for one in sent if one.student)),
        page_number=secrets.token_hex(8),
        tappable=tappable,
    )


@blueprint.post("/demo/phone/<number>")
@doors.demo
def write_text(visit: Visit, number: str) -> Any:
    """Write a text on this phone; the same page twice is one text."""
    if not number.isascii() or not number.isdecimal():
        abort(404)
    body, page_number = request.form.get("body", "").strip(), request.form.get("page", "")
    if body:
        house = visit.house
        desk = Desk(visit.session, house.catalogue, house.settings, house.signer, visit.now)
        sid = "DEMO" + (page_number[:16] or secrets.token_hex(8))
        take_text(desk, Inbound(sid, f"+{number}", "demo", body))
    return redirect(f"/demo/phone/{number}#write", 303)


def _bubbles(visit: Visit, number: str, sent: Sequence[Sent]) -> list[Bubble]:
    ours = [
        Bubble(one.delivery.accepted_at or one.delivery.created_at, False, one.delivery.body_text)
        for one in sent
    ]
    theirs = [Bubble(one.received_at, True, one.body) for one in thread_of(visit.session, number)]
    return sorted([*ours, *theirs], key=lambda bubble: (bubble.at, not bubble.theirs))


@blueprint.get("/demo/mail")
@doors.demo
def mailbox(visit: Visit) -> str:
    search, page = request.args.get("q", "").strip(), max(1, request.args.get("page", 1, type=int))
    emails, total = sent_emails(visit.session, search=search, limit=PAGE, offset=(page - 1) * PAGE)
    pages = max(1, -(-total // PAGE))
    return render_template(
        "demo/mailbox.html", emails=emails, total=total, search=search, page=page, pages=pages
    )


@blueprint.get("/demo/mail/<int:delivery>")
@doors.demo
def one_email(visit: Visit, delivery: int) -> str:
    return render_template(
        "demo/email.html",
        sent=_the_email(visit, delivery),
        as_text=request.args.get("part") == "text",
        tappable=tappable,
    )


@blueprint.get("/demo/mail/<int:delivery>/html")
@doors.demo
def one_email_html(visit: Visit, delivery: int) -> Response:
    """The HTML part by itself, for a sandboxed frame."""
    html = _the_email(visit, delivery).delivery.body_html
    response = Response(html.replace("<head>", '<head>\n<base target="_blank">', 1), mimetype="text/html")
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


@blueprint.get("/demo/outbox.json")
@doors.demo
def outbox(visit: Visit) -> Any:
    """Everything that was sent, oldest first."""
    return jsonify([_as_json(sent) for sent in everything_sent(visit.session)])


def tappable(text: str) -> Markup:
    """Text in which addresses are links and nothing else is markup."""
    parts, end = [], 0
    for found in _LINK.finditer(text):
        parts += [escape(text[end : found.start()]), Markup('<a href="{0}">{0}</a>').format(found[0])]
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])


def _the_email(visit: Visit, delivery: int) -> Sent:
    return sent_email(visit.session, delivery) or abort(404)


def _as_json(sent: Sent) -> dict[str, Any]:
    delivery = sent.delivery
    return {
        "at": _with_z(delivery.accepted_at or delivery.created_at),
        "channel": delivery.channel,
        "to": delivery.to_address,
        "subject": delivery.subject,
        "text": delivery.body_text,
        "html": delivery.body_html,
        "links": _LINK.findall(delivery.body_text),
        "student": sent.student.code if sent.student else None,
    }


def _with_z(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
