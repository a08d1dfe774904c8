"""Health endpoints of a process that serves no other HTTP: alive when it answers, ready when nothing is missing."""

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress

from shared import log

__all__ = ["answering"]

SECONDS = 5.0
_LONGEST_REQUEST = 8_192


@asynccontextmanager
async def answering(service: str, port: int, missing: Callable[[], Awaitable[list[str]]]) -> AsyncGenerator[None]:
    """Serve `/healthz` and `/readyz` on the loopback interface while the block runs, in the form of the services.

    `missing` names what the process waits for. When the port is in use, the block runs without the endpoints and a
    warning is logged.
    """

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(Exception):
            async with asyncio.timeout(SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(None, 2)[1].decode("ascii").partition("?")[0]
                writer.write(await _answer(service, path, missing))
                await writer.drain()
        with suppress(Exception):
            writer.close()

    try:
        server = await asyncio.start_server(serve, "127.0.0.1", port, limit=_LONGEST_REQUEST)
    except OSError as error:
        log.get(part="health").warning("nobody can ask how it is", port=port, error_type=type(error).__name__)
        yield
        return
    async with server:
        yield


async def _answer(service: str, path: str, missing: Callable[[], Awaitable[list[str]]]) -> bytes:
    if path == "/healthz":
        return _response(200, {"service": service, "pid": os.getpid()})
    if path == "/readyz":
        found = await missing()
        facts = {"service": service, "ready": not found, "missing": found, "pid": os.getpid()}
        return _response(503 if found else 200, facts)
    return _response(404, {"service": service})


def _response(status: int, facts: Mapping[str, object]) -> bytes:
    body = json.dumps(facts).encode()
    head = f"HTTP/1.1 {status} \r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"Connection: close\r\n\r\n" + body
