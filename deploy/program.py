"""The definition of a process for the supervisor."""

import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class User:
    """The user of a child that refuses to run as root, when we are root."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Program:
    """Describe what to run, how to detect that it is ready, how to end it.

    `ready` gets the pid after each start and returns when that process answers; it raises nothing but cancellation.
    `alive` checks once whether the process itself still answers, and raises when it does not; it ignores the process's
    dependencies, so that no process is ended because another is down. `stop` and `on_orphan` are signals: `stop`
    requests an orderly end, `on_orphan` is sent by the kernel when the supervisor itself is gone.
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
