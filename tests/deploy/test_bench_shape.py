"""A tiny bench, whole: the figures have the shape that others read, and are figures. Nothing here judges a time."""

import json

from deploy.bench.figures import in_turn, lines, percentile, rates
from deploy.bench.run import run
from deploy.bench.sizes import FIGURES, Sizes

TINY = Sizes(
    rounds=1,
    starts=3,
    at_once=2,
    referrals=4,
    hops=5,
    permits=3,
    rows=200,
    all_rows=500,
    teams=4,
    requests=20,
    pages=16,
    idle_seconds=0,
)
SHAPE = {
    "start": {"ours_per_s", "bare_per_s", "ratio"},
    "rung": {"ours_per_s", "bare_per_s", "ratio", "cpu_ms"},
    "hop": {"ours_p50_ms", "bare_p50_ms", "ratio"},
    "permit": {"ours_p50_ms", "bare_p50_ms", "ratio"},
    "board": {"rows", "p50_ms", "p99_ms", "page_p50_ms", "page_p99_ms", "all_rows", "all_p50_ms", "all_p99_ms"},
    "footprint": {"services_mb", "engines_mb", "ready_s"},
}


async def test_every_figure_is_taken_beside_its_limit() -> None:
    said: list[str] = []
    result = json.loads(json.dumps(await run(TINY, (), said.append)))

    assert {name: set(result[name]) for name in SHAPE} == SHAPE
    assert set(result) == {*SHAPE, "rounds"}
    assert all(value > 0 for name in SHAPE for value in result[name].values()), result
    assert (result["board"]["rows"], result["board"]["all_rows"]) == (TINY.rows, TINY.all_rows)
    assert set(result["rounds"]) == set(FIGURES)
    assert all(len(result["rounds"][name]) == TINY.rounds for name in ("start", "rung", "hop", "permit"))
    assert len(lines(result)) == 10
    assert said


def test_the_middle_of_the_rounds_is_told() -> None:
    found = rates({"ours_per_s": ours, "bare_per_s": 10.0} for ours in (1.0, 6.0, 8.0))
    assert found == {"ours_per_s": 6.0, "bare_per_s": 10.0, "ratio": 0.6}


def test_a_percentile_is_a_value_that_was_seen() -> None:
    assert percentile(list(range(1, 101)), 0.99) == 99
    assert percentile([5.0, 1.0], 0.5) == 1.0
    assert percentile([3.0], 0.99) == 3.0


def test_sides_take_turns_at_being_first() -> None:
    assert [name for name, _ in in_turn(0, ours=1, bare=2)] == ["ours", "bare"]
    assert [name for name, _ in in_turn(1, ours=1, bare=2)] == ["bare", "ours"]


def test_a_bar_is_met_or_it_is_not() -> None:
    met = {line.figure: line.met for line in lines({"start": {"ours_per_s": 3, "bare_per_s": 10, "ratio": 0.3}})}
    assert met == {"plans started per second": False}
