"""The bare process: a worker with the SDK's defaults, and the consuming end of the bare hop."""

import asyncio
import json
import os
import signal
import time
from contextlib import suppress

from nats.aio.client import Client as Nats
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig
from psycopg.conninfo import make_conninfo
from psycopg_pool import AsyncConnectionPool
from temporalio.client import Client
from temporalio.worker import Worker

from deploy.bench.bare.names import QUEUE
from deploy.bench.bare.shapes import BarePlan, BareReferral
from deploy.bench.bare.work import BareActivities

STREAM, SUBJECT, HEARD, PING = "BENCH", "bench.js.>", "bench.heard", "bench.ping"
SETTINGS = "ALONGSIDE_BENCH_BARE"


async def _hear(nats: Nats) -> None:
    """Push delivery with an ack a message: what nats-py does fastest one message at a time."""

    async def heard(message: Msg) -> None:
        at = time.monotonic_ns()
        await message.ack()
        await nats.publish(HEARD, f"{message.data.decode()} {at}".encode())

    js = nats.jetstream()
    await js.add_stream(name=STREAM, subjects=[SUBJECT])
    await js.subscribe(SUBJECT, durable="bench", cb=heard, manual_ack=True, config=ConsumerConfig(ack_wait=15))


async def main() -> None:
    given = json.loads(os.environ[SETTINGS])
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    nats = Nats()
    await nats.connect(given["nats"])
    client = await Client.connect(given["temporal"])
    pool = AsyncConnectionPool(make_conninfo(**given["database"]), min_size=4, max_size=20, open=False)
    async with pool:
        worker = Worker(
            client,
            task_queue=QUEUE,
            workflows=[BarePlan, BareReferral],
            activities=BareActivities(pool).all(),
        )
        async with worker:
            await _hear(nats)

            async def ready(message: Msg) -> None:
                await message.respond(b"ready")

            await nats.subscribe(PING, cb=ready)
            await stop.wait()
    with suppress(Exception):
        await nats.close()


if __name__ == "__main__":
    asyncio.run(main())
