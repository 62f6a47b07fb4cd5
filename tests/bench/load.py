"""A small load generator: many journeys at once on raw sockets, a new connection for each journey.

A journey is what a phone does: GET the page, POST the form with the page's own number, and GET the thanks
page if the POST leads on to one; then the connection is closed. The same client drives every server.
"""

import re
import selectors
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
LOCATION = re.compile(rb"(?i)\r\nlocation: *(\S+)")


@dataclass(frozen=True)
class Form:
    """What to post: the name of the field that holds the page number, and everything else."""

    page_field: str
    rest: Callable[[int], bytes]  # the body of journey n without the page number

    def page_number(self, page: bytes) -> bytes:
        found = re.search(rb'name="%s" value="([^"]+)"' % self.page_field.encode(), page)
        if not found:
            raise AssertionError(f"the page holds no {self.page_field}")
        return found[1]


@dataclass
class Tally:
    """What one measurement saw: times in seconds."""

    seconds: float = 0.0
    journeys: int = 0
    posts: int = 0
    failures: list[str] = field(default_factory=list)
    get: list[float] = field(default_factory=list)
    post: list[float] = field(default_factory=list)
    journey: list[float] = field(default_factory=list)
    client_cpu: float = 0.0

    @property
    def per_second(self) -> float:
        return self.journeys / self.seconds


class _Journey:
    """One connection on its way through page, form and thanks."""

    def __init__(self, number: int, port: int, path: str, form: Form) -> None:
        self.number, self.path, self.form = number, path.encode(), form
        self.stage, self.buffer = "get", b""
        self.began = time.perf_counter()
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._send(b"GET %s HTTP/1.1\r\nHost: bench\r\nUser-Agent: bench\r\n\r\n" % self.path)

    def _send(self, request: bytes) -> None:
        self.sent = time.perf_counter()
        self.socket.sendall(request)

    def read(self, tally: Tally) -> bool:
        """Take what has come; True when the journey is over."""
        chunk = self.socket.recv(262_144)
        self.buffer += chunk
        if not chunk:
            tally.failures.append(f"{self.stage}: connection closed")
            return True
        head_end = self.buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return False
        head = self.buffer[: head_end + 2]
        length = LENGTH.search(head)
        if length is None:
            tally.failures.append(f"{self.stage}: {head[:60]!r}")
            return True
        if len(self.buffer) < head_end + 4 + int(length[1]):
            return False
        body, self.buffer = self.buffer[head_end + 4 :], b""
        return self._answered(head, body, tally)

    def _answered(self, head: bytes, body: bytes, tally: Tally) -> bool:
        now, status = time.perf_counter(), head[9:12]
        if status not in (b"200", b"302", b"303"):
            tally.failures.append(f"{self.stage}: {status.decode()}")
            return True
        if self.stage == "get":
            tally.get.append(now - self.sent)
            self.stage = "post"
            self._post(body)
            return False
        if self.stage == "post":
            tally.post.append(now - self.sent)
            tally.posts += 1
            if status != b"200":
                self.stage = "thanks"
                self._send(b"GET %s HTTP/1.1\r\nHost: bench\r\n\r\n" % _path(head))
                return False
        tally.journeys += 1
        tally.journey.append(now - self.began)
        return True

    def _post(self, page: bytes) -> None:
        form = self.form
        body = b"%s=%s&%s" % (form.page_field.encode(), form.page_number(page), form.rest(self.number))
        self._send(
            b"POST %s HTTP/1.1\r\nHost: bench\r\nUser-Agent: bench\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s"
            % (self.path, len(body), body)
        )


def _path(head: bytes) -> bytes:
    found = LOCATION.search(head)
    assert found, "a redirect without a Location"
    return re.sub(rb"^https?://[^/]+", b"", found[1])


def drive(
    *, port: int, paths: list[str], form: Form, at_once: int, seconds: float, numbers: Iterator[int]
) -> Tally:
    """Keep `at_once` journeys going for so long, then let those on the way end; count what ended."""
    tally, selector = Tally(), selectors.DefaultSelector()
    began, cpu = time.perf_counter(), time.process_time()

    def start() -> None:
        number = next(numbers)
        journey = _Journey(number, port, paths[number % len(paths)], form)
        selector.register(journey.socket, selectors.EVENT_READ, journey)

    for _ in range(at_once):
        start()
    while selector.get_map():
        for key, _events in selector.select(timeout=30):
            if key.data.read(tally):
                selector.unregister(key.fileobj)
                key.data.socket.close()
                if time.perf_counter() - began < seconds:
                    start()
    tally.seconds, tally.client_cpu = time.perf_counter() - began, time.process_time() - cpu
    return tally


def get_times(*, port: int, paths: list[str], tries: int) -> list[float]:
    """How long one page takes when nobody else asks: a new connection each, with pauses between."""
    times = []
    for number in range(tries):
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            began = time.perf_counter()
            path = paths[number % len(paths)].encode()
            connection.sendall(b"GET %s HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n" % path)
            while connection.recv(262_144):
                pass
            times.append(time.perf_counter() - began)
        time.sleep(0.003)
    return times
