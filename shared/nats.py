"""NATS, the transport of events: a connection that reconnects without limit, and one stream per service."""

import time
from typing import Any

import nats
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig, StreamInfo
from nats.js.errors import NotFoundError

from shared import log
from shared.settings import Settings

RECONNECT_WAIT_SECONDS = 0.5
QUIET_SECONDS = 10
# Within this window the server drops a second publish of one event id; the inbox drops any later one.
DUPLICATE_WINDOW_SECONDS = 600


async def connect(settings: Settings, name: str) -> Client:
    """Connect under a name; retry without limit, also after every loss of the connection."""
    logger = log.get(part=name)
    said_at = 0.0

    async def on_error(error: Exception) -> None:
        # Every attempt during an outage reports an error: one line per interval is enough.
        nonlocal said_at
        if time.monotonic() - said_at > QUIET_SECONDS:
            said_at = time.monotonic()
            logger.warning("nats error", error_type=type(error).__name__)

    async def on_disconnect() -> None:
        logger.warning("nats connection lost")

    async def on_reconnect() -> None:
        logger.info("nats connection back")

    return await nats.connect(  # pyright: ignore[reportUnknownMemberType]
        **options(settings),
        name=name,
        allow_reconnect=True,
        max_reconnect_attempts=-1,
        reconnect_time_wait=RECONNECT_WAIT_SECONDS,
        connect_timeout=2,
        error_cb=on_error,
        disconnected_cb=on_disconnect,
        reconnected_cb=on_reconnect,
    )


async def connect_once(settings: Settings) -> Client:
    """Connect for questions, without reconnecting. Raise when NATS does not answer."""

    async def silent(_: Exception) -> None:
        """Suppress the traceback that the library would print; the missing answer is reported by the caller."""

    return await nats.connect(  # pyright: ignore[reportUnknownMemberType]
        **options(settings), allow_reconnect=False, connect_timeout=2, error_cb=silent
    )


def options(settings: Settings) -> dict[str, Any]:
    """Return the address and credentials of NATS: the one place that reads these settings."""
    file = settings.nats_credentials_file
    return {"servers": settings.nats_url, "user_credentials": str(file) if file else None}


def stream_name(service: str) -> str:
    """Return the name of the stream that holds a service's events."""
    return service.upper()


async def ensure_stream(js: JetStreamContext, service: str, replicas: int = 1) -> StreamInfo:
    """Create a service's stream, or update an existing one to our settings. Never delete an event."""
    config = StreamConfig(
        name=stream_name(service),
        subjects=[f"alongside.{service}.>"],
        storage=StorageType.FILE,
        retention=RetentionPolicy.LIMITS,
        discard=DiscardPolicy.OLD,
        num_replicas=replicas,
        duplicate_window=DUPLICATE_WINDOW_SECONDS,
        max_age=0,
        max_msgs=-1,
        max_bytes=-1,
        max_msg_size=-1,
        max_msgs_per_subject=-1,
    )
    try:
        found = await js.stream_info(stream_name(service))
    except NotFoundError:
        return await js.add_stream(config)  # pyright: ignore[reportUnknownMemberType]
    if as_we_made_it(found, service, replicas):
        return found
    return await js.update_stream(config)  # pyright: ignore[reportUnknownMemberType]


def as_we_made_it(found: StreamInfo, service: str, replicas: int = 1) -> bool:
    """Return whether the stream has our settings: a limit set by hand would drop events that are not handled yet."""
    config = found.config
    limits = (config.max_msgs, config.max_bytes, config.max_msg_size, config.max_msgs_per_subject)
    return (
        config.subjects == [f"alongside.{service}.>"]
        and config.duplicate_window == DUPLICATE_WINDOW_SECONDS
        and config.num_replicas == replicas
        and config.discard in (None, DiscardPolicy.OLD)
        and not config.max_age
        and all(limit in (None, -1) for limit in limits)
    )
