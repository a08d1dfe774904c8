"""The plan of a run: actions and faults in an order that depends on the seed alone."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from deploy.chaos.kinds import CUTS, KINDS
from deploy.stack import CONSOLE, ENGINES, SERVICES, WORKER
from shared.inbox.durable import ACK_WAIT_SECONDS

# Relative frequency of each kind of work.
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

# Each process of ours with background work runs twice, so that another can take over.
TWINS = tuple(f"{name}-2" for name in (*SERVICES, WORKER))
PROCESSES = (CONSOLE, *SERVICES, WORKER, *TWINS, *ENGINES)
REACHES = {
    CONSOLE: ("postgres",),
    **{name: ENGINES for service in SERVICES for name in (service, f"{service}-2")},
    **{name: ("temporal",) for name in (WORKER, f"{WORKER}-2")},
}
LINKS = tuple(f"{name}>{engine}" for name, engines in REACHES.items() for engine in engines)

# The targets of each kind of fault.
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
# Longer than NATS waits for an acknowledgement, so that messages in progress are redelivered to the other process.
UNHEARD_SECONDS = float(ACK_WAIT_SECONDS)


@dataclass(frozen=True)
class Action:
    """One piece of ordinary work. `pick` selects its person and `choice` its variant from what exists at that time."""

    what: str
    pick: float
    choice: float
    pause: float


@dataclass(frozen=True)
class Fault:
    """One fault, for some seconds."""

    kind: str
    target: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.kind} {self.target}"


def actions(seed: int, client: int) -> Iterator[Action]:
    """Yield the actions of one client, for ever."""
    chance = Random(f"work {client} of {seed}")
    while True:
        what = chance.choices(list(WORK), list(WORK.values()))[0]
        yield Action(what, chance.random(), chance.random(), chance.uniform(0.05, 0.4))


def faults(seed: int, kinds: Iterable[str] = KINDS) -> Iterator[Fault]:
    """Yield faults for ever: at first one of each kind, then shuffled decks of every fault and target.

    Each connection is cut once in a deck, each time in another way.
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
