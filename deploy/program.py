"""One operating-system process as the supervisor sees it."""

import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class User:
    """Whom a child runs as, when we are root and it refuses to be."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Program:
    """What to run, how to know that it is ready, how to end it.

    `ready` gets the pid after each start and returns when that process answers; it raises nothing but
    cancellation. `alive` asks once whether the process itself still answers, and raises when it does not: it says
    nothing about what the process needs, so that nobody is ended because another is away. `stop` and `on_orphan` are
    signals: `stop` asks for an orderly end, `on_orphan` is sent by the kernel when the supervisor itself is gone.
    """

    name: str
    title: str
    command: tuple[str, ...]
    log: Path
    ready: Callable[[int], Awaitable[None]]
    alive: Callable[[int], Awaitable[None]] | None = None
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    user: User | None = None
    pass_fds: tuple[int, ...] = ()
    stop: signal.Signals = signal.SIGTERM
    on_orphan: signal.Signals = signal.SIGKILL
    stop_seconds: float = 10.0
    ready_seconds: float = 60.0
