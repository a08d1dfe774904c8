"""The server inside a process: what it does to the connections it accepts."""

import asyncio
import socket

import httpx
from fastapi import FastAPI

from shared.http.server import serving


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_the_body_of_an_answer_does_not_wait_for_its_headers() -> None:
    """Without this option an answer's second write waits until the client has acknowledged the first: 40 ms."""
    port = _free_port()
    async with (
        serving(FastAPI(), "127.0.0.1", port, asyncio.Event(), asyncio.Event()) as server,
        httpx.AsyncClient(trust_env=False) as http,
    ):
        assert (await http.get(f"http://127.0.0.1:{port}/")).status_code == 404
        [connection] = server.server_state.connections
        accepted = connection.transport.get_extra_info("socket")
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
