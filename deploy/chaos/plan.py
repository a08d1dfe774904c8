"""Choose what is done and what is broken, in which order, from the seed alone: the same seed, the same order."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from deploy.chaos.kinds import CUTS, KINDS
from deploy.stack import CONSOLE, ENGINES, SERVICES, WORKER
from shared.inbox.durable import ACK_WAIT_SECONDS

# How often each kind of work comes, of all of it.
WORK = {
    "register": 12,
    "meet": 14,
    "refer": 16,
    "phone": 14,
    "link": 12,
    "email": 8,
    "task": 12,
    "command": 6,
    "close": 2,
}

# Each process of ours that does the work of others runs twice, so that there is somebody to hand over to.
TWINS = tuple(f"{name}-2" for name in (*SERVICES, WORKER))
PROCESSES = (CONSOLE, *SERVICES, WORKER, *TWINS, *ENGINES)
REACHES = {
    CONSOLE: ("postgres",),
    **{name: ENGINES for service in SERVICES for name in (service, f"{service}-2")},
    **{name: ("temporal",) for name in (WORKER, f"{WORKER}-2")},
}
LINKS = tuple(f"{name}>{engine}" for name, engines in REACHES.items() for engine in engines)

# By kind of fault, what it can be done to.
TARGETS: dict[str, Sequence[str]] = {
    "kill": PROCESSES,
    "freeze": PROCESSES,
    **{way: LINKS for way in CUTS},
    "purge": SERVICES,
    "relay": ("refuses us",),
    "disk": ("full",),
    "restore": ("all databases",),
}
SECONDS = {
    "kill": 0.0,
    "freeze": 3.0,
    "delay": 4.0,
    "blackhole": 4.0,
    "reset": 2.0,
    "purge": 0.0,
    "relay": 4.0,
    "disk": 6.0,
}
# Longer than NATS waits for an acknowledgement, so that what is being handled is delivered again, to the other process.
UNHEARD_SECONDS = float(ACK_WAIT_SECONDS)


@dataclass(frozen=True)
class Action:
    """One piece of ordinary work. `pick` and `choice` choose, from what is there then, whom it is about and what is
    said."""

    what: str
    pick: float
    choice: float
    pause: float


@dataclass(frozen=True)
class Fault:
    """One thing that is broken for some seconds."""

    kind: str
    target: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.kind} {self.target}"


def actions(seed: int, client: int) -> Iterator[Action]:
    """Answer what one client does, for ever."""
    chance = Random(f"work {client} of {seed}")
    while True:
        what = chance.choices(list(WORK), list(WORK.values()))[0]
        yield Action(what, chance.random(), chance.random(), chance.uniform(0.05, 0.4))


def faults(seed: int, kinds: Iterable[str] = KINDS) -> Iterator[Fault]:
    """Answer what is broken, for ever: at first one fault of each kind, then decks of every fault there is.

    A cut of a connection comes once in a deck, each time in another way.
    """
    chance = Random(f"faults of {seed}")
    wanted = [kind for kind in KINDS if kind in set(kinds)]
    ways = [kind for kind in wanted if kind in CUTS]
    first = [_fault(chance, kind, chance.choice(TARGETS[kind])) for kind in wanted]
    chance.shuffle(first)
    yield from first
    turn = 0
    while True:
        deck = [(kind, target) for kind in wanted if kind not in CUTS for target in TARGETS[kind]]
        if ways:
            deck += [(ways[(place + turn) % len(ways)], link) for place, link in enumerate(LINKS)]
        chance.shuffle(deck)
        for kind, target in deck:
            yield _fault(chance, kind, target)
        turn += 1


def _fault(chance: Random, kind: str, target: str) -> Fault:
    seconds = SECONDS.get(kind, 0.0) * chance.uniform(0.5, 1.5)
    if kind == "blackhole" and target.endswith(">nats"):
        seconds += UNHEARD_SECONDS
    return Fault(kind, target, round(seconds, 2))
