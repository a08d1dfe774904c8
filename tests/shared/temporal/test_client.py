"""Connecting waits for the engine and seals what it sends."""

import asyncio

from deploy.chaos.proxy import Proxy
from shared.crypto.codec import SealedCodec
from shared.settings import Settings
from shared.temporal.client import connect
from tests.shared.ground import until


async def test_it_waits_until_the_engine_is_there(settings: Settings) -> None:
    """The port refuses everybody at first; then it leads to the real engine."""
    door = Proxy(int(settings.temporal_address.rpartition(":")[2]))
    await door.start(0)
    try:
        async with door.cut("reset"):
            here = settings.model_copy(update={"temporal_address": f"127.0.0.1:{door.port}"})
            waiting = asyncio.create_task(connect(here))

            async def refused_twice() -> bool:
                return door.ended >= 2

            await until(refused_twice)
            assert not waiting.done()
        client = await asyncio.wait_for(waiting, 20)
        assert client.namespace == settings.temporal_namespace
        assert isinstance(client.data_converter.payload_codec, SealedCodec)
        del client
    finally:
        await door.stop()
