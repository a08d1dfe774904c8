"""Processor seconds of each process while a side runs, which a busy machine affects less than elapsed time."""

import os
from collections.abc import Awaitable
from typing import Any

import psutil

from deploy.bench.place import BARE_PARTS, Place, bare_program
from deploy.stack import ENGINES, SERVICES, WORKER

CLIENT = "client"


def _seconds(place: Place) -> dict[str, float]:
    pids = {name: place.stack.pid(name) for name in (*SERVICES, WORKER, *ENGINES, *map(bare_program, BARE_PARTS))}
    found = {name: _tree(pid) for name, pid in pids.items() if pid is not None}
    own = os.times()
    return {**found, CLIENT: own.user + own.system}


def _tree(pid: int) -> float:
    process = psutil.Process(pid)
    total = 0.0
    for each in (process, *process.children(recursive=True)):
        try:
            times = each.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
        # Including children that have ended: the cost of a closed connection to PostgreSQL counts as well.
        total += times.children_user + times.children_system
    return total


async def metered(place: Place, number: int, side: Awaitable[float]) -> tuple[float, dict[str, Any]]:
    """Run `side`; return its result and the processor milliseconds of each process per item of `number`."""
    before = _seconds(place)
    answer = await side
    after = _seconds(place)
    spent = {name: (after[name] - before.get(name, 0.0)) * 1000 / number for name in after}
    return answer, {name: round(each, 2) for name, each in spent.items() if each >= 0.05}
