"""A run of all figures."""

from collections.abc import Callable, Collection
from typing import Any

from deploy import throwaway
from deploy.bench import board, figures, footprint, hop, permit, rung, start
from deploy.bench.place import place
from deploy.bench.sizes import FIGURES, Sizes

Json = dict[str, Any]


async def run(sizes: Sizes, only: Collection[str], say: Callable[[str], None]) -> Json:
    """Measure the named figures (none named: all) on stacks created for them. The rounds are under `rounds`."""
    wanted = [name for name in FIGURES if not only or name in only]
    result: Json = {}
    rounds: Json = {}
    with throwaway.folder("alongside-bench-") as folder:
        if "footprint" in wanted:
            taken = await footprint.take(folder / "footprint", sizes, say)
            result["footprint"] = {name: taken[name] for name in ("services_mb", "engines_mb", "ready_s")}
            rounds["footprint"] = {name: value for name, value in taken.items() if name not in result["footprint"]}
        if set(wanted) - {"footprint"}:
            say("starting a stack to measure on, with the bare process beside it")
            async with place(folder / "stack", say) as here:
                if "board" in wanted:
                    taken = await board.take(here, sizes)
                    result["board"] = {name: taken[name] for name in board.TOLD}
                    rounds["board"] = {name: value for name, value in taken.items() if name not in result["board"]}
                if "hop" in wanted:
                    rounds["hop"] = await hop.take(here, sizes)
                    result["hop"] = figures.waits(rounds["hop"])
                if "permit" in wanted:
                    rounds["permit"] = await permit.take(here, sizes)
                    result["permit"] = figures.waits(rounds["permit"])
                if "start" in wanted:
                    rounds["start"] = await start.take(here, sizes)
                    result["start"] = figures.rates(rounds["start"])
                if "rung" in wanted:
                    rounds["rung"] = await rung.take(here, sizes)
                    result["rung"] = figures.steps(rounds["rung"])
    ordered = {
        name: result[name] for name in ("start", "rung", "hop", "permit", "board", "footprint") if name in result
    }
    return {**ordered, "rounds": rounds}
