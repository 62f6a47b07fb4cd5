"""The headers of every answer: nothing is kept, framed, sniffed, indexed or passed on.

Sources: OWASP ASVS 5.0 V3, and rulings of this project on links that stand in a path.
"""

from flask import Flask, Response, request

PUBLIC_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""No script runs; `connect-src` lets an auditor such as Lighthouse ask for robots.txt."""
STAFF_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def install(app: Flask) -> None:
    app.after_request(add_headers)


def add_headers(response: Response) -> Response:
    with_scripts = request.path.startswith(("/staff", "/demo"))
    headers = response.headers
    headers.setdefault("Content-Security-Policy", STAFF_POLICY if with_scripts else PUBLIC_POLICY)
    headers["Referrer-Policy"] = "no-referrer"
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("X-Frame-Options", "DENY")
    headers["X-Robots-Tag"] = "noindex, nofollow"
    headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.path.startswith("/static/") and response.status_code in (200, 304):
        headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        headers["Cache-Control"] = "no-store"
    return response
