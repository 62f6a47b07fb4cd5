"""A Twilio that remembers: create, fetch and list messages, and fail in the ways the real one can.

It is judged by Twilio's own published description (tests/data/twilio_messages_openapi.json): every request
and every answer goes through it, and what does not fit is kept in `violations`.
"""

import json
import secrets
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from openapi_core import OpenAPI
from openapi_core.contrib.flask import FlaskOpenAPIRequest, FlaskOpenAPIResponse
from werkzeug.serving import make_server

from surveybot.rules.delivery.text_length import measure
from tests.fakes.message_list import page_of

DESCRIPTION = Path(__file__).parents[1] / "data" / "twilio_messages_openapi.json"
ACCOUNT = "AC" + "0" * 32
TOKEN = "a-token-for-tests"
SENDER = "+447700900000"


@dataclass
class Fault:
    """What happens to the next create. `taken` says whether the message is accepted all the same."""

    status: int = 500  # 0: the connection is dropped
    taken: bool = False
    code: int | None = None
    retry_after: int | None = None
    wait_seconds: float = 0.0


@dataclass
class FakeTwilio:
    """The ledger is the truth: what stands in `messages` was texted."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    requests: list[dict[str, str]] = field(default_factory=list)
    pages: list[dict[str, str]] = field(default_factory=list)  # which were asked for
    list_lag_seconds: float = 0.0
    queue_seconds: float = 0.0  # how long a message waits before it is sent
    before_answering: Callable[[dict[str, Any], str], None] | None = None  # the message, and where to report
    url: str = ""
    lock: Any = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.judge = read_description()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def to(self, number: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["to"] == number]

    def app(self) -> Flask:
        app = Flask("fake-twilio")
        base = "/2010-04-01/Accounts/<AccountSid>"
        app.add_url_rule(f"{base}/Messages.json", view_func=self._create, methods=["POST"])
        app.add_url_rule(f"{base}/Messages.json", view_func=self._list, methods=["GET"])
        app.add_url_rule(f"{base}/Messages/<Sid>.json", view_func=self._fetch, methods=["GET"])
        app.before_request(self._authorised)
        app.after_request(self._judge)
        return app

    def _authorised(self) -> Response | None:
        known = request.authorization
        if known and (known.username, known.password) == (ACCOUNT, TOKEN):
            return None
        return _problem(401, 20003, "Authenticate")

    def _create(self, AccountSid: str) -> Response:
        form = request.form
        with self.lock:
            self.requests.append(form.to_dict())
            fault = self.faults.pop(0) if self.faults else None
        if fault:
            return self._fail(fault)
        if not form.get("To"):
            return _problem(400, 21604, "A 'To' phone number is required.")
        if not (form.get("From") or form.get("MessagingServiceSid")):
            return _problem(400, 21603, "A 'From' phone number is required.")
        answer = dict(self._take(form.to_dict()))
        if self.before_answering:
            self.before_answering(answer, form.get("StatusCallback", ""))
        return _answer(answer, 201)

    def _fail(self, fault: Fault) -> Response:
        if fault.taken:
            self._take(request.form.to_dict())
        time.sleep(fault.wait_seconds)
        if fault.status == 0:
            _drop_connection()
        answer = _problem(fault.status, fault.code or 20500, "made to fail")
        if fault.retry_after is not None:
            answer.headers["Retry-After"] = str(fault.retry_after)
        return answer

    def _take(self, form: dict[str, str]) -> dict[str, Any]:
        sid = "SM" + secrets.token_hex(16)
        now = format_datetime(self.now())
        path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}"
        message = {
            "account_sid": ACCOUNT,
            "api_version": "2010-04-01",
            "body": form.get("Body", ""),
            "date_created": now,
            "date_sent": None,
            "date_updated": now,
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": form.get("From"),
            "messaging_service_sid": form.get("MessagingServiceSid"),
            "num_media": "0",
            "num_segments": str(measure(form.get("Body", "")).segments),
            "price": None,
            "price_unit": "GBP",
            "sid": sid,
            "status": "queued",
            "subresource_uris": {"media": f"{path}/Media.json"},
            "to": form["To"],
            "uri": f"{path}.json",
        }
        with self.lock:
            self.messages.append(message)
        return message

    def _list(self, AccountSid: str) -> Response:
        to, since = request.args.get("To"), self.now().timestamp() - self.list_lag_seconds
        theirs = [one for one in list(self.messages) if to in (None, one["to"])]
        found = [self._as_it_stands(one) for one in theirs if _created(one) <= since]
        self.pages.append(request.args.to_dict())
        return _answer(page_of(found, request.args, request.path), 200)

    def _as_it_stands(self, message: dict[str, Any]) -> dict[str, Any]:
        """It waits in the queue for a while, and then it is sent."""
        if message["status"] == "queued" and self.now().timestamp() >= _created(message) + self.queue_seconds:
            sent = format_datetime(datetime.fromtimestamp(_created(message) + self.queue_seconds, UTC))
            message.update(status="sent", date_sent=sent, date_updated=sent)
        return message

    def _fetch(self, AccountSid: str, Sid: str) -> Response:
        for message in self.messages:
            if message["sid"] == Sid:
                return _answer(self._as_it_stands(message), 200)
        return _problem(404, 20404, "not found")

    def _judge(self, response: Response) -> Response:
        asked = FlaskOpenAPIRequest(request)
        problems: list[Any] = list(self.judge.iter_request_errors(asked))
        if 200 <= response.status_code < 400:  # the description has no errors
            problems += self.judge.iter_response_errors(asked, FlaskOpenAPIResponse(response))
        self.violations += [f"{request.method} {request.path}: {problem!r}" for problem in problems]
        return response


def read_description() -> OpenAPI:
    """Twilio's own, but for two things: ours listens elsewhere, and its addresses are relative.

    It calls the addresses of pages `uri`; in its own examples, and in every answer, they have no host.
    """
    description = json.loads(DESCRIPTION.read_text().replace('"format": "uri"', '"format": "uri-reference"'))
    for path in description["paths"].values():
        path.pop("servers", None)
    description["servers"] = [{"url": "/"}]
    return OpenAPI.from_dict(description)


def _created(message: dict[str, Any]) -> float:
    return parsedate_to_datetime(message["date_created"]).timestamp()


def _answer(body: dict[str, Any], status: int) -> Response:
    return Response(json.dumps(body), status=status, mimetype="application/json")


def _problem(status: int, code: int, message: str) -> Response:
    info = f"https://www.twilio.com/docs/errors/{code}"
    return _answer({"code": code, "message": message, "more_info": info, "status": status}, status)


def _drop_connection() -> None:
    """Close the socket without an answer."""
    sock: socket.socket = request.environ["werkzeug.socket"]
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


@contextmanager
def running_twilio() -> Iterator[FakeTwilio]:
    """A fake on a free loopback port, for as long as the block lasts."""
    fake = FakeTwilio()
    server = make_server("127.0.0.1", 0, fake.app(), threaded=True)
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
