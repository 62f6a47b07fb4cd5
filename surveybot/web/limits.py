"""Rate limits: failed tokens are counted per address, right ones never, so that a school behind one
address is not locked out on results day."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, abort, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import parse

from surveybot.links import LinkError

limiter = Limiter(get_remote_address, in_memory_fallback_enabled=True)
FAILED_LINKS = parse("30 per minute")


def install(app: Flask, redis_url: str) -> None:
    """Share counts through Redis where there is one; else each process counts alone."""
    app.config["RATELIMIT_STORAGE_URI"] = redis_url or "memory://"
    app.config["RATELIMIT_HEADERS_ENABLED"] = False
    limiter.init_app(app)
    # Views count what has failed themselves; looking up limits for every request took a tenth of its time.
    app.before_request_funcs[None].remove(limiter._check_request_limit)


@contextmanager
def refuse_after_many_failures() -> Iterator[None]:
    """Let a bad token through to its own plain page, and to a 429 after thirty in a minute."""
    try:
        yield
    except LinkError:
        if not limiter.limiter.hit(FAILED_LINKS, "failed-link", request.remote_addr or ""):
            abort(429)
        raise


def within(limit: str, *names: str) -> bool:
    """Count one try under these names, and say whether it keeps to a limit such as "5 per 15 minutes"."""
    return bool(limiter.limiter.hit(parse(limit), *names))
