"""The cups as a whole service, to be run as a process: `python -m tests.shared.http.cup_service`."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from temporalio import activity

from shared import process_exit
from shared.http.app import create_app
from shared.http.deps import Platform
from shared.http.routes import PUBLIC, Routes
from shared.http.state import Services
from shared.process import Service, run_service
from tests.shared.http import cups


@activity.defn(name="referrals.nap")
async def nap(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "rested"


def slow_routes() -> Routes:
    routes = Routes("/slow", tags=["slow"])
    under_way: list[str] = []

    @routes.get("/answer", allow=PUBLIC, limit=None)
    async def answer(ground: Platform) -> dict[str, bool]:
        under_way.append("answer")
        await ground.stopping.wait()
        await asyncio.sleep(0.3)
        return {"stopping": True}

    @routes.get("/under-way", allow=PUBLIC, limit=None)
    async def asked() -> list[str]:
        return under_way

    @routes.get("/stream", allow=PUBLIC, limit=None, response_class=StreamingResponse)
    async def stream(ground: Platform) -> StreamingResponse:
        async def lines() -> AsyncIterator[bytes]:
            yield b"data: hello\n\n"
            await ground.stopping.wait()
            yield b"data: bye\n\n"

        return StreamingResponse(lines(), media_type="text/event-stream")

    return routes


def create(services: Services) -> FastAPI:
    return create_app(services, [cups.build(), slow_routes()])


def service(**more: Any) -> Service:
    return Service(cups.SERVICE, app=create, activities=lambda _: [nap], **more)


if __name__ == "__main__":
    cups.allow_cups()
    process_exit.after(lambda: run_service(service()))
