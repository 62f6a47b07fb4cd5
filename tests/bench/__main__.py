"""make bench: survey journeys beside two references, the big jobs of a roster, sending, texting, planning.

    python -m tests.bench [--seconds 6] [--turns 3] [--only sqlite|postgresql] [--part sending ...]

PostgreSQL is used where TEST_DATABASE_URL is set, or a server answers on 127.0.0.1:5432.
"""

import argparse
import json
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from unittest import mock

from sqlalchemy import create_engine
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import OperationalError

from surveybot.config import ROOT
from surveybot.records import database, migrations
from tests.bench import planning, references, sending, texting
from tests.bench.big_school import build
from tests.bench.compare import Contender, measure
from tests.bench.product import answer_form, environ_of, survey_paths, take_pages, the_product
from tests.bench.report import in_words, ratios
from tests.bench.shares import shares_of_a_journey

FOLDER = ROOT / "var" / "bench"
PORT = 8077
AT_ONCE = 16
ROSTER_ROWS = 10_000
OWN_DATABASE = "surveybot_bench"
PARTS: dict[str, tuple[Callable[[Engine], dict[str, Any]], Callable[[dict[str, Any]], str]]] = {
    "sending": (sending.bench_sending, sending.in_words),
    "texting": (lambda engine: texting.bench_texting(engine, FOLDER), texting.in_words),
    "planning": (planning.bench_planning, planning.in_words),
}


def main() -> None:
    arguments = _arguments()
    FOLDER.mkdir(parents=True, exist_ok=True)
    found: dict[str, Any] = {"at": datetime.now(UTC).isoformat(), "machine": _machine(), "databases": {}}
    for name, url in _databases(arguments.only):
        here: dict[str, Any] = {}
        found["databases"][name] = here
        if "journeys" in arguments.part:
            with _fresh_database(url) as own_url:
                here |= _bench(own_url, arguments)
            print(in_words(name, here), flush=True)
        for part, (bench, words) in PARTS.items():
            if part in arguments.part:
                with _fresh_database(url) as own_url:
                    here[part] = _on(own_url, bench)
                print(f"\n{name}, {part}:\n{words(here[part])}", flush=True)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    for file in (FOLDER / f"bench-{stamp}.json", FOLDER / "latest.json"):
        file.write_text(json.dumps(found, indent=2), "utf-8")
    print(f"\nFigures: {FOLDER / 'latest.json'}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--seconds", type=float, default=6.0, help="of each measured turn")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    every = ("journeys", *PARTS)
    parser.add_argument("--part", choices=every, nargs="+", default=every, help="one or more; all otherwise")
    return parser.parse_args()


def _bench(url: str, arguments: argparse.Namespace) -> dict[str, Any]:
    engine = database.make_engine(url)
    migrations.upgrade(engine)
    opened = build(engine, rows=ROSTER_ROWS)
    environ = environ_of(url, FOLDER, PORT)
    page, thanks = take_pages(survey_paths(opened.link_ids[:1])[0], environ=environ, folder=FOLDER, port=PORT)
    with mock.patch.dict(os.environ, environ):
        references.create_table(url)
        figures = measure(
            [the_product(engine, opened.link_ids[1:]), *_references(len(opened.link_ids))],
            environ=environ,
            folder=FOLDER,
            port=PORT,
            turns=arguments.turns,
            seconds=arguments.seconds,
            at_once=AT_ONCE,
        )
        references.disconnect()
    shares = shares_of_a_journey(environ, opened.link_ids)
    engine.dispose()
    return {
        "page_bytes": page,
        "thanks_bytes": thanks,
        "journeys": {name: asdict(figure) for name, figure in figures.items()},
        "ratios": ratios(figures),
        "shares": shares,
        "roster_rows": ROSTER_ROWS,
        "round_people": len(opened.link_ids),
        "seconds": opened.seconds,
    }


def _on(url: str, bench: Callable[[Engine], dict[str, Any]]) -> dict[str, Any]:
    engine = database.make_engine(url)
    migrations.upgrade(engine)
    figures = bench(engine)
    engine.dispose()
    return figures


def _references(count: int) -> list[Contender]:
    numbers = range(1, count)
    return [
        Contender(
            "plain Flask",
            "tests.bench.references:plain_flask()",
            [references.flask_path(number) for number in numbers],
            answer_form(),
            references.count_rows,
        ),
        Contender(
            "bare WSGI",
            "tests.bench.references:bare()",
            [references.bare_path(number) for number in numbers],
            answer_form(),
            references.count_rows,
        ),
    ]


def _databases(only: str | None) -> Iterator[tuple[str, str]]:
    if only != "postgresql":
        yield "sqlite", f"sqlite:///{FOLDER / 'bench.db'}"
    server = os.environ.get("TEST_DATABASE_URL") or "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
    if only == "sqlite":
        return
    try:
        create_engine(server).connect().close()
    except OperationalError:
        print("PostgreSQL is left out: set TEST_DATABASE_URL, or start a server on 127.0.0.1:5432.")
        return
    yield "postgresql", server


@contextmanager
def _fresh_database(url: str) -> Iterator[str]:
    """An empty SQLite file, or a database of its own on the server; gone again afterwards."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        for file in FOLDER.glob("bench.db*"):
            file.unlink()
        yield url
        return
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {OWN_DATABASE} WITH (FORCE)")
        connection.exec_driver_sql(f"CREATE DATABASE {OWN_DATABASE}")
    yield parsed.set(database=OWN_DATABASE).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {OWN_DATABASE} WITH (FORCE)")
    server.dispose()


def _machine() -> dict[str, Any]:
    return {"python": platform.python_version(), "cores": os.cpu_count(), "system": platform.platform()}


if __name__ == "__main__":
    main()
