"""/me/<token>/not-me, and the same behind stop and proof links: "this isn't me", for old links too."""

from functools import partial

from flask import Blueprint, Response, request

from surveybot.links import PATHS, LinkPurpose
from surveybot.steps.consent.withdraw import wrong_person
from surveybot.steps.roster.prove_contact import refuse
from surveybot.web import doors
from surveybot.web.doors import LinkVisit
from surveybot.web.holder import ended, has_ended, holder_of, plain
from surveybot.web.mine import proof_behind
from surveybot.web.not_me import answer_page, form_page

blueprint = Blueprint("strangers", __name__)


def ask_or_take(visit: LinkVisit, purpose: LinkPurpose) -> Response:
    """The form, or what was chosen in it."""
    holder = holder_of(visit)
    if has_ended(holder):
        return ended(holder)
    if request.method != "POST":
        return form_page(of_parent=holder.is_parent, frame=holder.page())

    def stop() -> None:
        if purpose is LinkPurpose.PROVE:
            refuse(visit.session, proof_behind(visit), now=visit.now)
        else:
            wrong_person(visit.session, link=visit.link, now=visit.now)

    return answer_page(stop, partial(plain, holder), of_parent=holder.is_parent, frame=holder.page())


for _purpose in (LinkPurpose.PASSPORT, LinkPurpose.STOP, LinkPurpose.PROVE):
    blueprint.add_url_rule(
        f"{PATHS[_purpose]}<token>/not-me",
        endpoint=_purpose.name.lower(),
        view_func=doors.link(_purpose)(partial(ask_or_take, purpose=_purpose)),
        methods=["GET", "POST"],
    )
