"""/health: whether the database answers, and how the worker is; no figures about people."""

from flask import Blueprint, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from surveybot.web import doors
from surveybot.web.doors import Visit

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
@doors.open_to_all
def health(visit: Visit) -> tuple[Response, int]:
    """200, or 503 without a database; the worker's state stands in the body only."""
    try:
        visit.session.connection().execute(text("SELECT 1"))
    except DBAPIError:
        return jsonify(database="unreachable"), 503
    return jsonify(database="ok"), 200
