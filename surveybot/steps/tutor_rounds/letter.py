"""The email of a tutor round, as a preview shows it: whole, since it names nobody."""

from surveybot.records.schools import School
from surveybot.rules.delivery.channels import Channel
from surveybot.steps.sending.queue import TUTOR_LIST
from surveybot.steps.sending.render import Composed, Occasion, compose
from surveybot.steps.tutor_rounds.open_round import TutorRoundPlan

SAMPLE_PAGE = "/staff/rounds/R-000000/mine"


def sample_letter(school: School, plan: TutorRoundPlan, *, reader: str, public_url: str) -> Composed:
    return compose(
        Occasion(
            template=TUTOR_LIST,
            channel=Channel.EMAIL,
            school=school,
            survey=plan.survey,
            closes_at=plan.closes_at,
            reader_name=reader,
            home_link=public_url + SAMPLE_PAGE,
        )
    )
