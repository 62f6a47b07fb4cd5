"""/health: whether the database answers, and how the worker is; no figures about people."""

from flask import Blueprint, Response, jsonify

from surveybot.records import database
from surveybot.records.worker_beats import last_beat, waits_for_clock
from surveybot.web import doors
from surveybot.web.doors import Visit

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
@doors.open_to_all
def health(visit: Visit) -> tuple[Response, int]:
    """200, or 503 without a database; the worker's state stands in the body only."""
    if not database.answers(visit.session):
        return jsonify(database="unreachable", worker="unknown"), 503
    beat = last_beat(visit.session)
    seconds = round((visit.now - beat.at).total_seconds()) if beat else None
    waits = waits_for_clock(visit.session)
    return jsonify(database="ok", worker={"last_tick_seconds_ago": seconds, "waits_for_clock": waits}), 200
