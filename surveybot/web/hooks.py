"""What Twilio calls: texts that came in, and reports about ours. Nothing is believed without a signature.

The signature covers the address that Twilio was given, so it is checked against PUBLIC_URL and never against
the address that a proxy made of it. During a rotation both tokens are right.
"""

from flask import Blueprint, Response, abort, request
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from twilio.twiml.messaging_response import MessagingResponse  # type: ignore[import-untyped]
from werkzeug.datastructures import MultiDict

from surveybot.config import Settings
from surveybot.steps.sending.receive import Report, receive
from surveybot.steps.texting.converse import Answered, take_text
from surveybot.steps.texting.desk import Desk, Inbound
from surveybot.web import doors
from surveybot.web.doors import Visit

blueprint = Blueprint("hooks", __name__)

LARGEST_CALL = 64 * 1024
MOST_PARTS = 200
LONGEST_SID = 64


@blueprint.post("/hooks/twilio/inbound")
@doors.hook
def inbound(visit: Visit) -> Response:
    """A text came in: its answer goes back in the same breath; the same text again gets the same answer."""
    form = signed_form(visit.house.settings)
    sid, sender = form.get("MessageSid", ""), form.get("From", "")
    if not sid or len(sid) > LONGEST_SID or not sender:
        abort(400)
    house = visit.house
    desk = Desk(visit.session, house.catalogue, house.settings, house.signer, visit.now)
    answered = take_text(desk, Inbound(sid, sender, form.get("To", ""), form.get("Body", "")))
    return as_twiml(house.settings, answered)


def as_twiml(settings: Settings, answered: Answered) -> Response:
    """One message whose reports come to its own row, or none at all."""
    twiml = MessagingResponse()
    if answered.reply:
        reports = f"{settings.public_url}/hooks/twilio/status/{answered.delivery_id}"
        twiml.message(answered.reply, status_callback=reports)
    return Response(str(twiml), mimetype="text/xml")


@blueprint.post("/hooks/twilio/status/<int:delivery_id>")
@doors.hook
def status(visit: Visit, delivery_id: int) -> tuple[str, int]:
    """A report about one message; the same one twice changes nothing, and all are thanked for."""
    form = signed_form(visit.house.settings)
    sid, word = form.get("MessageSid", ""), form.get("MessageStatus", "")
    if not sid or not word:
        abort(400)
    report = Report(delivery_id, sid, word, form.get("ErrorCode", ""))
    receive(visit.session, report, now=visit.now)
    return "", 204


def signed_form(settings: Settings) -> MultiDict[str, str]:
    """The fields of a call that Twilio signed for our account; 403 for anything else."""
    request.max_content_length, request.max_form_parts = LARGEST_CALL, MOST_PARTS
    form: MultiDict[str, str] = request.form
    if not is_signed(settings, form) or form.get("AccountSid") != settings.twilio_account_sid:
        abort(403)
    return form


def is_signed(settings: Settings, form: MultiDict[str, str]) -> bool:
    """Whether one of our tokens signed this call: Twilio's own algorithm over our own address."""
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    address = f"{settings.public_url}{request.path}{query}"
    signature = request.headers.get("X-Twilio-Signature", "")
    tokens = [settings.twilio_auth_token, settings.twilio_auth_token_secondary]
    return any(RequestValidator(token).validate(address, form, signature) for token in tokens if token)
