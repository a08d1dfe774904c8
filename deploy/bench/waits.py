"""Rounds of a figure that is a wait: each side one after the other, in turn, and its percentiles."""

from collections.abc import Awaitable, Callable
from typing import Any

from deploy.bench.figures import in_turn, percentile
from deploy.bench.place import Place

Json = dict[str, Any]
Side = Callable[[], Awaitable[list[float]]]
"""Measures the milliseconds of each wait of one round."""


async def rounds(place: Place, figure: str, number: int, *, ours: Side, bare: Side) -> list[Json]:
    """Measure `number` rounds, each from a stack at rest; return the percentiles of both sides by round."""
    found: list[Json] = []
    for each in range(number):
        await place.quiet()
        one: Json = {}
        for name, side in in_turn(each, ours=ours, bare=bare):
            taken = await side()
            one |= {
                f"{name}_p50_ms": round(percentile(taken, 0.5), 3),
                f"{name}_p99_ms": round(percentile(taken, 0.99), 3),
            }
        found.append(one)
        place.say(f"{figure} {each + 1}: ours {one['ours_p50_ms']} ms, bare {one['bare_p50_ms']} ms")
    return found
