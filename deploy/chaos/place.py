"""The stack of a run: a throw-away stack with two of each process, and a proxy on each connection."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

import httpx

from deploy import members, throwaway
from deploy.chaos import disk
from deploy.chaos.ledger import Ledger
from deploy.chaos.load import Client, Gate
from deploy.chaos.plan import LINKS, REACHES, TWINS
from deploy.chaos.proxy import Proxy
from deploy.chaos.relay import Relay
from deploy.demo.api import Caller
from deploy.demo.setting import Setting, setting
from deploy.ports import Ports
from deploy.stack import WORKER, Stack

Say = Callable[[str], None]
CLIENTS = 4
# Shorter than elsewhere, because a run lasts minutes; its freezes are shorter still.
UNWELL_SECONDS = 20.0
RECONCILE_SECONDS = "10"


@dataclass
class Place:
    """The stack with its proxies, relay, clients and ledger. `no_disk` says why its disk cannot be filled."""

    stack: Stack
    disk: Path
    no_disk: str
    proxies: dict[str, Proxy]
    relay: Relay
    scene: Setting
    team: UUID
    say: Say
    gate: Gate = field(default_factory=Gate)
    ledger: Ledger = field(default_factory=Ledger)
    seen: Counter[str] = field(default_factory=Counter[str])
    refused: Counter[str] = field(default_factory=Counter[str])
    clients: list[Client] = field(default_factory=list[Client])
    undone: set[UUID] = field(default_factory=set[UUID])


@asynccontextmanager
async def place(say: Say) -> AsyncIterator[Place]:
    """Start everything and yield when it is ready; nothing is left afterwards."""
    async with AsyncExitStack() as opened:
        folder = opened.enter_context(throwaway.folder("alongside-chaos-"))
        no_disk = opened.enter_context(disk.mounted(folder))
        mails = folder / "data" / "mail"
        relay = Relay(mails)
        opened.push_async_callback(relay.stop)
        await relay.start()
        ports, second, proxies = Ports.free(), Ports.free(), dict[str, Proxy]()
        for link in LINKS:
            proxies[link] = proxy = Proxy(getattr(ports, link.partition(">")[2]))
            opened.push_async_callback(proxy.stop)
            await proxy.start(0)
        stack = Stack(
            folder / "data",
            ports,
            practice_clock=True,
            durable=False,
            dynamic_config={"activity.enableStandalone": "false"},
            extra_environment={**relay.settings(), "ALONGSIDE_RECONCILE_SECONDS": RECONCILE_SECONDS},
            through={name: _through(name, ports, second, proxies) for name in REACHES},
            say=say,
            unwell_seconds=UNWELL_SECONDS,
        )
        opened.push_async_callback(stack.stop)
        await stack.start()
        await asyncio.gather(*(start_twin(stack, name) for name in TWINS))
        team = stack.folder.team()
        scene = await opened.enter_async_context(setting(stack))
        await scene.load_directory()
        http = await opened.enter_async_context(httpx.AsyncClient(timeout=30, trust_env=False))
        found = Place(stack, folder, no_disk, proxies, relay, scene, team, say)
        found.clients += [_client(found, http, number) for number in range(CLIENTS)]
        yield found


async def start_twin(stack: Stack, name: str) -> None:
    """Start the second process of a service or of the worker, with ports of its own."""
    own = name.removesuffix("-2")
    environment = stack.environment(name)
    ports = replace(stack.ports, **{own: int(environment[f"ALONGSIDE_{own.upper()}_PORT"])})
    if own == WORKER:
        program = members.worker(stack.folder, ports, environment)
    else:
        program = members.service(own, stack.folder, ports, environment)
    await stack.supervisor.start(replace(program, name=name, title=name, log=stack.folder.log(name)))


def _through(name: str, ports: Ports, second: Ports, proxies: dict[str, Proxy]) -> Ports:
    """Return the ports that a process uses: engines behind its own proxies, and its own port."""
    between = {engine: proxies[f"{name}>{engine}"].port for engine in REACHES[name]}
    own = name.removesuffix("-2")
    return replace(ports, **between, **({own: getattr(second, own)} if name in TWINS else {}))


def _client(found: Place, http: httpx.AsyncClient, number: int) -> Client:
    stack, team = found.stack, found.team

    def token(role: str, sub: str) -> Callable[[], str]:
        return lambda: stack.token(role, teams=[team], sub=sub)

    worker = Caller(http, stack.url, token("worker", f"synthetic-mpc-{number}"))
    scene = replace(found.scene, worker=worker, agency=Caller(http, stack.url, None))
    return Client(scene, token("system", "synthetic-gateway"), http, found.ledger, found.seen, found.refused)
