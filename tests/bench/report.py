"""Figures as ratios: how many seconds a machine takes says little, how it compares beside it says more."""

from typing import Any

from tests.bench import shares
from tests.bench.compare import Figures

TARGET_OF_PLAIN_FLASK = 0.35
AIM_OF_PLAIN_FLASK = 0.6
LOW_LOAD_TIMES_BARE = 3.0
ROSTER_SECONDS = 10.0


def ratios(figures: dict[str, Figures]) -> dict[str, float]:
    ours, plain, bare = figures["surveybot"], figures["plain Flask"], figures["bare WSGI"]
    return {
        "journeys_of_plain_flask": round(ours.journeys_per_second / plain.journeys_per_second, 3),
        "journeys_of_bare": round(ours.journeys_per_second / bare.journeys_per_second, 3),
        "plain_flask_of_bare": round(plain.journeys_per_second / bare.journeys_per_second, 3),
        "server_cpu_times_plain_flask": round(
            ours.server_cpu_ms_per_journey / plain.server_cpu_ms_per_journey, 2
        ),
        "low_load_get_p50_times_bare": round(ours.low_load_get_p50 / bare.low_load_get_p50, 2),
        "memory_times_plain_flask": round(ours.worker_megabytes / plain.worker_megabytes, 2),
    }


def in_words(name: str, found: dict[str, Any]) -> str:
    lines = [
        f"\n{name}: page {found['page_bytes']:,} bytes, thanks {found['thanks_bytes']:,} bytes",
        f"{'':14}{'journeys/s':>11}{'GET p50':>9}{'p99':>7}{'POST p50':>10}{'p99':>7}"
        f"{'low GET p50':>13}{'CPU/journey':>13}{'worker':>9}",
    ]
    lines += [_line(who, figures) for who, figures in found["journeys"].items()]
    return "\n".join(lines + _verdicts(found["ratios"]) + shares.in_words(found["shares"]) + _jobs(found))


def _line(who: str, figures: dict[str, Any]) -> str:
    return (
        f"{who:14}{figures['journeys_per_second']:>11.0f}{figures['get_p50']:>9.1f}{figures['get_p99']:>7.1f}"
        f"{figures['post_p50']:>10.1f}{figures['post_p99']:>7.1f}{figures['low_load_get_p50']:>11.2f}ms"
        f"{figures['server_cpu_ms_per_journey']:>11.2f}ms{figures['worker_megabytes']:>7.0f}MB"
    )


def _verdicts(ratio: dict[str, float]) -> list[str]:
    of_plain, low = ratio["journeys_of_plain_flask"], ratio["low_load_get_p50_times_bare"]
    return [
        f"  of plain Flask {of_plain:.2f} (at least {TARGET_OF_PLAIN_FLASK}, aim {AIM_OF_PLAIN_FLASK}): "
        + _met(of_plain >= TARGET_OF_PLAIN_FLASK),
        f"  of bare WSGI   {ratio['journeys_of_bare']:.2f} (plain Flask {ratio['plain_flask_of_bare']:.2f})",
        f"  low-load GET   {low:.2f} times bare (at most {LOW_LOAD_TIMES_BARE:.0f}): "
        + _met(low <= LOW_LOAD_TIMES_BARE),
    ]


def _jobs(found: dict[str, Any]) -> list[str]:
    seconds = found["seconds"]
    roster = seconds["roster_import"]
    return [
        f"  roster of {found['roster_rows']:,} rows: {roster:.1f} s (under {ROSTER_SECONDS:.0f}): "
        f"{_met(roster < ROSTER_SECONDS)}; again, unchanged: {seconds['roster_import_again']:.1f} s",
        f"  round for {found['round_people']:,}: opened in {seconds['round_open']:.2f} s, "
        f"a paper link for each in {seconds['paper_links']:.2f} s",
    ]


def _met(met: bool) -> str:
    return "met" if met else "MISSED"
