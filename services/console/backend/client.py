"""One client for each service: it carries the token, the correlation id, the form's key and the version read."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast
from uuid import UUID

import httpx

from services.console.backend.errors import Away, Refused
from services.console.backend.names import named
from services.console.backend.pools import TIMEOUT, Clients
from shared import log
from shared.access import visitors
from shared.context import correlation
from shared.http.edge import CORRELATION
from shared.http.etags import etag
from shared.http.idempotency import HEADER

Json = dict[str, Any]
Param = str | int | bool | UUID | Sequence[str] | None

# Casework sends a keep-alive every fifteen seconds.
STREAM_SILENCE = 60.0
_AWAY = frozenset({401, 500, 502, 503, 504})


class Service:
    """One service, called on behalf of one account (or of a visitor, without a token)."""

    def __init__(
        self,
        name: str,
        base: str,
        clients: Clients,
        token: Callable[[], str] | None,
        visitor: Callable[[], str] | None = None,
    ) -> None:
        self.name, self._base, self._token, self._visitor = name, base, token, visitor
        self._http = clients.staff if token else clients.strangers

    async def get(self, path: str, **params: Param) -> Json:
        """Return one object, or one page of a list."""
        return await self._ask("GET", path, params=_given(params))

    async def file(self, path: str) -> tuple[bytes, str]:
        """Return the content of a route that is not JSON, and its Content-Disposition header."""
        response = await self._answer("GET", path)
        return response.content, response.headers.get("content-disposition", "attachment")

    async def whole(self, path: str, **params: Param) -> list[Json]:
        """Return a list that the route returns whole, without pages."""
        return cast("list[Json]", await self._ask("GET", path, params=_given(params)))

    async def every(self, path: str, *, most: int = 1000, **params: Param) -> list[Json]:
        """Return the items of a list that comes in pages, up to `most` of them."""
        items: list[Json] = []
        while len(items) < most:
            page = await self.get(path, **{"limit": min(200, most), **params})
            items += cast("list[Json]", page["items"])
            if not page.get("next_cursor"):
                break
            params = {**params, "cursor": cast("str", page["next_cursor"])}
        return items[:most]

    async def several(self, paths: Iterable[str]) -> list[Json]:
        """Return several objects, requested concurrently; refused ones are left out."""

        async def one(path: str) -> Json | None:
            try:
                return await self.get(path)
            except Refused:
                return None

        return [row for row in await asyncio.gather(*map(one, paths)) if row is not None]

    async def post(
        self,
        path: str,
        body: Json | None = None,
        *,
        key: str | None = None,
        version: int | None = None,
        **params: Param,
    ) -> Json:
        """Send a command that runs once per `key` (`at.once()`). Only a POST that changes nothing has no key.

        With `version` the route refuses (412) when the object has changed since, if the route checks versions.
        """
        headers = {**({HEADER: key} if key else {}), **_seen(version)}
        return await self._ask("POST", path, json=body or {}, headers=headers, params=_given(params))

    async def patch(self, path: str, body: Json, *, version: int | None) -> Json:
        """Change an object that was read at `version` (`at.form.version`)."""
        return await self._ask("PATCH", path, json=body, headers=_seen(version))

    async def put(self, path: str, body: Json, *, version: int | None, **params: Param) -> Json:
        return await self._ask("PUT", path, json=body, headers=_seen(version), params=_given(params))

    async def delete(self, path: str, *, version: int | None) -> Json:
        return await self._ask("DELETE", path, headers=_seen(version))

    @asynccontextmanager
    async def stream(
        self, path: str, *, last_event_id: str | None = None, **params: Param
    ) -> AsyncGenerator[httpx.Response]:
        """Yield a stream of server-sent events on a connection of its own. Raises Refused or Away before the first.

        Read it in a task of its own: a reader whose page is left is cancelled before it can close anything.
        """
        headers = {**self._headers(), "Accept": "text/event-stream"}
        if last_event_id:
            headers["Last-Event-ID"] = last_event_id
        timeout = httpx.Timeout(TIMEOUT.connect, read=STREAM_SILENCE)
        try:
            async with (
                httpx.AsyncClient(timeout=timeout, trust_env=False) as alone,
                alone.stream("GET", self._base + path, headers=headers, params=_given(params)) as response,
            ):
                if response.is_error:
                    await response.aread()
                    self._check(response)
                yield response
        except httpx.TransportError:
            raise Away(self.name) from None

    async def _ask(self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any) -> Any:
        response = await self._answer(method, path, headers=headers, **options)
        return response.json(object_hook=named) if response.content else {}

    async def _answer(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any
    ) -> httpx.Response:
        try:
            response = await self._http.request(
                method, self._base + path, headers={**self._headers(), **(headers or {})}, **options
            )
        except httpx.TransportError as error:
            log.get().warning("a service does not answer", where=self.name, reason=type(error).__name__)
            raise Away(self.name) from None
        self._check(response)
        return response

    def _headers(self) -> dict[str, str]:
        headers = {CORRELATION: correlation()}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token()}"
        if self._visitor is not None:
            # Signed, so that a service limits visitors one by one and nobody else chooses an address.
            headers[visitors.HEADER] = self._visitor()
        return headers

    def _check(self, response: httpx.Response) -> None:
        if response.status_code in _AWAY:
            # Also 401: our own token was not accepted, which nobody at the page can mend.
            log.get().warning("a service could not answer", where=self.name, status=response.status_code)
            raise Away(self.name)
        if response.is_error:
            raise Refused.of(response)


def _given(params: dict[str, Param]) -> dict[str, str | int | bool | Sequence[str]]:
    """Return the parameters that have a value, ids as text."""
    given = {name: value for name, value in params.items() if value is not None}
    return {name: str(value) if isinstance(value, UUID) else value for name, value in given.items()}


def _seen(version: int | None) -> dict[str, str]:
    return {} if version is None else {"If-Match": etag(version)}
