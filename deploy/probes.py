"""Small probes of a running process, without a client library, so that a probe costs next to nothing."""

import asyncio
import contextlib
import struct

HOST = "127.0.0.1"
_SSL_REQUEST = struct.pack("!ii", 8, 80877103)


class Silent(Exception):
    """The process did not answer as a healthy one does."""


async def http(port: int, path: str) -> None:
    """Return when a GET is answered with 200. Raise Silent or OSError otherwise."""
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(f"GET {path} HTTP/1.0\r\nHost: {HOST}:{port}\r\nConnection: close\r\n\r\n".encode())
        words = (await reader.read(-1)).split(None, 2)
    finally:
        await _close(writer)
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
        raise Silent(f"{path} gives no answer")
    if (status := int(words[1])) != 200:
        raise Silent(f"{path} answers {status}")


async def postgres(port: int) -> None:
    """Return when the server accepts a connection and answers, also during recovery or at its connection limit."""
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(_SSL_REQUEST)
        await reader.readexactly(1)
    except asyncio.IncompleteReadError:
        raise Silent("it hung up") from None
    finally:
        await _close(writer)


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
