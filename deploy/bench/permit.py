"""A permit asked and answered: how long a message waits for intake's word before it may leave.

Ours: the sealed question as referrals asks it, over NATS to intake, which looks up the consent, keeps the permit and
answers. Bare: an empty question to the bare process on the same NATS, answered at once.
"""

import time
from dataclasses import replace
from typing import Any
from uuid import uuid4

from deploy.bench import waits
from deploy.bench.bare.__main__ import PING
from deploy.bench.people import agree, register
from deploy.bench.place import BARE_PARTS, Place
from deploy.bench.sizes import Sizes
from deploy.errors import StackError
from shared import asking
from shared.crypto import keyring
from shared.crypto.keyring import Keyring
from shared.crypto.opaque import opaque
from shared.permits import REQUEST_PERMITS, PermitRequest, PermitRequests, Permits

Json = dict[str, Any]
PATIENCE = 10.0
PARTS = ("safe_contact", "need")


async def ours(place: Place, person: str, agency: str, sizes: Sizes) -> list[float]:
    """Measure the milliseconds of each permit, one at a time. Raise StackError where intake grants none."""
    taken: list[float] = []
    for _ in range(sizes.permits):
        id = f"bench-{uuid4()}"
        told = [opaque(part, id) for part in PARTS]
        team = str(place.stack.folder.team())
        question = PermitRequests([PermitRequest(id, str(uuid4()), person, agency, "show", team, told)])
        begun = time.perf_counter()
        (permit,) = (await asking.ask(place.nats, REQUEST_PERMITS, question, Permits, PATIENCE)).answers
        taken.append((time.perf_counter() - begun) * 1000)
        if not permit.granted:
            raise StackError(f"intake permitted nothing ({permit.why}): the figure would mean nothing")
    return taken


async def bare(place: Place, sizes: Sizes) -> list[float]:
    """Measure the milliseconds of each bare question and answer, one at a time."""
    taken: list[float] = []
    for _ in range(sizes.permits):
        begun = time.perf_counter()
        await place.nats.request(f"{PING}.{BARE_PARTS[0]}", timeout=PATIENCE)
        taken.append((time.perf_counter() - begun) * 1000)
    return taken


async def take(place: Place, sizes: Sizes) -> list[Json]:
    """Measure the rounds, the sides in turn."""
    with keyring.using(Keyring.load(place.stack.folder.keys)):
        return await _rounds(place, sizes)


async def _rounds(place: Place, sizes: Sizes) -> list[Json]:
    (person,), agency = await register(place, 1, 1), str(uuid4())
    await agree(place, person, agency)
    await place.quiet()
    warm = replace(sizes, permits=max(2, sizes.permits // 5))
    await ours(place, person, agency, warm)
    await bare(place, warm)
    return await waits.rounds(
        place, "permit", sizes.rounds, ours=lambda: ours(place, person, agency, sizes), bare=lambda: bare(place, sizes)
    )
