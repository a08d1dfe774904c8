"""A connection to the workflow engine that waits for the engine rather than failing."""

import asyncio

from temporalio.client import Client

from shared import log
from shared.crypto.codec import data_converter
from shared.settings import Settings

FIRST_WAIT_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 5.0


async def connect(settings: Settings) -> Client:
    """Connect, trying again for ever with growing waits; every payload of this client is sealed."""
    wait = FIRST_WAIT_SECONDS
    api_key = settings.temporal_api_key
    while True:
        try:
            return await Client.connect(
                settings.temporal_address,
                namespace=settings.temporal_namespace,
                tls=settings.temporal_tls,
                api_key=api_key.get_secret_value() if api_key else None,
                data_converter=data_converter(),
            )
        except (RuntimeError, OSError) as error:
            log.get().warning(
                "waiting for the workflow engine",
                address=settings.temporal_address,
                delay_seconds=wait,
                error_type=type(error).__name__,
            )
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)
