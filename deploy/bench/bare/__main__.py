"""The bare processes: workers with the SDK's defaults, and the consuming end of the bare hop.

`watch` runs workflows. `work` runs their activities and consumes the hop; it also runs both kinds, for the variant of
one process.
"""

import asyncio
import json
import os
import signal
import sys
import time
from contextlib import AsyncExitStack, suppress

from nats.aio.client import Client as Nats
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig
from psycopg.conninfo import make_conninfo
from psycopg_pool import AsyncConnectionPool
from temporalio.client import Client
from temporalio.worker import Worker

from deploy.bench.bare.names import ALONE, QUEUE, WORK
from deploy.bench.bare.shapes import BarePlan, BareReferral
from deploy.bench.bare.work import BareActivities

STREAM, SUBJECT, HEARD, PING = "BENCH", "bench.js.>", "bench.heard", "bench.ping"
SETTINGS = "ALONGSIDE_BENCH_BARE"
WORKFLOWS = [BarePlan, BareReferral]


async def _consume(nats: Nats) -> None:
    """Consume by push delivery with an ack per message, the fastest way of nats-py for single messages."""

    async def heard(message: Msg) -> None:
        at = time.monotonic_ns()
        await message.ack()
        await nats.publish(HEARD, f"{message.data.decode()} {at}".encode())

    js = nats.jetstream()
    await js.add_stream(name=STREAM, subjects=[SUBJECT])
    await js.subscribe(SUBJECT, durable="bench", cb=heard, manual_ack=True, config=ConsumerConfig(ack_wait=15))


async def _serve(nats: Nats, part: str, stop: asyncio.Event, *workers: Worker) -> None:
    async with AsyncExitStack() as running:
        for worker in workers:
            await running.enter_async_context(worker)

        async def ready(message: Msg) -> None:
            await message.respond(b"ready")

        await nats.subscribe(f"{PING}.{part}", cb=ready)
        await stop.wait()


async def main(part: str) -> None:
    given = json.loads(os.environ[SETTINGS])
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    nats = Nats()
    await nats.connect(given["nats"])
    client = await Client.connect(given["temporal"])
    if part == "watch":
        await _serve(nats, part, stop, Worker(client, task_queue=QUEUE, workflows=WORKFLOWS))
    else:
        async with AsyncConnectionPool(make_conninfo(**given["database"]), min_size=4, max_size=20, open=False) as pool:
            activities = BareActivities(pool).all()
            await _consume(nats)
            await _serve(
                nats,
                part,
                stop,
                Worker(client, task_queue=WORK, activities=activities),
                Worker(client, task_queue=ALONE, workflows=WORKFLOWS, activities=activities),
            )
    with suppress(Exception):
        await nats.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
