"""One run: work and time go on under a sequence of faults, and in the end an independent check counts everything."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import httpx

from deploy.chaos import ledger, plan, situations, time_jumps, truth
from deploy.chaos.faults import strike
from deploy.chaos.kinds import ALONE, KINDS
from deploy.chaos.place import Place, Say, place
from deploy.chaos.report import Made, Report
from deploy.chaos.truth import ladder
from deploy.chaos.truth.found import stuck
from deploy.demo.api import ApiError
from deploy.errors import StackError
from shared import clock

# One of so many faults coincides with a jump of time.
EVERY = 2
PAUSE_SECONDS = (0.2, 1.5)
PEACEFUL_LEAPS = 3


async def run(minutes: float, seed: int, only: Collection[str], say: Say, logs: Path | None = None) -> Report:
    """Make faults for so many minutes, then wait until everything is at rest and count."""
    begun = time.monotonic()
    report = Report(seed, minutes)
    say("starting the stack, two of each process, something in between everywhere")
    async with place(say) as here:
        try:
            if here.no_disk and "disk" in only:
                report.skipped["disk"] = here.no_disk
            await _break(here, report, [kind for kind in KINDS if kind in only and kind not in report.skipped])
            await _count(here, report)
        finally:
            if logs is not None:
                await asyncio.to_thread(shutil.copytree, here.stack.folder.log("x").parent, logs, dirs_exist_ok=True)
        report.seconds = round(time.monotonic() - begun, 1)
    return report


async def _break(here: Place, report: Report, kinds: Collection[str]) -> None:
    seed = report.seed
    chance = Random(f"times of {seed}")
    faults = plan.faults(seed, kinds)
    async with situations.redeliveries(here), _clients(here, report, seed):
        end = time.monotonic() + report.minutes * 60
        number = 0
        try:
            while time.monotonic() < end:
                fault = next(faults)
                here.say(f"{fault} for {fault.seconds} s" if fault.seconds else str(fault))
                number += 1

                async def once(fault: plan.Fault = fault) -> None:
                    began = clock.now()
                    await strike(here, fault)
                    report.made.append(Made(str(fault.kind), fault.target, fault.seconds, began, clock.now()))

                if number % EVERY or fault.kind in ALONE:
                    await once()
                else:
                    await time_jumps.leap(here, chance, once, at_once=fault.target != "temporal")
                await asyncio.sleep(chance.uniform(*PAUSE_SECONDS))
            here.say("nothing is broken any more; waiting until everything has come to rest")
            async with here.gate.closed():
                await time_jumps.rest(here)
        except StackError as error:
            report.findings.append(stuck(str(error)))
    report.not_made = [kind for kind in kinds if kind not in {made.kind for made in report.made}]


@asynccontextmanager
async def _clients(here: Place, report: Report, seed: int) -> AsyncIterator[None]:
    """Run the clients while the block runs. A client that gets no answer at all is a finding: something is stuck."""

    async def work(number: int) -> None:
        try:
            await here.clients[number].work(plan.actions(seed, number), here.gate)
        except (ApiError, httpx.TransportError) as error:
            report.findings.append(stuck(f"a client got no answer: {error or type(error).__name__}"))

    tasks = [asyncio.create_task(work(number)) for number in range(len(here.clients))]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended


async def _count(here: Place, report: Report) -> None:
    for _ in range(PEACEFUL_LEAPS if not report.findings else 0):
        try:
            await time_jumps.leap(here, Random(0), _nothing)
            await time_jumps.rest(here)
        except StackError as error:
            report.findings.append(stuck(str(error)))
    report.findings += await truth.findings(here.scene, here.undone)
    report.findings += await ledger.compared(here.ledger, here.stack, here.team)
    report.rungs = await ladder.by_rung(here.stack)
    report.accepted = here.ledger.counts()
    report.refused = dict(sorted(here.refused.items()))
    report.seen = await situations.counted(here, [(made.began, made.ended) for made in report.made])


async def _nothing() -> None:
    return None
