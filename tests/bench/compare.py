"""Measures contenders in turns, so that a slow minute of the machine hits them all alike."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median

from tests.bench.load import Form, Tally, drive, get_times
from tests.bench.servers import Server, serving

WARM_SECONDS = 4.0  # each worker renders the pages of a school once; that is not what is measured


@dataclass
class Contender:
    name: str
    application: str  # for gunicorn
    paths: list[str]
    form: Form
    count_rows: Callable[[], int]  # what is stored, asked of the database itself
    numbers: Iterator[int] = field(default_factory=count)


@dataclass
class Figures:
    """Of one contender: medians over the turns; times in milliseconds."""

    journeys_per_second: float
    get_p50: float
    get_p99: float
    post_p50: float
    post_p99: float
    low_load_get_p50: float
    worker_megabytes: float
    server_cpu_ms_per_journey: float
    client_cpu_share: float
    journeys: int
    rows_stored: int
    turns: list[float]


def measure(
    contenders: list[Contender],
    *,
    environ: dict[str, str],
    folder: Path,
    port: int,
    turns: int,
    seconds: float,
    at_once: int,
) -> dict[str, Figures]:
    """Each contender has a server of its own, started for its turn and stopped after it."""
    seen: dict[str, list[tuple[Tally, float, float, list[float]]]] = {c.name: [] for c in contenders}
    stored: dict[str, int] = {c.name: 0 for c in contenders}
    for turn in range(turns):
        for contender in contenders:
            with serving(
                contender.application, port=port, environ=environ, log=folder / "server.log"
            ) as server:
                before = contender.count_rows()
                result = _turn(contender, server, seconds=seconds, at_once=at_once)
                posts = result[0].posts + result[4]
            _check(contender, before=before, posts=posts, tally=result[0], turn=turn)
            stored[contender.name] += posts
            seen[contender.name].append(result[:4])
    return {name: _figures(rows, stored[name]) for name, rows in seen.items()}


def _turn(
    contender: Contender, server: Server, *, seconds: float, at_once: int
) -> tuple[Tally, float, float, list[float], int]:
    run = {
        "port": server.port,
        "paths": contender.paths,
        "form": contender.form,
        "numbers": contender.numbers,
    }
    warm = drive(**run, at_once=at_once, seconds=WARM_SECONDS)  # type: ignore[arg-type]
    alone = get_times(port=server.port, paths=contender.paths, tries=200)
    cpu = server.cpu_seconds()
    tally = drive(**run, at_once=at_once, seconds=seconds)  # type: ignore[arg-type]
    cpu_ms = (server.cpu_seconds() - cpu) * 1000 / max(1, tally.journeys)
    return tally, cpu_ms, max(server.worker_megabytes()), alone, warm.posts


def _check(contender: Contender, *, before: int, posts: int, tally: Tally, turn: int) -> None:
    """No figure stands for a POST that was not stored, or for a failed request."""
    rows = contender.count_rows() - before
    if tally.failures:
        raise SystemExit(f"{contender.name}: {len(tally.failures)} failures: {tally.failures[:3]}")
    if rows != posts:
        raise SystemExit(
            f"{contender.name}, turn {turn}: {posts} answers were thanked for, {rows} are stored."
        )


def _figures(rows: list[tuple[Tally, float, float, list[float]]], stored: int) -> Figures:
    tallies = [row[0] for row in rows]
    gets = sorted(time for tally in tallies for time in tally.get)
    posts = sorted(time for tally in tallies for time in tally.post)
    return Figures(
        journeys_per_second=median(tally.per_second for tally in tallies),
        get_p50=_at(gets, 0.5),
        get_p99=_at(gets, 0.99),
        post_p50=_at(posts, 0.5),
        post_p99=_at(posts, 0.99),
        low_load_get_p50=median(_at(sorted(row[3]), 0.5) for row in rows),
        worker_megabytes=max(row[2] for row in rows),
        server_cpu_ms_per_journey=median(row[1] for row in rows),
        client_cpu_share=median(tally.client_cpu / tally.seconds for tally in tallies),
        journeys=sum(tally.journeys for tally in tallies),
        rows_stored=stored,
        turns=[round(tally.per_second, 1) for tally in tallies],
    )


def _at(ordered: list[float], share: float) -> float:
    """Milliseconds below which that share of the times lies."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000
