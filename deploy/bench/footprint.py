"""Memory and start time of a stack as started by `alongside up`, on a new folder and again on the same one.

Memory is PSS: a process's private memory plus its share of shared memory. Services are the three services, the console
and the workflow worker; engines are PostgreSQL with all its processes, NATS and Temporal. The supervisor is reported
separately.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import psutil

from deploy.bench.sizes import Sizes
from deploy.errors import StackError
from deploy.stack import ENGINES, MEMBERS, WORKER, Stack

Json = dict[str, Any]
MB = 1024 * 1024


async def take(folder: Path, sizes: Sizes, say: Callable[[str], None]) -> Json:
    """Measure the figure, with its parts under `parts_mb` and the second start under `again_s`."""
    say("footprint: first start on a new folder")
    stack, ready = await _started(folder)
    try:
        await asyncio.sleep(sizes.idle_seconds)
        parts = {name: _memory(stack, [name]) for name in (*MEMBERS, WORKER, *ENGINES)}
        own = _pss(psutil.Process())
    finally:
        await stack.stop()
    say("footprint: second start on the same folder")
    stack, again = await _started(folder)
    await stack.stop()
    return {
        "services_mb": round(sum(parts[name] for name in (*MEMBERS, WORKER)), 1),
        "engines_mb": round(sum(parts[name] for name in ENGINES), 1),
        "ready_s": round(ready, 2),
        "again_s": round(again, 2),
        "parts_mb": {name: round(size, 1) for name, size in parts.items()},
        "supervisor_mb": round(own, 1),
    }


async def _started(folder: Path) -> tuple[Stack, float]:
    begun = time.monotonic()
    stack = Stack(folder)
    await stack.start()
    return stack, time.monotonic() - begun


def _memory(stack: Stack, names: Iterable[str]) -> float:
    total = 0.0
    for name in names:
        pid = stack.pid(name)
        if pid is None:
            raise StackError(f"{name} is not running, so its memory cannot be measured")
        process = psutil.Process(pid)
        total += _pss(process) + sum(_pss(child) for child in process.children(recursive=True))
    return total


def _pss(process: psutil.Process) -> float:
    try:
        found = process.memory_full_info()
    except psutil.NoSuchProcess:
        return 0.0
    except psutil.AccessDenied:
        raise StackError("memory of another user's process cannot be read: run the bench as one user") from None
    # Only Linux reports PSS; on other systems private memory is the nearest figure.
    return float(getattr(found, "pss", found.uss)) / MB
