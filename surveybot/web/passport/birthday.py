"""The birthday check: day and month, five tries in the row, then locked until staff renew the link."""

from datetime import timedelta
from typing import Any

from flask import Response, make_response, redirect, render_template, request

from surveybot.links import LinkPurpose
from surveybot.records.round.invitations import BIRTHDAY_TRIES, count_birthday_try, forget_birthday_tries
from surveybot.web import doors
from surveybot.web.doors import LinkVisit
from surveybot.web.holder import Holder
from surveybot.web.language import gettext as _
from surveybot.web.passport import blueprint
from surveybot.web.passport.new_link import while_it_works
from surveybot.web.sessions import PASSPORT_MINUTES

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@blueprint.get("/birthday", endpoint="birthday")
@doors.link(LinkPurpose.PASSPORT)
@while_it_works
def ask(visit: LinkVisit, holder: Holder) -> Any:
    if holder.link.birthday_tries >= BIRTHDAY_TRIES:
        return locked_page(visit, holder)
    return ask_page(visit, holder)


@blueprint.post("/birthday", endpoint="prove_birthday")
@doors.link(LinkPurpose.PASSPORT)
@while_it_works
def prove(visit: LinkVisit, holder: Holder) -> Any:
    said = read_day_and_month(request.form.get("day", ""), request.form.get("month", ""))
    if said is None:  # no day of any calendar, so no guess: a filter that types junk locks nobody out
        return ask_page(visit, holder, error=_("Enter a day and a month, like 27 and 3"))
    left = count_birthday_try(visit.session, visit.link_id)
    if left is None:
        return locked_page(visit, holder)
    born = holder.student.date_of_birth
    if said == (born.day, born.month):
        forget_birthday_tries(visit.session, visit.link_id)
        doors.open_passport(visit, visit.now + timedelta(minutes=PASSPORT_MINUTES))
        return redirect(f"/me/{visit.token}/see", 303)
    if left == 0:
        return locked_page(visit, holder)
    return ask_page(visit, holder, error=_("That is not the birthday we have. Check the day and the month"))


def read_day_and_month(day: str, month: str) -> tuple[int, int] | None:
    """The two numbers, or None where no year has such a day; a month may be a word."""
    day, month = day.strip(), month.strip().casefold()
    if month[:3] in MONTHS and month.isalpha():
        month = str(MONTHS.index(month[:3]) + 1)
    if not (_is_number(day) and _is_number(month)):
        return None
    d, m = int(day), int(month)
    return (d, m) if 1 <= m <= 12 and 1 <= d <= LONGEST[m - 1] else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 2


def ask_page(visit: LinkVisit, holder: Holder, error: str = "") -> Response:
    page = render_template("student/passport/birthday.html", token=visit.token, error=error, **holder.page())
    return make_response(page, 422 if error else 200)


def locked_page(visit: LinkVisit, holder: Holder) -> Response:
    page = render_template(
        "student/passport/locked.html",
        token=visit.token,
        help_adult=holder.settings.help_adult,
        **holder.page(),
    )
    return make_response(page, 403)
