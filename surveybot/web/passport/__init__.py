"""/me/<token>, the consent passport: take back and stop without a birthday; read and change after it."""

from flask import Blueprint

blueprint = Blueprint("passport", __name__, url_prefix="/me/<token>")

from surveybot.web.passport import birthday, changes, contact, inside, new_link, take_back  # noqa: E402, F401
