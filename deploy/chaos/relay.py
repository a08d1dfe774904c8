"""A mail relay of our own, which stores every email in the stack's folder, or refuses us for a while."""

import asyncio
import contextlib
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from pathlib import Path

LONGEST = 30_000_000
REFUSED = b"550 5.7.1 we take nothing from you (synthetic)\r\n"
_ID = re.compile(r"<([^@>]+)@")


class Relay:
    """A minimal SMTP server. `taken` counts by Message-ID how often an email was delivered."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.taken: Counter[str] = Counter()
        self.refused = 0
        self.met = asyncio.Event()  # a delivery has been refused since `refusing` began
        self.port = 0
        self._refuses = False
        self._server: asyncio.Server | None = None
        self._at_work: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._came, "127.0.0.1", 0, limit=LONGEST)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._at_work:
            task.cancel()
        await asyncio.gather(*self._at_work, return_exceptions=True)

    def settings(self) -> dict[str, str]:
        """Return the settings by which services use this relay."""
        return {
            "ALONGSIDE_SMTP_HOST": "127.0.0.1",
            "ALONGSIDE_SMTP_PORT": str(self.port),
            "ALONGSIDE_SMTP_STARTTLS": "false",
        }

    @asynccontextmanager
    async def refusing(self) -> AsyncIterator[None]:
        """Refuse us, whoever the recipient is, while the block runs."""
        self._refuses = True
        self.met.clear()
        try:
            yield
        finally:
            self._refuses = False

    async def _came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._at_work.add(task)
        try:
            with contextlib.suppress(OSError, ValueError, asyncio.IncompleteReadError):
                await self._talk(reader, writer)
        finally:
            self._at_work.discard(task)
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 chaos.invalid\r\n")
        while line := await reader.readline():
            verb = line.split(maxsplit=1)[0].upper() if line.strip() else b""
            if verb in (b"EHLO", b"HELO"):
                answer = b"250 chaos.invalid\r\n"
            elif verb == b"RCPT" and self._refuses:
                self.refused += 1
                self.met.set()
                answer = REFUSED
            elif verb == b"DATA":
                writer.write(b"354 go on\r\n")
                raw = await reader.readuntil(b"\r\n.\r\n")
                await asyncio.to_thread(self._take, raw[:-3].replace(b"\r\n..", b"\r\n."))
                answer = b"250 taken\r\n"
            elif verb == b"QUIT":
                writer.write(b"221 bye\r\n")
                await writer.drain()
                return
            else:
                answer = b"250 well\r\n"
            writer.write(answer)
            await writer.drain()

    def _take(self, raw: bytes) -> None:
        found = _ID.match(message_from_bytes(raw)["Message-ID"] or "")
        name = found.group(1) if found else "without-an-id"
        self.taken[name] += 1
        # The same email again overwrites the same file.
        (self.folder / f"{name}.eml").write_bytes(raw)
