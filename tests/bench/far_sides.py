"""What stands at the other end in a bench of sending: an API that takes its time, and a mail sink."""

import asyncio
import json
import multiprocessing
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

SMTP_SINK = shutil.which("smtp-sink") or shutil.which("smtp-sink", path="/usr/sbin:/usr/lib/postfix/sbin")
_FORK = multiprocessing.get_context("fork")


@contextmanager
def slow_api(seconds: float) -> Iterator[str]:
    """Twilio's create, answered after so long, as many at once as may come; its address."""
    ours, theirs = _FORK.Pipe()
    process = _FORK.Process(target=_serve_api, args=(seconds, theirs), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.kill()
        process.join()


def _serve_api(seconds: float, pipe: Connection) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                await asyncio.sleep(seconds)
                body = json.dumps({"sid": "SM" + secrets.token_hex(16), "status": "queued"}).encode()
                writer.write(
                    b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                    % (len(body), body)
                )
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


@contextmanager
def mail_sink() -> Iterator[int]:
    """Postfix's own smtp-sink where it is installed, else a plain one in a process of its own; its port."""
    port = _free_port()
    if SMTP_SINK:
        command = [SMTP_SINK, "-u", "nobody", f"127.0.0.1:{port}", "256"]
        sink = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = sink.kill
        wait = sink.wait
    else:
        process = _FORK.Process(target=_serve_mail, args=(port,), daemon=True)
        process.start()
        end, wait = process.kill, process.join  # type: ignore[assignment]
    _until_it_answers(port)
    try:
        yield port
    finally:
        end()
        wait()


def _serve_mail(port: int) -> None:
    """The least a sink can do: one connection after the other, a fixed answer for each line."""
    listener = socket.create_server(("127.0.0.1", port))
    while True:
        client, _ = listener.accept()
        client.sendall(b"220 sink\r\n")
        with client, client.makefile("rb") as lines:
            for line in lines:
                word = line[:4].upper()
                if word == b"QUIT":
                    break
                if word == b"DATA":
                    client.sendall(b"354 go\r\n")
                    while next(lines, b".\r\n") != b".\r\n":
                        pass
                client.sendall(b"250 ok\r\n")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _until_it_answers(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("the mail sink does not answer")
