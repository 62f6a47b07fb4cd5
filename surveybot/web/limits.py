"""Rate limits: failed tokens are counted per address, right ones never, so that a school behind one
address is not locked out on results day."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from flask import Flask, abort, current_app, request
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import FixedWindowRateLimiter, RateLimiter

from surveybot.links import LinkError

log = logging.getLogger(__name__)
FAILED_LINKS = "30 per minute"


class Counters:
    """Counts that all processes share through Redis; where it is away, each process counts alone."""

    def __init__(self, redis_url: str) -> None:
        self.own: RateLimiter = FixedWindowRateLimiter(MemoryStorage())
        self.shared: RateLimiter = self.own
        if redis_url:
            storage = storage_from_string(redis_url, wrap_exceptions=True)
            self.shared = FixedWindowRateLimiter(storage)

    def hit(self, limit: RateLimitItem, *names: str) -> bool:
        try:
            return self.shared.hit(limit, *names)
        except StorageError as error:
            log.warning("shared limits are away, so this process counts alone: %s", type(error).__name__)
            return self.own.hit(limit, *names)


def install(app: Flask, redis_url: str) -> None:
    app.extensions["surveybot.limits"] = Counters(redis_url)


@contextmanager
def refuse_after_many_failures() -> Iterator[None]:
    """Let a bad token through to its own plain page, and to a 429 after thirty in a minute."""
    try:
        yield
    except LinkError:
        if not within(FAILED_LINKS, "failed-link", request.remote_addr or ""):
            abort(429)
        raise


def within(limit: str, *names: str) -> bool:
    """Count one try under these names, and say whether it keeps to a limit such as "5 per 15 minutes"."""
    counters: Counters = current_app.extensions["surveybot.limits"]
    return counters.hit(_parsed(limit), *names)


@cache
def _parsed(limit: str) -> RateLimitItem:
    return parse(limit)
