"""What the steps that speak with people need, made from a visit."""

from surveybot.steps.texting.desk import Desk
from surveybot.web.doors import Visit


def desk_of(visit: Visit) -> Desk:
    house = visit.house
    return Desk(visit.session, house.catalogue, house.settings, house.signer, visit.now)
