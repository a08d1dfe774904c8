"""A connection to the workflow engine that waits until a suitable engine answers, rather than failing."""

import asyncio
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

from temporalio.client import Client
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)
from temporalio.service import RPCError

from shared import log
from shared.crypto.codec import data_converter
from shared.settings import Settings
from shared.temporal import server

FIRST_WAIT_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 5.0
_LOOPBACK = "127.0.0.1"
_measured = False
_own_port: int | None = None  # where the SDK's exporter listens; one runtime serves a whole process


def _nobody(_: str) -> None:
    return None


async def connect(settings: Settings, says: Callable[[str], None] = _nobody) -> Client:
    """Connect, retrying for ever with growing waits; every payload of this client is sealed.

    A server that lacks what the code needs counts as unavailable. `says` is called after each try with what the server
    lacks, or with "" when the server does not answer or lacks nothing.
    """
    _bring_logs_home()
    wait = FIRST_WAIT_SECONDS
    while True:
        try:
            client = await Client.connect(**options(settings), data_converter=data_converter())
            reason = "; ".join(await server.lacks(client))
            says(reason)
            if not reason:
                return client
            why = {"reason": reason}
        except (RuntimeError, OSError, RPCError) as error:
            says("")
            why = {"error_type": type(error).__name__}
        log.get().warning(
            "waiting for the workflow engine", address=settings.temporal_address, delay_seconds=wait, **why
        )
        await asyncio.sleep(wait)
        wait = min(wait * 2, LONGEST_WAIT_SECONDS)


async def connect_once(settings: Settings) -> Client:
    """Connect for questions about the engine itself, without keys for payloads. Raise when it does not answer."""
    return await Client.connect(**options(settings))


def options(settings: Settings) -> dict[str, Any]:
    """Return the connection options of every client: the only place that reads these settings."""
    api_key = settings.temporal_api_key
    return {
        "target_host": settings.temporal_address,
        "namespace": settings.temporal_namespace,
        "tls": settings.temporal_tls,
        "api_key": api_key.get_secret_value() if api_key else None,
    }


def measure() -> None:
    """Have the SDK count what it does, for `own_metrics`. Called before the first connection of a process."""
    global _measured
    _measured = True


async def own_metrics() -> str:
    """Return what the SDK counts, as text. Raise when it counts nothing, or does not answer."""
    if _own_port is None:
        raise ConnectionError("the SDK counts nothing yet")
    reader, writer = await asyncio.open_connection(_LOOPBACK, _own_port)
    try:
        writer.write(b"GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n")
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    finally:
        writer.close()
    if head.split(None, 2)[1:2] != [b"200"]:
        raise ConnectionError("the SDK's exporter does not answer")
    return body.decode()


@cache
def _bring_logs_home() -> None:
    """Have the SDK's own engine log through our loggers, without its fields, instead of straight to the console."""
    global _own_port
    forwarding = LogForwardingConfig(
        logger=logging.getLogger("temporalio.core"), append_log_fields_to_message=False, append_target_to_name=False
    )
    logs = LoggingConfig(TelemetryFilter(core_level="WARN", other_level="ERROR"), forwarding)
    metrics, port = _exporter() if _measured else (None, None)
    try:
        runtime = Runtime(telemetry=TelemetryConfig(logging=logs, metrics=metrics))
    except ValueError:  # somebody took the port in between: work goes on, and /metrics says that this is missing
        runtime, port = Runtime(telemetry=TelemetryConfig(logging=logs)), None
    with suppress(RuntimeError):  # set already: by an earlier connection or by the embedding process
        Runtime.set_default(runtime)
        _own_port = port


def _exporter() -> tuple[PrometheusConfig, int]:
    """Return an exporter of the SDK on a free port of the loopback interface, where `/metrics` fetches what it says."""
    with socket.socket() as probe:
        probe.bind((_LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    config = PrometheusConfig(
        f"{_LOOPBACK}:{port}", counters_total_suffix=True, unit_suffix=True, durations_as_seconds=True
    )
    return config, port
