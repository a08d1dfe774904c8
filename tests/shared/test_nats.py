"""The pipe: streams keep what they were given, settings are brought up to date, connections outlive the server."""

import asyncio
import socket

from nats.aio.client import Client
from nats.js.api import StorageType, StreamConfig

from shared import nats
from shared.settings import Settings


async def test_a_stream_is_made_once_and_on_disk(fresh_streams: Client) -> None:
    js = fresh_streams.jetstream()
    made = await nats.ensure_stream(js, "intake")
    assert made.config.name == "INTAKE" and made.config.subjects == ["alongside.intake.>"]
    assert made.config.storage == StorageType.FILE
    await js.publish("alongside.intake.contact.logged", b"{}", headers={"Nats-Msg-Id": "e-1"})
    twin = await js.publish("alongside.intake.contact.logged", b"{}", headers={"Nats-Msg-Id": "e-1"})
    assert twin.duplicate
    again = await nats.ensure_stream(js, "intake")
    assert again.created == made.created and again.state.messages == 1


async def test_an_older_stream_is_brought_to_our_settings(fresh_streams: Client) -> None:
    js = fresh_streams.jetstream()
    await js.add_stream(StreamConfig(name="CASEWORK", subjects=["alongside.casework.old"]))
    await js.publish("alongside.casework.old", b"{}")
    found = await nats.ensure_stream(js, "casework")
    assert found.config.subjects == ["alongside.casework.>"] and found.state.messages == 1
    assert found.config.duplicate_window == nats.DUPLICATE_WINDOW_SECONDS


async def test_connecting_waits_for_the_server(settings: Settings) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    waiting = asyncio.create_task(
        nats.connect(settings.model_copy(update={"nats_url": f"nats://127.0.0.1:{port}"}), "test")
    )
    await asyncio.sleep(1.2)
    assert not waiting.done()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)


async def test_the_connection_is_named(settings: Settings) -> None:
    connection = await nats.connect(settings, "intake relay")
    try:
        assert connection.is_connected and connection.options["name"] == "intake relay"
        assert connection.options["max_reconnect_attempts"] == -1
    finally:
        await connection.close()
