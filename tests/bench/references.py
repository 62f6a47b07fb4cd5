"""Two references that do the least a survey could: a signed link, a page, one INSERT and commit.

Both send the very page of the product (read from BENCH_PAGE, with its name, token and page number left
open), so that every server moves the same bytes. `synchronous=FULL`, as in the product.
"""

import hmac
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

KEY = b"bench-key-of-32-letters-or-more!"
INSERT = "INSERT INTO plain_answer (link_id, page_number, content) VALUES (?, ?, ?)"
_own = threading.local()


def connect() -> Any:
    """One connection per thread, kept."""
    if not hasattr(_own, "connection"):
        url = os.environ["BENCH_DATABASE"]
        if url.startswith("postgresql"):
            import psycopg

            _own.connection = psycopg.connect(url.replace("+psycopg", ""))
        else:
            _own.connection = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=10)
            for pragma in ("journal_mode=WAL", "synchronous=FULL"):
                _own.connection.execute(f"PRAGMA {pragma}")
    return _own.connection


def disconnect() -> None:
    connect().close()
    del _own.connection


def store(link_id: int, page_number: str, content: str) -> None:
    connection = connect()
    statement = INSERT if isinstance(connection, sqlite3.Connection) else INSERT.replace("?", "%s")
    connection.execute(statement, (link_id, page_number, content))
    connection.commit()


def create_table(url: str) -> None:
    os.environ["BENCH_DATABASE"] = url
    connection = connect()
    connection.execute("DROP TABLE IF EXISTS plain_answer")
    number = "INTEGER" if isinstance(connection, sqlite3.Connection) else "SERIAL"
    connection.execute(
        f"CREATE TABLE plain_answer (id {number} PRIMARY KEY, link_id INTEGER, page_number TEXT,"
        " content TEXT)"
    )
    connection.commit()


def count_rows() -> int:
    connection = connect()
    rows = connection.execute("SELECT count(*) FROM plain_answer").fetchone()[0]
    connection.rollback()
    return int(rows)


def bare_path(link_id: int) -> str:
    return f"/r/{link_id}-{hmac.new(KEY, str(link_id).encode(), sha256).hexdigest()[:22]}"


def flask_path(link_id: int) -> str:
    from itsdangerous import URLSafeSerializer

    return f"/r/{URLSafeSerializer(KEY, salt='survey').dumps(link_id)}"


def bare() -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """Plain WSGI: an HMAC, a string template, one INSERT."""
    page = Path(os.environ["BENCH_PAGE"]).read_text("utf-8")
    thanks = Path(os.environ["BENCH_THANKS"]).read_bytes()

    def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        number = path.removeprefix("/r/").partition("-")[0]
        if not number.isdecimal() or not hmac.compare_digest(bare_path(int(number)), path):
            start("404 Not Found", [("Content-Length", "0")])
            return [b""]
        if environ["REQUEST_METHOD"] == "POST":
            form = dict(parse_qsl(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()))
            store(int(number), form.pop("page"), str(form))
            body = thanks
        else:
            filled = (
                page.replace("@TOKEN@", path[3:])
                .replace("@PAGE@", os.urandom(9).hex())
                .replace("@NAME@", "Sam")
            )
            body = filled.encode()
        start("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))])
        return [body]

    return app


def plain_flask() -> Any:
    """Flask, itsdangerous and Jinja as in their tutorials, one INSERT."""
    from flask import Flask, abort, render_template, request
    from itsdangerous import BadSignature, URLSafeSerializer
    from jinja2 import DictLoader

    app = Flask("plain_flask")
    signer = URLSafeSerializer(KEY, salt="survey")
    page = Path(os.environ["BENCH_PAGE"]).read_text("utf-8")
    for mark, name in (("@TOKEN@", "token"), ("@PAGE@", "page"), ("@NAME@", "name")):
        page = page.replace(mark, f"{{{{ {name} }}}}")
    thanks = Path(os.environ["BENCH_THANKS"]).read_text("utf-8")
    app.jinja_loader = DictLoader({"page.html": page, "thanks.html": thanks})

    @app.route("/r/<token>", methods=["GET", "POST"])
    def survey(token: str) -> str:
        try:
            link_id = signer.loads(token)
        except BadSignature:
            abort(404)
        if request.method == "POST":
            form = request.form.to_dict()
            store(link_id, form.pop("page"), str(form))
            return render_template("thanks.html")
        return render_template("page.html", token=token, page=os.urandom(9).hex(), name="Sam")

    return app
