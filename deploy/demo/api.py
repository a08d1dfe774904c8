"""Clients of the public HTTP APIs: one caller per role, an idempotency key on every POST."""

from collections.abc import Callable
from typing import Any, cast
from uuid import uuid4

import httpx

Json = dict[str, Any]


class ApiError(Exception):
    """A service answered with a problem; the message has the request, the status and the problem's text."""

    def __init__(self, request: str, response: httpx.Response) -> None:
        self.status = response.status_code
        super().__init__(f"{request} answered {response.status_code}: {response.text[:400]}")


class Caller:
    """A client with one role. `token` issues a fresh bearer token, since tokens are valid for ten minutes only."""

    def __init__(self, http: httpx.AsyncClient, url: Callable[[str], str], token: Callable[[], str] | None) -> None:
        self._http = http
        self._url = url
        self._token = token

    async def get(self, service: str, path: str, **params: str | int | bool) -> Json:
        return await self._send("GET", service, path, params=params)

    async def post(self, service: str, path: str, body: Json | None = None, *, key: str | None = None) -> Json:
        return await self._send(
            "POST", service, path, json=body or {}, headers={"Idempotency-Key": key or str(uuid4())}
        )

    async def patch(self, service: str, path: str, body: Json, *, version: int) -> Json:
        return await self._send("PATCH", service, path, json=body, headers={"If-Match": f'"{version}"'})

    async def every(self, service: str, path: str, **params: str | int | bool) -> list[Json]:
        """Return all items of a paged list."""
        items: list[Json] = []
        while True:
            page = await self.get(service, path, **params)
            items += cast("list[Json]", page["items"])
            if not page.get("next_cursor"):
                return items
            params = {**params, "cursor": cast("str", page["next_cursor"])}

    async def _send(self, method: str, service: str, path: str, **options: Any) -> Json:
        headers = dict(options.pop("headers", {}))
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token()}"
        response = await self._http.request(method, self._url(service) + path, headers=headers, **options)
        if response.is_error:
            raise ApiError(f"{method} {service} {path}", response)
        return cast("Json", response.json()) if response.content else {}
