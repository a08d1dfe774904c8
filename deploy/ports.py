"""The ports of a stack: fixed ones for `up`, free ones for throw-away stacks."""

import itertools
import random
import socket
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from functools import cache

from deploy.errors import StackError

DEFAULT_BASE = 8100
# Below the kernel's range of ephemeral ports, so that a free port stays free.
_FREE_RANGE = range(20_000, 32_000)
_OF_ONE_PROCESS = 200
_guards: list[socket.socket] = []  # bound for as long as this process lives


@dataclass(frozen=True)
class Ports:
    """Every port of one stack, all on 127.0.0.1."""

    console: int
    intake: int
    casework: int
    referrals: int
    worker: int
    postgres: int
    nats: int
    nats_monitor: int
    temporal: int
    # Where each process of ours serves /metrics; 0 in the facts of an older version, whose processes serve none.
    console_metrics: int = 0
    intake_metrics: int = 0
    casework_metrics: int = 0
    referrals_metrics: int = 0
    worker_metrics: int = 0

    @classmethod
    def fixed(cls, base: int = DEFAULT_BASE) -> "Ports":
        """Return the ports of `up`: the pages at base, services at +1 to +3, the worker at +4, engines at +5 to +8.

        Their metrics are at +9 to +13: fourteen consecutive ports, so that stacks whose bases are twenty apart never
        collide.
        """
        if not 1024 <= base <= 65_000:
            raise StackError(f"port base {base} is out of range: choose one from 1024 to 65000")
        return cls(*range(base, base + len(fields(cls))))

    @classmethod
    def free(cls) -> "Ports":
        """Return ports on which nothing listens now, and which no other process is given here.

        Raise StackError when there are none.
        """
        bases = _bases()
        for _ in range(_OF_ONE_PROCESS // len(fields(cls))):
            found = cls.fixed(next(bases))
            if all(is_free(port) for port in asdict(found).values()):
                return found
        raise StackError("this process has no free ports left: end a stack, or choose ports with --port-base")

    def metrics(self, name: str) -> int:
        """Return the port where a process of ours serves `/metrics`."""
        return getattr(self, f"{name}_metrics")

    def check(self) -> None:
        """Raise StackError naming the first port that is in use."""
        for name, port in asdict(self).items():
            if not is_free(port):
                raise StackError(
                    f"port {port} ({name.replace('_', ' ')}) is taken by another program: "
                    "end it, or choose others with --port-base"
                )


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do, else a port whose last connections are closing would seem to be in use.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


@cache
def _bases() -> Iterator[int]:
    """Return the bases that this process alone chooses from, each again only after all the others.

    Two processes that look for free ports at the same time would find the same ones: a port is bound only seconds
    later. So each process takes a block of ports, whose first stays bound until the process ends.
    """
    for first in random.sample(_FREE_RANGE[::_OF_ONE_PROCESS], len(_FREE_RANGE[::_OF_ONE_PROCESS])):
        guard = socket.socket()
        try:
            guard.bind(("127.0.0.1", first))
        except OSError:
            guard.close()
            continue
        _guards.append(guard)
        step = len(fields(Ports))
        return itertools.cycle(range(first + 1, first + _OF_ONE_PROCESS - step, step))
    raise StackError(f"no ports are free from {_FREE_RANGE.start} to {_FREE_RANGE.stop}: choose some with --port-base")
