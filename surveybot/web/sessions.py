"""The session cookie, bound to the part of the site that needs it.

Staff pages and the consent passport each have a cookie of their own under their own path; the way of an
answer (/r/ and /stop/) never sees one.
"""

from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface

STAFF_HOURS = 8
PASSPORT_MINUTES = 20


class PathBoundSessions(SecureCookieSessionInterface):
    def get_cookie_path(self, app: Flask) -> str:  # noqa: ARG002
        return "/me" if request.path.startswith("/me/") else "/staff"

    def get_cookie_samesite(self, app: Flask) -> str:  # noqa: ARG002
        return "Strict" if request.path.startswith("/me/") else "Lax"
