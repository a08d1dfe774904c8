"""Figures from rounds: medians, percentiles, and whether a limit is met."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, TypeVar

from deploy.bench import sizes

Json = dict[str, Any]
T = TypeVar("T")


def in_turn(number: int, **sides: T) -> list[tuple[str, T]]:
    """Return the sides of one round, in alternating order, so that no side always comes first."""
    order = list(sides.items())
    return order[::-1] if number % 2 else order


def percentile(values: Sequence[float], part: float) -> float:
    """Return the smallest value that at least `part` of all values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)]


def rates(rounds: Iterable[Json]) -> Json:
    """Return the median of each side and of the ratios of each round: a slow minute affects both sides of a round."""
    kept = list(rounds)
    return {
        "ours_per_s": round(median(each["ours_per_s"] for each in kept), 1),
        "bare_per_s": round(median(each["bare_per_s"] for each in kept), 1),
        "ratio": round(median(each["ours_per_s"] / each["bare_per_s"] for each in kept), 3),
    }


def hops(rounds: Iterable[Json]) -> Json:
    """Return the median milliseconds of each side and the median of the ratios of each round."""
    kept = list(rounds)
    return {
        "ours_p50_ms": round(median(each["ours_p50_ms"] for each in kept), 2),
        "bare_p50_ms": round(median(each["bare_p50_ms"] for each in kept), 2),
        "ratio": round(median(each["ours_p50_ms"] / each["bare_p50_ms"] for each in kept), 2),
    }


@dataclass(frozen=True)
class Line:
    """One line of the report: a figure, its limit, and whether the limit is met."""

    figure: str
    got: str
    bar: str
    met: bool


def lines(result: Json) -> list[Line]:
    """Return the lines of the report. Figures that were not measured are left out."""
    found: list[Line] = []
    for name, what, least in (
        ("start", "plans started per second", sizes.START_RATIO_AT_LEAST),
        ("rung", "steps recorded per second", sizes.RUNG_RATIO_AT_LEAST),
    ):
        if name in result:
            of = result[name]
            got = f"{of['ours_per_s']} of {of['bare_per_s']}: {of['ratio']:.2f}"
            goal = f", goal {sizes.START_RATIO_GOAL}" if name == "start" else ""
            found.append(Line(what, got, f"at least {least} of bare{goal}", of["ratio"] >= least))
    if "hop" in result:
        of = result["hop"]
        got = f"{of['ours_p50_ms']} ms beside {of['bare_p50_ms']} ms: {of['ratio']:.1f} times"
        most = sizes.HOP_RATIO_AT_MOST
        found.append(Line("commit to handled, p50", got, f"within {most:.0f} times", of["ratio"] <= most))
    if "board" in result:
        of = result["board"]
        got = f"p50 {of['p50_ms']} ms, p99 {of['p99_ms']} ms at {of['rows']} rows"
        got += f" (as a page p50 {of['page_p50_ms']} ms, p99 {of['page_p99_ms']} ms)"
        below = sizes.BOARD_P99_MS_BELOW
        found.append(Line("first page of the board", got, f"p99 below {below:.0f} ms", of["p99_ms"] < below))
    if "footprint" in result:
        of = result["footprint"]
        got = f"{of['services_mb']} MB (engines {of['engines_mb']} MB)"
        below = sizes.SERVICES_MB_BELOW
        found.append(Line("memory of the services", got, f"below {below:.0f} MB", of["services_mb"] < below))
        below = sizes.READY_S_BELOW
        found.append(
            Line("ready, on a new folder", f"{of['ready_s']} s", f"below {below:.0f} s", of["ready_s"] < below)
        )
    return found
