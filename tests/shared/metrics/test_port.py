"""The port of `/metrics`: it says nothing else, and a process works without it."""

import asyncio

import httpx

from deploy.ports import Ports
from shared.health_port import measured
from shared.metrics.gathering import Gatherer
from tests.scrape import scraped, value


async def test_it_serves_metrics_and_nothing_else() -> None:
    port = Ports.free().intake_metrics
    async with measured("intake", "localhost", port, Gatherer([]).text):
        assert value(await scraped(port), "process_start_time_seconds") is not None
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            for path in ("/", "/healthz", "/readyz", "/people", "/metrics/all"):
                assert (await client.get(path)).status_code == 404


async def test_a_process_works_where_the_address_is_taken_or_not_of_this_machine() -> None:
    port = Ports.free().intake_metrics
    server = await asyncio.start_server(lambda _, __: None, "127.0.0.1", port)
    async with server:
        for host in ("127.0.0.1", "nowhere.invalid"):
            async with measured("intake", host, port, Gatherer([]).text):
                assert server.is_serving()
