"""A passport link that has run out: the offer of a new one, to the stored route."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from flask import Response

from surveybot.links import LinkPurpose
from surveybot.web import doors
from surveybot.web.doors import LinkVisit
from surveybot.web.forms import Fault
from surveybot.web.holder import Holder, ended, has_ended, holder_of, is_over, plain
from surveybot.web.new_link import chosen_way, offer_page, send_page, still_good_page
from surveybot.web.passport import blueprint


@blueprint.get("/new-link", endpoint="offer_link")
@doors.link(LinkPurpose.PASSPORT)
def offer(visit: LinkVisit) -> Response:
    holder = holder_of(visit)
    return gone(visit, holder) if is_over(holder, visit) else _still_good(visit, holder)


@blueprint.post("/new-link", endpoint="send_link")
@doors.link(LinkPurpose.PASSPORT)
def send(visit: LinkVisit) -> Response:
    holder = holder_of(visit)
    if not is_over(holder, visit):
        return _still_good(visit, holder)
    channel = chosen_way()
    if isinstance(channel, Fault) or has_ended(holder):
        return gone(visit, holder, *([channel] if isinstance(channel, Fault) else []))
    return send_page(visit, LinkPurpose.PASSPORT, channel, partial(plain, holder))


def while_it_works(view: Callable[[LinkVisit, Holder], Any]) -> Callable[[LinkVisit], Any]:
    """The view gets the holder of a link that still works; whoever has an old one is offered a new one."""

    @wraps(view)
    def enter(visit: LinkVisit) -> Any:
        holder = holder_of(visit)
        return gone(visit, holder) if is_over(holder, visit) else view(visit, holder)

    return enter


def gone(visit: LinkVisit, holder: Holder, *faults: Fault) -> Response:
    """A link that has run out; of somebody who has died it says no more than that."""
    if has_ended(holder):
        return ended(holder)
    return offer_page(f"/me/{visit.token}", *faults, **holder.page())


def _still_good(visit: LinkVisit, holder: Holder) -> Response:
    return still_good_page(f"/me/{visit.token}", partial(plain, holder))
