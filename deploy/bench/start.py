"""Plans per second: from HTTP request to a workflow that has made its first refresh and set its timer.

The board row is no end: it is written in the request. The bare side starts a workflow of the same form (first refresh
with its board row, then a timer) with one call of the SDK, and ends at the timer, too. `alone` is the bare side with
workflows and activities in one process.
"""

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from temporalio.api.enums.v1 import EventType

from deploy.bench.bare.names import ALONE, PLAN, QUEUE, WORK, BareStart
from deploy.bench.callers import some_at_once
from deploy.bench.figures import in_turn
from deploy.bench.meter import metered
from deploy.bench.people import open_cases
from deploy.bench.place import Place
from deploy.bench.sizes import Sizes
from deploy.errors import StackError
from shared import clock
from workflows.contracts import plan_workflow_id

Json = dict[str, Any]
PATIENCE = 120.0
STARTED = """
SELECT count(DISTINCT workflow_id) FROM outbox WHERE workflow_id = ANY(%s) AND dispatched_at IS NOT NULL
"""
GOAL = "a dry place to sleep and somebody to look at my chest (synthetic)"


@dataclass
class Side:
    place: Place
    at_once: int

    async def ours(self, cases: list[str]) -> float:
        """Start a plan for each case; return plans per second."""
        place = self.place

        async def start(case: str) -> str:
            return (await place.worker.post("casework", f"/cases/{case}/plan", {"goals": [GOAL]}))["id"]

        begun = time.monotonic()
        plans = await some_at_once(cases, start, self.at_once)
        workflows = [plan_workflow_id(plan) for plan in plans]
        # The relay starts a workflow after the request has been committed; until then the engine does not know it.
        await place.until("casework", STARTED, (workflows,), len(workflows), PATIENCE)
        return len(cases) / (await self._all_wait(workflows) - begun)

    async def bare(self, number: int, *, alone: bool = False) -> float:
        """Start so many bare plans, with `alone` in one process; return plans per second."""
        place, ids = self.place, [str(uuid4()) for _ in range(number)]
        # Practice time and the engine's time differ; this timer only has to be far in the future.
        wakes = [clock.now() - clock.offset() + timedelta(days=700)]

        async def start(id: str) -> str:
            given = BareStart(id, wakes, None if alone else WORK)
            queue = ALONE if alone else QUEUE
            return (await place.bare_engine.start_workflow(PLAN, given, id=f"bench-plan-{id}", task_queue=queue)).id

        begun = time.monotonic()
        workflows = await some_at_once(ids, start, self.at_once)
        return number / (await self._all_wait(workflows) - begun)

    async def _all_wait(self, workflows: list[str]) -> float:
        """Return the monotonic instant at which each workflow has set its timer, as its history says."""
        try:
            async with asyncio.timeout(PATIENCE):
                await some_at_once(workflows, self._waits, self.at_once)
        except TimeoutError:
            raise StackError(f"not every workflow had set its timer after {PATIENCE:.0f} s") from None
        return time.monotonic()

    async def _waits(self, workflow: str) -> None:
        history = self.place.bare_engine.get_workflow_handle(workflow).fetch_history_events(wait_new_event=True)
        async for event in history:
            if event.event_type == EventType.EVENT_TYPE_TIMER_STARTED:
                return
        raise StackError(f"{workflow} ended without a timer")


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
