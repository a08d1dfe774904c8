"""The HTTP server of a process with other work: it installs no signal handlers and stops on request."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress

import uvicorn
from fastapi import FastAPI

from shared.health_port import CannotListen
from shared.supervise import wait_first

__all__ = ["CannotListen", "Server", "serving"]

GRACE_SECONDS = 5
# Longer than any client or proxy keeps an idle connection (httpx 5 s, usual proxies 60 s), so that they close it. If
# the server closed it, a request sent at that moment would be lost without a response.
IDLE_SECONDS = 75


class Server(uvicorn.Server):
    """A uvicorn server without signal handlers: the process handles signals and stops its parts in order."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening, self.ended = asyncio.Event(), asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.listening.set()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    @property
    def failed(self) -> bool:
        """Whether the server ended without having been stopped."""
        return self.ended.is_set() and not self.should_exit


@asynccontextmanager
async def serving(
    app: FastAPI, host: str, port: int, stopping: asyncio.Event, force: asyncio.Event, proxies: str = ""
) -> AsyncGenerator[Server]:
    """Serve while the block runs; connections are accepted before the block begins.

    `proxies` are the addresses or networks, comma-separated, whose X-Forwarded-For and X-Forwarded-Proto are trusted.
    At the end `stopping` is set (open event streams end themselves), and running requests have five seconds, or less
    once `force` is set. Raise CannotListen when the port is in use.
    """
    listener = _listen(host, port)
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=IDLE_SECONDS,
    )
    server = Server(config)

    async def run() -> None:
        try:
            await server.serve(sockets=[listener])
        finally:
            server.ended.set()

    task = asyncio.create_task(run(), name="http")
    try:
        await wait_first(server.listening.wait(), server.ended.wait())
        yield server
    finally:
        stopping.set()
        server.should_exit = True
        await wait_first(server.ended.wait(), force.wait())
        server.force_exit = True
        with suppress(Exception):
            await task


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named, or asyncio does not recognise the connections as TCP and leaves Nagle's algorithm on: the
    # body of every response would arrive 40 ms after its headers.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise CannotListen(host, port, error) from None
    listener.setblocking(False)
    return listener
