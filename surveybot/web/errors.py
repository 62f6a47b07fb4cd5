"""What went wrong, in plain words: an old link is never a 500, and a 500 tells no secret."""

import logging

from flask import Flask, Response, make_response, render_template
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError
from werkzeug.exceptions import HTTPException

from surveybot.links import LinkError
from surveybot.web.language import gettext as _

log = logging.getLogger(__name__)

WORDS = {
    400: (_("This form is too old"), _("Go back, load the page again and send the form once more.")),
    401: (_("You are signed out"), _("Open the page again to sign in. What you typed was not saved.")),
    403: (_("This page is not for your role"), _("Ask a careers leader at your school if you need it.")),
    404: (_("There is nothing here"), _("Check the address. It may be cut off or mistyped.")),
    405: (_("That does not work here"), _("Go back and use the buttons on the page.")),
    413: (_("That is too big"), _("Send a smaller file or a shorter text.")),
    429: (_("Too many tries"), _("Wait a minute, then try again.")),
    500: (_("Something went wrong on our side"), _("Nothing was saved. Please try again in a few minutes.")),
}


def problem(status: int, title: str, advice: str) -> Response:
    """A plain page that says what happened and what to do next."""
    return make_response(render_template("problem.html", title=title, advice=advice), status)


def install(app: Flask) -> None:
    app.register_error_handler(LinkError, on_bad_link)
    app.register_error_handler(CSRFError, on_old_form)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(DataError, on_impossible_value)
    app.register_error_handler(OverflowError, on_impossible_value)
    app.register_error_handler(Exception, on_fault)


def on_bad_link(error: LinkError) -> Response:
    log.info("a link was refused: %s", type(error).__name__)
    return problem(
        404,
        _("This link does not work"),
        _("It may be cut off or mistyped. Open it again from the message, or ask your school for a new one."),
    )


def on_old_form(error: CSRFError) -> Response:
    log.info("a form was refused: %s", type(error).__name__)
    return problem(400, *WORDS[400])


def on_impossible_value(error: Exception) -> Response:
    """An address that no row can have: a number too long, or a NUL that PostgreSQL stores nowhere."""
    log.info("a value was refused: %s", type(error).__name__)
    return problem(404, *WORDS[404])


def on_http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:  # a redirect of the router
        return make_response(error.get_response())
    return problem(status, *WORDS.get(status, WORDS[404 if status < 500 else 500]))


def on_fault(error: Exception) -> Response:
    """Log where, but neither the message nor the values: they may hold a name or a token."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    place = f"{last.tb_frame.f_code.co_filename}:{last.tb_lineno}" if last else "?"
    log.error("a page failed: %s at %s", type(error).__name__, place)
    return problem(500, *WORDS[500])
