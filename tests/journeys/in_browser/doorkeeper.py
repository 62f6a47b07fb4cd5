"""Who is in the house: a server's threads must have left it before its database is closed."""

import threading
from collections.abc import Iterable
from typing import Any

from flask import Flask

PATIENCE_SECONDS = 10


class Doorkeeper:
    """Counts the requests that are inside: a connection in use would outlive the closing of its engine."""

    def __init__(self, app: Flask) -> None:
        self.app, self.address = app, ""
        self._inside, self._left = 0, threading.Condition()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with self._left:
            self._inside += 1
        try:
            return self.app(environ, start_response)
        finally:
            with self._left:
                self._inside -= 1
                self._left.notify_all()

    def wait_until_empty(self) -> None:
        with self._left:
            assert self._left.wait_for(lambda: not self._inside, PATIENCE_SECONDS)
