"""One hop: from the commit in one service to the commit of its effect in another, beside bare JetStream.

Ours: a contact is logged over HTTP; intake's commit of the contact and casework's commit of its effect are both read
from PostgreSQL (`pg_xact_commit_timestamp`), so neither HTTP nor polling is included. Bare: from before the publish to
the callback of a subscriber in another process, by the machine's monotonic clock.
"""

import asyncio
import time
from dataclasses import replace
from typing import Any

from nats.aio.msg import Msg

from deploy.bench import waits
from deploy.bench.bare.__main__ import HEARD
from deploy.bench.people import hire, register
from deploy.bench.place import Place
from deploy.bench.sizes import Sizes

Json = dict[str, Any]
PATIENCE = 60.0
COMMITTED = "SELECT id::text, extract(epoch FROM pg_xact_commit_timestamp(xmin)) FROM {} WHERE id = ANY(%s::uuid[])"
BODY = bytes(500).replace(b"\0", b"x")


async def ours(place: Place, person: str, sizes: Sizes) -> list[float]:
    """Measure the milliseconds of each hop of ours, one at a time."""
    ids: list[str] = []
    for _ in range(sizes.hops):
        body = {"kind": "met", "channel": "in_person", "place": "day centre (synthetic)"}
        made = await place.worker.post("intake", f"/people/{person}/contacts", body)
        ids.append(str(made["id"]))
        await asyncio.sleep(sizes.hop_pause_seconds)
    count = "SELECT count(*) FROM heard_contacts WHERE id = ANY(%s::uuid[])"
    await place.until("casework", count, (ids,), len(ids), PATIENCE)
    told, heard = (
        await _commits(place, "intake", "contacts", ids),
        await _commits(place, "casework", "heard_contacts", ids),
    )
    return [(heard[each] - told[each]) * 1000 for each in ids]


async def _commits(place: Place, database: str, table: str, ids: list[str]) -> dict[str, float]:
    rows = await (await place.databases[database].execute(COMMITTED.format(table), (ids,))).fetchall()  # type: ignore[arg-type]
    return {str(id): float(at) for id, at in rows}


async def bare(place: Place, sizes: Sizes) -> list[float]:
    """Measure the milliseconds of each bare hop, one at a time."""
    heard: dict[int, int] = {}
    news = asyncio.Event()

    async def note(message: Msg) -> None:
        place_in_row, _, at = message.data.split()
        heard[int(place_in_row)] = int(at)
        news.set()

    subscription = await place.nats.subscribe(HEARD, cb=note)
    js = place.nats.jetstream()
    told: dict[int, int] = {}
    for number in range(sizes.hops):
        told[number] = time.monotonic_ns()
        await js.publish("bench.js.hop", f"{number} ".encode() + BODY)
        await asyncio.sleep(sizes.hop_pause_seconds)
    async with asyncio.timeout(PATIENCE):
        while len(heard) < sizes.hops:
            news.clear()
            await news.wait()
    await subscription.unsubscribe()
    return [(heard[number] - told[number]) / 1e6 for number in range(sizes.hops)]


async def take(place: Place, sizes: Sizes) -> list[Json]:
    """Measure the rounds, the sides in turn."""
    (person,) = await register(place, 1, 1)
    await place.quiet()
    await hire(place, "bench-worker")
    await place.supervisor.post("casework", "/cases", {"person_id": person, "worker_id": "bench-worker"})
    warm = replace(sizes, hops=max(2, sizes.hops // 5))
    await ours(place, person, warm)
    await bare(place, warm)
    return await waits.rounds(
        place, "hop", sizes.rounds, ours=lambda: ours(place, person, sizes), bare=lambda: bare(place, sizes)
    )
