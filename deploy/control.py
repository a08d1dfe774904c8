"""Requests of other commands to the running `up`, over a socket in the data folder, one line each way.

A socket and not a file, because requests must work above all when the disk is full. Access to the folder is the only
permission that is needed.
"""

import asyncio
import contextlib
import json
import os
import socket
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from deploy.errors import StackError
from deploy.supervisor import Supervisor

NAME = "control"


@asynccontextmanager
async def listening(folder: Path, supervisor: Supervisor) -> AsyncGenerator[None]:
    """Answer requests in this folder while the block runs."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError):
            wish = json.loads(await reader.readuntil(b"\n"))
            answer = await _answer(supervisor, wish)
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        writer.close()

    file = folder / NAME
    file.unlink(missing_ok=True)  # of an earlier run, or a copied folder's original
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with _short(folder) as short:
        listener.bind(f"{short}/{NAME}")
    file.chmod(0o600)
    server = await asyncio.start_unix_server(serve, sock=listener)
    try:
        yield
    finally:
        server.close()
        with contextlib.suppress(OSError):
            file.unlink(missing_ok=True)


async def ask(folder: Path, wish: dict[str, Any]) -> dict[str, Any]:
    """Send a request to the running stack. Raise StackError when none runs or the request is refused."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _short(folder) as short:
            connection.connect(f"{short}/{NAME}")
    except OSError:
        connection.close()
        raise StackError(f"no stack runs on {folder.parent}: run `alongside up --data {folder.parent}`") from None
    reader, writer = await asyncio.open_unix_connection(sock=connection)
    try:
        writer.write(json.dumps(wish).encode() + b"\n")
        await writer.drain()
        answer: dict[str, Any] = json.loads(await reader.readuntil(b"\n"))
    except (OSError, asyncio.IncompleteReadError, ValueError):
        raise StackError("the stack ended before it answered") from None
    finally:
        writer.close()
    if "error" in answer:
        raise StackError(str(answer["error"]))
    return answer


async def _answer(supervisor: Supervisor, wish: Any) -> dict[str, Any]:
    try:
        return {"pid": await supervisor.restart(str(wish["restart"]))}
    except StackError as error:
        return {"error": str(error)}
    except (KeyError, TypeError):
        return {"error": "the running stack does not know this wish: is it of another version?"}


@contextmanager
def _short(folder: Path) -> Iterator[str]:
    """Yield a path to the folder that fits into a socket address, however long the folder's own path is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        yield f"/proc/self/fd/{handle}" if sys.platform.startswith("linux") else str(folder)
    finally:
        os.close(handle)
