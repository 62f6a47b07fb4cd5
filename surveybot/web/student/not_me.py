"""The form "This isn't me" behind a survey's link."""

from functools import partial

from flask import Response

from surveybot.links import LinkPurpose
from surveybot.records.answer.asked import Asked
from surveybot.records.round.invitations import Audience
from surveybot.rules.answer.link_life import LinkLife
from surveybot.steps.consent.withdraw import wrong_person
from surveybot.web import doors
from surveybot.web.doors import LinkVisit
from surveybot.web.not_me import answer_page, form_page
from surveybot.web.student.blueprint import asked_behind, blueprint, ended, life, of_school, plain


@blueprint.get("/r/<token>/not-me")
@doors.link(LinkPurpose.SURVEY)
def ask(visit: LinkVisit) -> Response:
    asked = asked_behind(visit)
    if life(visit, asked) is LinkLife.ENDED:
        return ended(asked)
    return form_page(of_parent=_of_parent(asked), frame=of_school(asked))


@blueprint.post("/r/<token>/not-me")
@doors.link(LinkPurpose.SURVEY)
def take(visit: LinkVisit) -> Response:
    """Stop writing to this address."""
    asked = asked_behind(visit)
    if life(visit, asked) is LinkLife.ENDED:
        return ended(asked)

    def stop() -> None:
        wrong_person(visit.session, link=visit.link, now=visit.now)

    return answer_page(stop, partial(plain, asked), of_parent=_of_parent(asked), frame=of_school(asked))


def _of_parent(asked: Asked) -> bool:
    return asked.audience is Audience.PARENT
