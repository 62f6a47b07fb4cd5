"""A mail server that breaks at one stage, in one way: what a kept library cannot be made to do."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

STAGES = ("banner", "EHLO", "MAIL", "RCPT", "DATA", "body", "dot")
_YES = {
    "banner": "220 hello",
    "EHLO": "250 hello",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go",
    "dot": "250 ok",
}


@dataclass
class BrokenSmtp:
    """`how` is close, hang, or a reply code. `taken` counts what a reader would find in the mailbox."""

    stage: str = ""
    how: str = "close"
    port: int = 0
    taken: int = 0
    emails: list[bytes] = field(default_factory=list)  # the same, word for word
    connections: int = 0
    broken: threading.Event = field(default_factory=threading.Event)

    def serve(self, client: socket.socket) -> None:
        with client, client.makefile("rb") as lines, suppress(OSError, _Gone):
            self._answer(client, "banner")
            for line in lines:
                word = line.split()[0].upper().decode() if line.split() else ""
                if word == "QUIT":
                    return
                if word == "DATA":
                    if self._answer(client, "DATA"):
                        self._read_body(client, lines)
                elif word in ("EHLO", "MAIL", "RCPT"):
                    self._answer(client, word)
                else:
                    client.sendall(b"250 ok\r\n")

    def _read_body(self, client: socket.socket, lines: "object") -> None:
        if self.stage == "body" and not self.broken.is_set():
            self._break(client)
        body = b""
        for line in lines:  # type: ignore[attr-defined]
            if line == b".\r\n":
                break
            body += line
        if self.stage != "dot" or self.how in ("close", "hang") or self.broken.is_set():
            self.emails.append(body)
            self.taken += 1  # the message is ours before the answer is theirs
        self._answer(client, "dot")

    def _answer(self, client: socket.socket, stage: str) -> bool:
        """Say yes, unless it is here and now that we break."""
        if stage == self.stage and not self.broken.is_set():
            self._break(client)
            return False
        client.sendall(f"{_YES[stage]}\r\n".encode())
        return True

    def _break(self, client: socket.socket) -> None:
        self.broken.set()
        if self.how == "close":
            raise _Gone
        if self.how == "hang":
            client.settimeout(5)
            while client.recv(65536):
                pass
            raise _Gone
        client.sendall(f"{self.how} made to fail\r\n".encode())
        if self.how == "421":
            raise _Gone


class _Gone(Exception):
    """The server leaves."""


@contextmanager
def breaking(stage: str, how: str) -> Iterator[BrokenSmtp]:
    """A server on a free loopback port that breaks once."""
    server = BrokenSmtp(stage, how)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)
    server.port = listener.getsockname()[1]
    ended = threading.Event()
    workers: list[threading.Thread] = []

    def accept() -> None:
        while not ended.is_set():
            with suppress(TimeoutError):
                client, _ = listener.accept()
                client.settimeout(10)
                server.connections += 1
                workers.append(threading.Thread(target=server.serve, args=(client,), daemon=True))
                workers[-1].start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        ended.set()
        thread.join()
        listener.close()
        for worker in workers:
            worker.join(timeout=6)
