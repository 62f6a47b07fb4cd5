"""Starts gunicorn with the product's own configuration, whatever it serves, and reads what it uses."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from surveybot.config import ROOT

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    pid: int
    port: int

    @property
    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def cpu_seconds(self) -> float:
        """User and system time of the workers so far."""
        fields = [Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in self.workers]
        return sum(int(field[11]) + int(field[12]) for field in fields) / TICKS

    def worker_megabytes(self) -> list[float]:
        """Resident memory of each worker, shared pages counted in each."""
        return [_resident(pid) / 1024 for pid in self.workers]


def _resident(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


@contextmanager
def serving(application: str, *, port: int, environ: dict[str, str], log: Path) -> Iterator[Server]:
    """A running gunicorn with two workers and its threads and access log as in earnest."""
    settings = {
        "PORT": str(port),
        "SURVEYBOT_BIND": "127.0.0.1",
        "WEB_CONCURRENCY": "2",
        "PYTHONPATH": str(ROOT),
    }
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        "python:surveybot.web.gunicorn_conf",
        application,
    ]
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **environ, **settings}, stdout=output, stderr=output
        )
        try:
            _wait_for(port, process, log)
            yield Server(process.pid, port)
        finally:
            process.terminate()
            process.wait(timeout=20)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        if process.poll() is not None:
            raise SystemExit(f"The server did not start:\n{log.read_text()[-3000:]}")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"The server on port {port} does not answer.")
