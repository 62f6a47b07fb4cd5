"""/mine/<token>: "is this address yours?", asked by a message to it.

Opening the page proves nothing; a choice does. The page shows the school, and nothing about the person.
"""

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from surveybot.links import LinkPurpose, MalformedLink
from surveybot.records.answer.contact_proofs import ContactProof
from surveybot.records.delivery.deliveries import Delivery
from surveybot.rules.delivery.channels import RouteKind
from surveybot.rules.roster.contact_proof import ProofMethod, ProofState
from surveybot.steps.roster.prove_contact import Given, ask_there, prove, refuse
from surveybot.web import doors
from surveybot.web.doors import LinkVisit
from surveybot.web.holder import Holder, ended, has_ended, holder_of, plain
from surveybot.web.language import gettext as _
from surveybot.web.passport.take_back import Option

blueprint = Blueprint("mine", __name__)

IS_IT_YOURS = {
    RouteKind.PERSONAL_EMAIL: _("Is this email address yours?"),
    RouteKind.MOBILE: _("Is this mobile number yours?"),
}
MINE, WRONG, AGAIN = "mine", "wrong", "again"


@blueprint.get("/mine/<token>", endpoint="ask")
@doors.link(LinkPurpose.PROVE)
def ask(visit: LinkVisit) -> Any:
    holder, proof = holder_of(visit), proof_behind(visit)
    return _over(visit, holder, proof) or _form(visit, holder, proof)


@blueprint.post("/mine/<token>", endpoint="say")
@doors.link(LinkPurpose.PROVE)
def say(visit: LinkVisit) -> Any:
    holder, proof = holder_of(visit), proof_behind(visit)
    over = _over(visit, holder, proof)
    if over is not None:
        return over
    match request.form.get("who"):
        case "mine" if proof.state(visit.now) is ProofState.OPEN:
            prove(visit.session, proof, method=ProofMethod.LINK, now=visit.now)
            return _thanks(holder, proof)
        case "mine" if proof.state(visit.now) is ProofState.PROVEN:  # pressed twice
            return _thanks(holder, proof)
        case "again" if proof.state(visit.now) is ProofState.EXPIRED:
            return _asked_again(holder, ask_there(visit.session, proof, now=visit.now))
        case "wrong":
            refuse(visit.session, proof, now=visit.now)
            return _not_theirs(holder)
    return _form(visit, holder, proof, error=_("Choose one of the two"))


def proof_behind(visit: LinkVisit) -> ContactProof:
    """What the message with this link asked, or a MalformedLink for a link of another message."""
    delivery = visit.session.get(Delivery, visit.link.delivery_id) if visit.link.delivery_id else None
    proof = visit.session.get(ContactProof, delivery.facts.get("proof", 0)) if delivery else None
    if proof is None or proof.student_id != visit.link.student_id:
        raise MalformedLink("nothing to prove behind this link")
    return proof


def _over(visit: LinkVisit, holder: Holder, proof: ContactProof) -> Response | None:
    """The page for a question that has its answer, or None where it is open or can be asked again."""
    if has_ended(holder):
        return ended(holder)
    match proof.state(visit.now):
        case ProofState.PROVEN if request.method != "POST":
            return _thanks(holder, proof)
        case ProofState.NOT_THEIRS:
            return _not_theirs(holder)
        case ProofState.REPLACED:
            return plain(
                holder,
                _("This link does not count any more"),
                _("Another address was given after it. If yours has changed, tell your school."),
                status=410,
            )
    return None


def _form(visit: LinkVisit, holder: Holder, proof: ContactProof, error: str = "") -> Response:
    """Nothing is chosen; a question that has run out offers a new message in place of the yes."""
    too_old = proof.state(visit.now) is ProofState.EXPIRED
    first = Option(AGAIN, _("Send me a new message")) if too_old else Option(MINE, _("Yes, this is mine"))
    hint = _("%s would like to write to you here about your next steps, also after you leave.")
    page = render_template(
        "student/not_me.html",
        title=_("This link has run out") if too_old else IS_IT_YOURS[proof.kind],
        hint=_("We can send a new one to the same place.") if too_old else hint % holder.school.name,
        picks=(first, Option(WRONG, _("This isn’t me"), _("Then we do not write here about this again."))),
        faults=[("who", error)] if error else [],
        **{**holder.page(), "not_me": ""},  # it stands among the choices
    )
    return make_response(page, 422 if error else (410 if too_old else 200))


def _thanks(holder: Holder, proof: ContactProof) -> Response:
    what = (
        _("This is your mobile number.")
        if proof.kind is RouteKind.MOBILE
        else _("This is your own email address.")
    )
    return plain(
        holder,
        _("Thank you, that is noted"),
        what,
        _("You can change it at any time: open “your choices” in one of our messages, or tell your school."),
    )


def _not_theirs(holder: Holder) -> Response:
    return plain(
        holder,
        _("Thank you for telling us"),
        _("We will not write here about this again. You do not need to do anything else."),
        not_me="",
    )


def _asked_again(holder: Holder, given: Given) -> Response:
    if given is Given.ASKED:
        return plain(holder, _("A new message is on its way"), _("Use the link in it. It works for 14 days."))
    if given is Given.STOPPED:
        return plain(
            holder,
            _("We cannot write here"),
            _("Somebody has told us to stop. If you want to hear from us, tell your school."),
            status=409,
        )
    return plain(
        holder,
        _("You have asked for a message already"),
        _("Look at your messages. You can ask again in an hour, three times a day at most."),
        status=429,
    )
