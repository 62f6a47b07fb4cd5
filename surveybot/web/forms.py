"""Flask-WTF's home: the CSRF guard of staff pages and the passport, and what all their forms share."""

from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFProtect

csrf = CSRFProtect()
"""Doors call `csrf.protect()`; nothing is checked by default, since public links carry no cookie."""


class StaffForm(FlaskForm):  # type: ignore[misc]
    """A form behind a cookie. The door has checked the token already; the field only renders it."""

    class Meta:
        csrf = False
