"""Figures from rounds: medians, percentiles, and whether a limit is met."""

import math
from collections.abc import Callable, Iterable, Sequence
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


def steps(rounds: Iterable[Json]) -> Json:
    """Return the rates of steps, and the median processor milliseconds of one step of ours, of all processes."""
    kept = list(rounds)
    return {**rates(kept), "cpu_ms": round(median(sum(each["cpu_ms_each"]["ours"].values()) for each in kept), 1)}


def waits(rounds: Iterable[Json]) -> Json:
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
    return [line for name, of in _REPORTS.items() if name in result for line in of(result[name])]


def _start(of: Json) -> list[Line]:
    return [_rate("plans started per second", of, sizes.START_RATIO_AT_LEAST, sizes.START_RATIO_GOAL)]


def _rung(of: Json) -> list[Line]:
    return [
        _rate("steps recorded per second", of, sizes.RUNG_RATIO_AT_LEAST, sizes.RUNG_RATIO_GOAL),
        _most("processor for one step", of["cpu_ms"], sizes.STEP_CPU_MS_AT_MOST, "ms"),
    ]


def _hop(of: Json) -> list[Line]:
    got = f"{of['ours_p50_ms']} ms beside {of['bare_p50_ms']} ms: {of['ratio']:.1f} times"
    most = sizes.HOP_RATIO_AT_MOST
    return [Line("commit to handled, p50", got, f"within {most:.0f} times", of["ratio"] <= most)]


def _permit(of: Json) -> list[Line]:
    beside = f"beside {of['bare_p50_ms']} ms"
    return [_most("a permit asked and answered, p50", of["ours_p50_ms"], sizes.PERMIT_MS_AT_MOST, "ms", beside)]


def _board(of: Json) -> list[Line]:
    medians = {name: f"p50 {of[f'{name}p50_ms']} ms" for name in ("", "page_", "all_")}
    return [
        _most(f"board, {of['rows']} rows, p99", of["p99_ms"], sizes.BOARD_P99_MS_AT_MOST, "ms", medians[""]),
        _most("the same as a page, p99", of["page_p99_ms"], sizes.BOARD_PAGE_P99_MS_AT_MOST, "ms", medians["page_"]),
        _most(
            f"among {of['all_rows']} rows of all teams, p99",
            of["all_p99_ms"],
            sizes.BOARD_ALL_P99_MS_AT_MOST,
            "ms",
            medians["all_"],
        ),
    ]


def _footprint(of: Json) -> list[Line]:
    engines = f"engines {of['engines_mb']} MB"
    return [
        _most("memory of the services", of["services_mb"], sizes.SERVICES_MB_AT_MOST, "MB", engines),
        _most("ready, on a new folder", of["ready_s"], sizes.READY_S_AT_MOST, "s"),
    ]


def _rate(figure: str, of: Json, least: float, goal: float) -> Line:
    got = f"{of['ours_per_s']} of {of['bare_per_s']}: {of['ratio']:.2f}"
    return Line(figure, got, f"at least {least} of bare, goal {goal}", of["ratio"] >= least)


def _most(figure: str, got: float, most: float, unit: str, beside: str = "") -> Line:
    told = f"{got} {unit}" + (f" ({beside})" if beside else "")
    return Line(figure, told, f"at most {most:g} {unit}", got <= most)


_REPORTS: dict[str, Callable[[Json], list[Line]]] = {
    "start": _start,
    "rung": _rung,
    "hop": _hop,
    "permit": _permit,
    "board": _board,
    "footprint": _footprint,
}
