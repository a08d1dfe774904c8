"""The console's board over the same rows: the requests of a signed-in supervisor's browser, to a separate console.

The console joins names from intake and agencies from referrals of the bench's own stack; the rows of the board come
from the process that holds them.
"""

import os
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from deploy.bench.place import Place
from deploy.bench.sizes import Sizes
from deploy.demo import staff
from deploy.members import ALONGSIDE, answers
from deploy.ports import Ports
from deploy.program import Program
from deploy.stack import CONSOLE, console_url
from services.console.session import service as sessions
from services.console.web.cookies import SESSION
from shared.access.roles import Role
from shared.context import Actor
from shared.db.session import Database

PROCESS = "bench-console"
WARM = 20


async def take(
    place: Place, sizes: Sizes, casework: str, agencies: Sequence[str], workers: Sequence[str]
) -> dict[str, list[float]]:
    """Measure the milliseconds of each request, by kind of filter."""
    cookie = {"Cookie": f"{SESSION}={await _signed_in(place)}"}
    asked = _asked(agencies, workers)
    luck = random.Random(20080701)
    taken: dict[str, list[float]] = {name: [] for name in asked}
    async with _served(place, casework) as url:
        for number in range(WARM + sizes.pages):
            name = list(asked)[number % len(asked)]
            address = f"{url}/board{luck.choice(asked[name])}"
            begun = time.perf_counter()
            answer = await place.http.get(address, headers=cookie)
            if number >= WARM:
                taken[name].append((time.perf_counter() - begun) * 1000)
            assert answer.status_code == 200, f"the board's page answered {answer.status_code}"
    return taken


def _asked(agencies: Sequence[str], workers: Sequence[str]) -> dict[str, list[str]]:
    """Return the queries of the board: as it opens, and with each filter and order."""
    return {
        "whole": [""],
        "all": ["?all=yes", "?sort=since", "?sort=level"],
        "stage": [f"?stage={stage}" for stage in ("sent", "acknowledged", "accepted", "booked", "planned")],
        "worker": [f"?worker={worker}" for worker in workers],
        "who": ["?who=agency&kind=referral", "?who=us"],
        "agency": [f"?agency={agency}" for agency in agencies],
        "overdue": ["?overdue=yes", "?stalled=yes&sort=level"],
        "needs_me": ["?needs_me=yes", "?needs_me=yes&sort=since"],
    }


async def _signed_in(place: Place) -> str:
    """Open a supervisor's session and return its cookie, as after a sign-in."""
    accounts = await staff.hire(place.stack)
    database = Database(place.stack.settings(), CONSOLE, "work")
    try:
        async with database.transaction(Actor.service(CONSOLE)) as tx:
            return await sessions.begin(tx, accounts[Role.SUPERVISOR.value])
    finally:
        await database.dispose()


@asynccontextmanager
async def _served(place: Place, casework: str) -> AsyncIterator[str]:
    """Run a console that uses this casework; yield its address."""
    ports = Ports.free()
    url = console_url(ports)
    stack = place.stack
    program = Program(
        name=PROCESS,
        title="the board's console",
        command=(*ALONGSIDE, "service", CONSOLE),
        log=stack.folder.log(PROCESS),
        ready=lambda _: answers(ports.console),
        environment={
            **os.environ,
            **stack.environment(),
            "ALONGSIDE_TOKEN_PRIVATE_KEY_FILE": str(stack.folder.token_private_key),
            "ALONGSIDE_CONSOLE_PORT": str(ports.console),
            "ALONGSIDE_CONSOLE_URL": url,
            "ALONGSIDE_CASEWORK_URL": casework,
        },
    )
    await stack.supervisor.start(program)
    try:
        yield url
    finally:
        await stack.supervisor.stop(PROCESS)
