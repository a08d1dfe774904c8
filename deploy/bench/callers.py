"""A cheap HTTP client: connections stay open, and a token is used for minutes."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import uuid4

import httpx

from deploy.errors import StackError
from deploy.stack import Stack

Json = dict[str, Any]
T = TypeVar("T")
TOKEN_SECONDS = 300.0


class Caller:
    """An HTTP client as one user of one role."""

    def __init__(self, http: httpx.AsyncClient, stack: Stack, role: str, sub: str) -> None:
        self._http, self._stack, self._role, self._sub = http, stack, role, sub
        self._headers: dict[str, str] = {}
        self._until = 0.0

    async def post(self, service: str, path: str, body: Json) -> Json:
        headers = {**self.headers(), "Idempotency-Key": str(uuid4())}
        return _answer(await self._http.post(self._stack.url(service) + path, json=body, headers=headers))

    async def get(self, service: str, path: str, **params: Any) -> Json:
        return _answer(await self._http.get(self._stack.url(service) + path, params=params, headers=self.headers()))

    def headers(self) -> dict[str, str]:
        if time.monotonic() > self._until:
            self._headers = {"Authorization": f"Bearer {self._stack.token(self._role, sub=self._sub)}"}
            self._until = time.monotonic() + TOKEN_SECONDS
        return self._headers


def _answer(response: httpx.Response) -> Json:
    if response.is_error:
        where = f"{response.request.method} {response.request.url.path}"
        raise StackError(f"{where} answered {response.status_code}: {response.text[:300]}")
    return response.json()


@asynccontextmanager
async def http_client() -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    async with httpx.AsyncClient(timeout=60, limits=limits, trust_env=False) as http:
        yield http


async def some_at_once(of: Iterable[T], do: Callable[[T], Awaitable[Any]], at_once: int) -> list[Any]:
    """Call `do` for each item, `at_once` at a time; return the results in order. The first failure cancels all."""
    waiting = list(enumerate(of))
    answers: list[Any] = [None] * len(waiting)
    waiting.reverse()

    async def take() -> None:
        while waiting:
            place, each = waiting.pop()
            answers[place] = await do(each)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(min(at_once, len(waiting))):
            tasks.create_task(take())
    return answers
