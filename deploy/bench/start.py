"""Plans per second: from HTTP request to a running workflow whose first refresh is on the board.

The bare side starts a workflow of the same form (first refresh, report, then a timer) with one call of the SDK and ends
when the same number of its reports are rows. `alone` is the bare side with workflows and activities in one process.
"""

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from deploy.bench.bare.names import ALONE, PLAN, QUEUE, WORK, BareStart
from deploy.bench.callers import some_at_once
from deploy.bench.figures import in_turn
from deploy.bench.meter import metered
from deploy.bench.people import open_cases
from deploy.bench.place import BARE, Place
from deploy.bench.sizes import Sizes
from shared import clock

Json = dict[str, Any]
PATIENCE = 120.0
GOAL = "a dry place to sleep and somebody to look at my chest (synthetic)"


@dataclass
class Side:
    place: Place
    at_once: int

    async def ours(self, cases: list[str]) -> float:
        """Start a plan for each case; return plans per second."""
        place = self.place

        async def start(case: str) -> None:
            await place.worker.post("casework", f"/cases/{case}/plan", {"goals": [GOAL]})

        begun = time.monotonic()
        await some_at_once(cases, start, self.at_once)
        query = "SELECT count(*) FROM board_rows WHERE kind = 'plan' AND case_id = ANY(%s::uuid[])"
        ended = await place.until("casework", query, (cases,), len(cases), PATIENCE)
        return len(cases) / (ended - begun)

    async def bare(self, number: int, *, alone: bool = False) -> float:
        """Start so many bare plans, with `alone` in one process; return plans per second."""
        place, ids = self.place, [str(uuid4()) for _ in range(number)]
        # Practice time and the engine's time differ; this timer only has to be far in the future.
        wakes = [clock.now() - clock.offset() + timedelta(days=700)]

        async def start(id: str) -> None:
            given = BareStart(id, wakes, None if alone else WORK)
            queue = ALONE if alone else QUEUE
            await place.bare_engine.start_workflow(PLAN, given, id=f"bench-plan-{id}", task_queue=queue)

        begun = time.monotonic()
        await some_at_once(ids, start, self.at_once)
        query = "SELECT count(*) FROM board WHERE id = ANY(%s::uuid[])"
        ended = await place.until(BARE, query, (ids,), number, PATIENCE)
        return number / (ended - begun)


async def take(place: Place, sizes: Sizes) -> list[Json]:
    """Measure the rounds, the sides in alternating order."""
    warm = max(2, sizes.starts // 5)
    place.say(f"start: opening {sizes.starts * sizes.rounds + warm} cases")
    cases = await open_cases(place, sizes.starts * sizes.rounds + warm, sizes.at_once)
    side = Side(place, sizes.at_once)
    await side.ours([cases.pop() for _ in range(warm)])
    await side.bare(warm)
    await side.bare(warm, alone=True)
    rounds: list[Json] = []
    for number in range(sizes.rounds):
        mine = [cases.pop() for _ in range(sizes.starts)]
        cpu: Json = {}
        found: Json = {"cpu_ms_each": cpu}
        for name, each in in_turn(
            number,
            ours=lambda mine=mine: side.ours(mine),
            bare=lambda: side.bare(sizes.starts),
            alone=lambda: side.bare(sizes.starts, alone=True),
        ):
            await place.quiet()
            rate, cpu[name] = await metered(place, sizes.starts, each())
            found[f"{name}_per_s"] = round(rate, 1)
        rounds.append(found)
        told = ", ".join(f"{name} {found[f'{name}_per_s']}/s" for name in ("ours", "bare", "alone"))
        place.say(f"start {number + 1}: {told}")
    return rounds
