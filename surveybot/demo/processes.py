"""Runs the web server and the worker side by side: both stop when one does, or when somebody says so."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from surveybot.config import ROOT

WEB = ("-m", "gunicorn", "--config", "python:surveybot.web.gunicorn_conf")
WORKER = ("-m", "surveybot.cli", "worker")
START_SECONDS = 60
STOP_SECONDS = 15


class StoppedByHand(Exception):
    """Ctrl-C, a closed terminal, or a polite kill."""


class ChildDied(Exception):
    """One of the two ended by itself; `log` holds its last words."""

    def __init__(self, name: str, code: int, log: Path) -> None:
        super().__init__(f"The {name} process ended by itself (exit code {code}). Its log: {log}")
        self.code = code if 0 < code < 256 else 1
        self.log = log


@dataclass(frozen=True)
class Child:
    name: str
    process: "subprocess.Popen[bytes]"
    log: Path


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


@contextmanager
def running(environ: Mapping[str, str], folder: Path) -> Iterator[list[Child]]:
    """Start web and worker with these settings; whatever happens, neither outlives the block."""
    before = {
        number: signal.signal(number, _stop) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    children: list[Child] = []
    try:
        for name, arguments in (("web", WEB), ("worker", WORKER)):
            children.append(_start(name, arguments, environ, folder / f"{name}.log"))
        yield children
    finally:
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        _stop_all(children)
        for number, handler in before.items():
            signal.signal(number, handler)


def wait_until_healthy(children: list[Child], url: str) -> None:
    """Return when /health answers; raise ChildDied, or TimeoutError, where it never will."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        raise_if_dead(children)
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=2) as answer:  # noqa: S310 - our own address
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise TimeoutError(f"{url}/health did not answer within {START_SECONDS} seconds.")


def watch(children: list[Child], meanwhile: Callable[[], None] = lambda: None) -> None:
    """Wait for ever, and do something every half second; leave by StoppedByHand or ChildDied."""
    while True:
        raise_if_dead(children)
        meanwhile()
        time.sleep(0.5)


def raise_if_dead(children: list[Child]) -> None:
    for child in children:
        code = child.process.poll()
        if code is not None:
            raise ChildDied(child.name, code, child.log)


def _start(name: str, arguments: tuple[str, ...], environ: Mapping[str, str], log: Path) -> Child:
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own programs
            [sys.executable, *arguments],
            cwd=ROOT,
            env=dict(environ),
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C reaches us alone; we end both, once
        )
    return Child(name, process, log)


def _stop(number: int, _frame: FrameType | None) -> None:
    raise StoppedByHand(signal.Signals(number).name)


def _stop_all(children: list[Child]) -> None:
    """Ask each to end; end by force whoever does not within a quarter of a minute."""
    for child in children:
        if child.process.poll() is None:
            child.process.terminate()
    end = time.monotonic() + STOP_SECONDS
    for child in children:
        try:
            child.process.wait(max(0.1, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.kill(child.process.pid, signal.SIGKILL)
            child.process.wait()
