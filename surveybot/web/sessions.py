"""The session cookie, bound to the part of the site that needs it.

Staff pages and the consent passport each have a cookie of their own under their own path; the way of an
answer (/r/ and /stop/) never sees one.
"""

from flask import Flask, Request, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

STAFF_HOURS = 8
PASSPORT_MINUTES = 20


WITH_A_COOKIE = ("/staff", "/me/")


class PathBoundSessions(SecureCookieSessionInterface):
    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Elsewhere there is no session at all, not even an empty one that could be written to."""
        return super().open_session(app, request) if request.path.startswith(WITH_A_COOKIE) else None

    def get_cookie_path(self, app: Flask) -> str:  # noqa: ARG002
        return "/me" if request.path.startswith("/me/") else "/staff"

    def get_cookie_samesite(self, app: Flask) -> str:  # noqa: ARG002
        return "Strict" if request.path.startswith("/me/") else "Lax"
