"""Small HTTP ports of a process beside its real work: how it is, and what it counts."""

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress

from shared import log

__all__ = ["CannotListen", "answering", "measured"]

SECONDS = 5.0
SCRAPE_SECONDS = 9.0
"""One less than Prometheus waits for by default."""
_LONGEST_REQUEST = 8_192
_METRICS = "text/plain; version=0.0.4; charset=utf-8"

Answer = Callable[[str], Awaitable[bytes]]


class CannotListen(Exception):
    """The port that others ask a process at is not to be had. The message is one line: where, why, what to do."""

    def __init__(self, host: str, port: int, error: OSError) -> None:
        why = os.strerror(error.errno) if error.errno else str(error)
        super().__init__(f"cannot listen on {host} port {port}: {why}; free it or set another")


@asynccontextmanager
async def answering(service: str, port: int, missing: Callable[[], Awaitable[list[str]]]) -> AsyncGenerator[None]:
    """Serve `/healthz` and `/readyz` on the loopback interface while the block runs, in the form of the services.

    `missing` names what the process waits for. Raise CannotListen when the port is in use: a process that nobody can
    ask how it is would be taken for dead, or another's answers for its own.
    """

    async def answer(path: str) -> bytes:
        if path == "/healthz":
            return _json(200, {"service": service, "pid": os.getpid()})
        if path == "/readyz":
            found = await missing()
            facts = {"service": service, "ready": not found, "missing": found, "pid": os.getpid()}
            return _json(503 if found else 200, facts)
        return _json(404, {"service": service})

    try:
        server = await _serve("127.0.0.1", port, answer, SECONDS)
    except OSError as error:
        raise CannotListen("127.0.0.1", port, error) from None
    async with server:
        yield


@asynccontextmanager
async def measured(service: str, host: str, port: int, text: Callable[[], Awaitable[bytes]]) -> AsyncGenerator[None]:
    """Serve `/metrics` while the block runs, and nothing else: this port is for those who watch the system alone.

    A process works on without it: when the address is in use or not of this machine, a warning is logged.
    """

    async def answer(path: str) -> bytes:
        if path == "/metrics":
            return _response(200, _METRICS, await text())
        return _json(404, {"service": service})

    try:
        server = await _serve(host, port, answer, SCRAPE_SECONDS)
    except OSError as error:
        log.get(part="health").warning("nobody can ask how it is", port=port, error_type=type(error).__name__)
        yield
        return
    async with server:
        yield


async def _serve(host: str, port: int, answer: Answer, seconds: float) -> asyncio.Server:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(Exception):
            async with asyncio.timeout(seconds):
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(None, 2)[1].decode("ascii").partition("?")[0]
                writer.write(await answer(path))
                await writer.drain()
        with suppress(Exception):
            writer.close()

    return await asyncio.start_server(serve, host, port, limit=_LONGEST_REQUEST)


def _json(status: int, facts: Mapping[str, object]) -> bytes:
    return _response(status, "application/json", json.dumps(facts).encode())


def _response(status: int, form: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status} \r\nContent-Type: {form}\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"Connection: close\r\n\r\n" + body
