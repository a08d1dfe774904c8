"""The pipe between services: a connection that never gives up, and one stream per service."""

import time

import nats
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig, StreamInfo
from nats.js.errors import NotFoundError

from shared import log
from shared.settings import Settings

RECONNECT_WAIT_SECONDS = 0.5
QUIET_SECONDS = 10
# Within this window the server drops a second publish of one event id; the inbox catches any later one.
DUPLICATE_WINDOW_SECONDS = 600


async def connect(settings: Settings, name: str) -> Client:
    """Connect under a name, trying again for ever, also after every loss."""
    logger = log.get(part=name)
    said_at = 0.0

    async def on_error(error: Exception) -> None:
        # Every try of an outage reports an error: one line now and then says as much.
        nonlocal said_at
        if time.monotonic() - said_at > QUIET_SECONDS:
            said_at = time.monotonic()
            logger.warning("nats error", error_type=type(error).__name__)

    async def on_disconnect() -> None:
        logger.warning("nats connection lost")

    async def on_reconnect() -> None:
        logger.info("nats connection back")

    return await nats.connect(  # pyright: ignore[reportUnknownMemberType]
        settings.nats_url,
        name=name,
        user_credentials=str(settings.nats_credentials_file) if settings.nats_credentials_file else None,
        allow_reconnect=True,
        max_reconnect_attempts=-1,
        reconnect_time_wait=RECONNECT_WAIT_SECONDS,
        connect_timeout=2,
        error_cb=on_error,
        disconnected_cb=on_disconnect,
        reconnected_cb=on_reconnect,
    )


def stream_name(service: str) -> str:
    """The stream that holds a service's events."""
    return service.upper()


async def ensure_stream(js: JetStreamContext, service: str, replicas: int = 1) -> StreamInfo:
    """Make a service's stream, or bring the one there to our settings. Never deletes an event."""
    config = StreamConfig(
        name=stream_name(service),
        subjects=[f"alongside.{service}.>"],
        storage=StorageType.FILE,
        retention=RetentionPolicy.LIMITS,
        discard=DiscardPolicy.OLD,
        num_replicas=replicas,
        duplicate_window=DUPLICATE_WINDOW_SECONDS,
    )
    try:
        found = await js.stream_info(stream_name(service))
    except NotFoundError:
        return await js.add_stream(config)  # pyright: ignore[reportUnknownMemberType]
    same = (
        found.config.subjects == config.subjects
        and found.config.duplicate_window == config.duplicate_window
        and found.config.num_replicas == config.num_replicas
    )
    if same:
        return found
    return await js.update_stream(config)  # pyright: ignore[reportUnknownMemberType]
