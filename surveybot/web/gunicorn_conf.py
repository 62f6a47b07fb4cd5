"""How gunicorn serves the pages: a few workers with threads, and logs that hold no link.

SQLite takes one writer at a time and they queue at its gate, so more processes than cores gain nothing.
"""

import gc
import logging
import os
import re
import sys
from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from surveybot.links import PATHS
from surveybot.records.database import leave_to_parent

wsgi_app = "surveybot.web.app:create_app()"
bind = f"{os.environ.get('SURVEYBOT_BIND', '0.0.0.0')}:{os.environ.get('PORT', '8000')}"  # noqa: S104
workers = int(os.environ.get("WEB_CONCURRENCY", max(2, min(4, os.cpu_count() or 2))))
threads = 2  # more of them only fight for the interpreter; the proxy in front waits for slow phones
worker_class = "gthread"
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108 - no disk for a heartbeat
timeout = 30
graceful_timeout = 10
keepalive = 5
preload_app = True  # imported once, forked then: quicker to start, and its memory is shared
accesslog = "-"
control_socket_disable = True

SWITCH_SECONDS = 0.0005


def when_ready(server: Any) -> None:  # noqa: ARG001
    """What was imported stays: no worker's garbage collector need look at it again."""
    gc.collect()
    gc.freeze()


def post_fork(server: Any, worker: Any) -> None:  # noqa: ARG001
    """No connection to a database is shared between processes.

    And a thread that holds SQLite's gate gets Python back soon after each statement: with the usual five
    milliseconds every writer behind it would wait for somebody's page.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    house = getattr(server.app.wsgi(), "extensions", {}).get("surveybot")
    if house is not None:
        leave_to_parent(house.engine)


_PATHS = "|".join(re.escape(path) for path in PATHS.values())
LINK = re.compile(rf"({_PATHS})[^\s?]+(\?\S*)?")
LOOSE_TOKEN = re.compile(r"(?=[A-Za-z]*\d)[0-9A-Za-z]{16,}")
"""A token away from its path: in a mistyped address, in a query, or written with %2F."""


def without_links(text: str) -> str:
    """The text with the token of every signed link taken out, wherever it stands."""
    return LOOSE_TOKEN.sub("...", LINK.sub(r"\1...", text))


class WithoutLinks(logging.Formatter):
    """Formats a record, its traceback too, and takes the links out of the result."""

    def format(self, record: logging.LogRecord) -> str:
        return without_links(super().format(record))


class QuietLogger(Logger):  # type: ignore[misc]
    """Logs neither tokens nor queries, nor who asked."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(WithoutLinks(self.error_fmt, self.datefmt))

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> None:  # noqa: ARG002
        if self.access_log_enabled:
            self.access_log.info(
                "%s %s %s %sB %dms",
                environ["REQUEST_METHOD"],
                without_links(environ.get("PATH_INFO", "")),
                str(resp.status).partition(" ")[0],
                getattr(resp, "sent", 0),
                request_time.total_seconds() * 1000,
            )


logger_class = QuietLogger
