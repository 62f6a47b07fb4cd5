"""The demo's two processes: both end when one does, and a taken port is seen beforehand."""

import os
import signal
import socket
import threading
from pathlib import Path

import pytest

from surveybot.demo import processes
from surveybot.demo.processes import ChildDied, StoppedByHand, is_free, running, watch

SLEEP = ("-c", "import time; time.sleep(60)")


def test_a_taken_port_is_seen() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not is_free("127.0.0.1", port)
    assert is_free("127.0.0.1", port)


def test_when_one_ends_the_other_is_ended_and_its_code_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "WEB", SLEEP)
    monkeypatch.setattr(processes, "WORKER", ("-c", "print('no database'); raise SystemExit(3)"))
    with pytest.raises(ChildDied) as died, running(os.environ, tmp_path) as children:
        watch(children)
    assert died.value.code == 3
    assert "no database" in died.value.log.read_text()
    assert all(child.process.poll() is not None for child in children)


def test_a_polite_kill_ends_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "WEB", SLEEP)
    monkeypatch.setattr(processes, "WORKER", SLEEP)
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(StoppedByHand), running(os.environ, tmp_path) as children:
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start()
        watch(children)
    assert all(child.process.poll() is not None for child in children)
    assert signal.getsignal(signal.SIGTERM) is before
