"""The demo's phone and mailbox: what the pretend senders took, read from the delivery rows."""

import re
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, abort, jsonify, render_template, request
from markupsafe import Markup, escape

from surveybot.records.sent_messages import (
    Sent,
    everything_sent,
    sent_email,
    sent_emails,
    thread,
    threads,
)
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


@blueprint.get("/demo/phone/<number>")
@doors.demo
def phone_thread(visit: Visit, number: str) -> str:
    """One number's phone: its texts, oldest first, with links that can be tapped."""
    texts = thread(visit.session, f"+{number}")
    if not texts:
        abort(404)
    return render_template("demo/thread.html", number=f"+{number}", texts=texts, tappable=tappable)


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
