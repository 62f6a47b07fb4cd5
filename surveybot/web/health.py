"""/health: whether the database answers, and how the worker is; no figures about people."""

from datetime import datetime

from flask import Blueprint, Response, jsonify

from surveybot.records import database
from surveybot.records.plan.plan_troubles import count_troubles
from surveybot.records.worker.worker_beats import last_beat, waits_for_clock
from surveybot.steps.sending.look_for_late import look_for_late
from surveybot.web import doors
from surveybot.web.doors import Visit

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
@doors.open_to_all
def health(visit: Visit) -> tuple[Response, int]:
    """200, or 503 without a database; how worker and messages are stands in the body only.

    Of messages: how long the oldest has waited or been in doubt, and null where that is not too long.
    """
    if not database.answers(visit.session):
        return jsonify(database="unreachable", worker="unknown"), 503
    beat = last_beat(visit.session)
    seconds = _seconds_since(beat.at if beat else None, visit.now)
    waits = waits_for_clock(visit.session)
    worker = {"last_tick_seconds_ago": seconds, "waits_for_clock": waits}
    plans = {"failing": count_troubles(visit.session)}
    late = look_for_late(visit.session, now=visit.now)
    messages = {
        "waiting_seconds": _seconds_since(late.waiting_since, visit.now),
        "in_doubt_seconds": _seconds_since(late.in_doubt_since, visit.now),
    }
    return jsonify(database="ok", worker=worker, plans=plans, messages=messages), 200


def _seconds_since(moment: datetime | None, now: datetime) -> int | None:
    return None if moment is None else round((now - moment).total_seconds())
