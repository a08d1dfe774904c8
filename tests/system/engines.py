"""Taking one engine of a running stack away and giving it back, with or without what it had stored."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from deploy.engines import nats, temporal
from deploy.stack import Stack


@asynccontextmanager
async def without(stack: Stack, name: str) -> AsyncIterator[None]:
    """The engine is stopped while the block runs, and started again after it."""
    await stack.supervisor.stop(name)
    try:
        yield
    finally:
        if name == "nats":
            program = nats.program(stack.folder, stack.ports)
        else:
            program = temporal.program(stack.folder, stack.ports, practice=stack.practice)
        await stack.supervisor.start(program)


def lose_nats_store(stack: Stack) -> None:
    """Everything JetStream had written down; NATS is stopped."""
    shutil.rmtree(stack.folder.path / "nats" / "jetstream")


def lose_temporal_store(stack: Stack) -> None:
    """Everything Temporal had written down; Temporal is stopped."""
    files = list((stack.folder.path / "temporal").glob("temporal.db*"))
    assert files, "there was nothing to lose"
    for file in files:
        file.unlink()
