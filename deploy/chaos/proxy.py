"""A proxy between a process of ours and an engine, which can delay, hold or cut their connections."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

DELAY_SECONDS = 0.25
_CHUNK = 65_536
_AT_ONCE = struct.pack("ii", 1, 0)


class Proxy:
    """A TCP proxy from one port of this machine to another. `way` is what it does with data:

    "" forwards it; "delay" forwards it late; "blackhole" holds it without an error; "reset" has reset every connection
    and resets each new one.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self.way = ""
        self.ended = 0
        self._passing = asyncio.Event()
        self._passing.set()
        self._open: set[asyncio.StreamWriter] = set()
        self._at_work: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self, port: int) -> None:
        self._server = await asyncio.start_server(self._came, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and end every connection."""
        if self._server is not None:
            self._server.close()
        self._end_all()
        for task in self._at_work:
            task.cancel()
        await asyncio.gather(*self._at_work, return_exceptions=True)

    @asynccontextmanager
    async def cut(self, way: str) -> AsyncIterator[None]:
        """Treat data in this way while the block runs."""
        self.way = way
        if way == "blackhole":
            self._passing.clear()
        if way == "reset":
            self._end_all()
        try:
            yield
        finally:
            self.way = ""
            self._passing.set()

    def _end_all(self) -> None:
        for writer in list(self._open):
            self.ended += 1
            _reset(writer)

    async def _came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._at_work.add(task)
        self._open.add(writer)
        other: asyncio.StreamWriter | None = None
        try:
            if self.way == "reset":
                self.ended += 1
                _reset(writer)
                return
            await self._passing.wait()
            theirs, other = await asyncio.open_connection("127.0.0.1", self.target)
            self._open.add(other)
            ways = [asyncio.ensure_future(self._pass(reader, other)), asyncio.ensure_future(self._pass(theirs, writer))]
            try:
                # In these protocols nothing follows from one side after the other has ended.
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        except OSError:
            _reset(writer)  # the engine is unavailable: refuse the connection as it would
        finally:
            for each in (writer, other):
                if each is not None:
                    self._open.discard(each)
                    each.close()
            self._at_work.discard(task)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK):
                await self._passing.wait()
                if self.way == "delay":
                    await asyncio.sleep(DELAY_SECONDS)
                writer.write(data)
                await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection by a TCP reset, as a machine does that does not know the connection."""
    made: socket.socket | None = writer.get_extra_info("socket")
    with contextlib.suppress(OSError, AttributeError):
        if made is not None:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    writer.transport.abort()
