"""Connecting waits for the engine and seals what it sends."""

import asyncio
import socket

from shared.crypto.codec import SealedCodec
from shared.settings import Settings
from shared.temporal.client import connect


async def test_it_waits_until_the_engine_is_there(settings: Settings) -> None:
    """The port answers nobody at first; then it leads to the real engine."""
    host, _, port = settings.temporal_address.rpartition(":")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    waiting = asyncio.create_task(connect(settings.model_copy(update={"temporal_address": f"127.0.0.1:{number}"})))
    await asyncio.sleep(0.5)
    assert not waiting.done()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection(host, int(port))

        async def copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while data := await source.read(65536):
                sink.write(data)
                await sink.drain()

        async with asyncio.TaskGroup() as both:
            both.create_task(copy(reader, up_writer))
            both.create_task(copy(up_reader, writer))

    async with await asyncio.start_server(forward, "127.0.0.1", number):
        client = await asyncio.wait_for(waiting, 20)
        assert client.namespace == settings.temporal_namespace
        assert isinstance(client.data_converter.payload_codec, SealedCodec)
        del client
