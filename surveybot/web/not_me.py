"""The form "This isn't me" behind every link that may have reached the wrong person.

Nothing is chosen, so that a filter which presses buttons changes nothing. The page says nothing about the
person who was meant, and works for old links too.
"""

from collections.abc import Callable
from typing import Any

from flask import Response, make_response, render_template, request

from surveybot.web.language import gettext as _
from surveybot.web.new_link import Plain

WRONG, RIGHT = "wrong", "right"


def not_me_here() -> str:
    """The address of this form for the link that opened the page."""
    return f"{_link_here()}/not-me"


def answer_page(
    stop: Callable[[], None], plain: Plain, *, of_parent: bool, frame: dict[str, Any]
) -> Response:
    """What follows a choice; `stop` is called where this is the wrong person."""
    match request.form.get("who"):
        case "wrong":
            stop()
            return plain(
                _("Thank you for telling us"),
                _("We will not write to you about this again. You do not need to do anything else."),
                not_me="",
            )
        case "right":
            return plain(
                _("Nothing has changed"),
                _("Thank you for telling us."),
                onward=(_link_here(), _("Go back to the page")),
            )
    return form_page(of_parent=of_parent, frame=frame, error=_("Choose one of the two"))


def form_page(*, of_parent: bool, frame: dict[str, Any], error: str = "") -> Response:
    wrong = _("Yes, this is not about my child") if of_parent else _("Yes, this is not me")
    right = _("No, this is about my child") if of_parent else _("No, this is me")
    html = render_template(
        "student/not_me.html",
        title=_("Did this reach the wrong person?"),
        hint=_("If it did, we stop writing to this number or address."),
        picks=({"value": WRONG, "label": wrong}, {"value": RIGHT, "label": right}),
        faults=[("who", error)] if error else [],
        **{**frame, "not_me": ""},
    )
    return make_response(html, 422 if error else 200)


def _link_here() -> str:
    """`/r/TOKEN`, `/me/TOKEN` and so on, without what follows."""
    return "/".join(request.path.split("/", 3)[:3])
