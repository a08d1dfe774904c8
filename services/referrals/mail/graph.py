"""A mailbox of Microsoft 365 by Graph, through an app registration to which an administrator there consented."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import httpx

from services.referrals.mail.bounds import MOST
from services.referrals.mail.mailbox_interface import Cannot, Item, Opened
from services.referrals.mail.tokens import Tokens, client
from shared.settings import Settings

# The longest Retry-After of a busy provider that is followed.
LONGEST_WAIT = 60.0
_TRIES = 4
_PAGE = 50


class Graph:
    """One folder of a mailbox."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._tokens = settings, Tokens(settings)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Opened]:
        """Sign in and find or create the done folder, for the length of the block. Raise Cannot when that fails."""
        async with client() as http:
            opened = _Folder(http, self._settings, self._tokens)
            await opened.find_done()
            yield opened


class _Folder:
    def __init__(self, http: httpx.AsyncClient, settings: Settings, tokens: Tokens) -> None:
        self._http, self._settings, self._tokens = http, settings, tokens
        user = quote(settings.mailbox_user, safe="@")
        self._base = f"{settings.mailbox_graph_url.rstrip('/')}/users/{user}"
        self._done = ""

    async def find_done(self) -> None:
        name = self._settings.mailbox_done
        params = {"$filter": f"displayName eq '{name.replace(chr(39), chr(39) * 2)}'", "$select": "id"}
        found = await self._json("GET", "/mailFolders", params=params)
        if not found.get("value"):
            found = {"value": [await self._json("POST", "/mailFolders", json={"displayName": name})]}
        try:
            self._done = str(found["value"][0]["id"])
        except (KeyError, IndexError, TypeError):
            raise Cannot("not_understood") from None

    async def waiting(self) -> AsyncIterator[str]:
        folder = quote(self._settings.mailbox_folder, safe="")
        params = {"$select": "id", "$orderby": "receivedDateTime", "$top": str(_PAGE)}
        seen: set[str] = set()
        skipped = 0
        while True:
            # From the start each time: a received email has left the folder. Those that stay in it are skipped.
            given = {**params, "$skip": str(skipped)} if skipped else params
            found = await self._json("GET", f"/mailFolders/{folder}/messages", params=given)
            there = [key for each in found.get("value", []) if (key := str(each.get("id", "")))]
            for key in (each for each in there if each not in seen):
                yield key
            skipped += len(there) if seen.issuperset(there) else 0
            seen.update(there)
            if not there or skipped > len(seen):
                return

    async def read(self, key: str) -> Item | None:
        raw = await self._raw(key)
        return None if raw is None else Item(raw, len(raw))

    async def done(self, key: str) -> None:
        path = f"/messages/{quote(key, safe='')}/move"
        await self._json("POST", path, json={"destinationId": self._done}, gone_is_fine=True)

    async def _raw(self, key: str) -> bytes | None:
        """Return the email as it was sent, cut at the size limit; None when it is no longer in the folder."""
        response = await self._answer("GET", f"/messages/{quote(key, safe='')}/$value", stream=True)
        try:
            if response.status_code == 404:
                return None
            self._check(response)
            parts, size = list[bytes](), 0
            async for part in response.aiter_bytes():
                parts.append(part)
                size += len(part)
                if size > MOST:
                    break
            return b"".join(parts)
        except httpx.HTTPError:
            raise Cannot("interrupted") from None
        finally:
            await response.aclose()

    async def _json(self, method: str, path: str, *, gone_is_fine: bool = False, **given: Any) -> dict[str, Any]:
        response = await self._answer(method, path, **given)
        if gone_is_fine and response.status_code == 404:
            return {}
        self._check(response)
        try:
            found = response.json() if response.content else {}
        except ValueError:
            raise Cannot("not_understood") from None
        if not isinstance(found, dict):
            raise Cannot("not_understood")
        return found

    async def _answer(self, method: str, path: str, *, stream: bool = False, **given: Any) -> httpx.Response:
        """Send a request; repeat it with a new token when the old one is refused, later when the provider is busy."""
        for attempt in range(_TRIES):
            headers = {"Authorization": f"Bearer {await self._tokens.token()}", "Prefer": 'IdType="ImmutableId"'}
            request = self._http.build_request(method, self._base + path, headers=headers, **given)
            try:
                response = await self._http.send(request, stream=stream)
            except httpx.HTTPError:
                raise Cannot("unreachable") from None
            last = attempt == _TRIES - 1
            if response.status_code == 401 and attempt == 0:
                self._tokens.forget()
            elif response.status_code in (429, 503) and not last:
                asked = response.headers.get("retry-after", "")
                wait = float(asked) if asked.replace(".", "", 1).isdigit() else 2.0**attempt
                await asyncio.sleep(min(wait, LONGEST_WAIT))
            else:
                return response
            await response.aclose()
        raise Cannot("unreachable")

    @staticmethod
    def _check(response: httpx.Response) -> None:
        if response.status_code in (401, 403):
            raise Cannot("sign_in_refused")
        if response.status_code == 404:
            raise Cannot("no_such_folder")
        if response.is_error or response.is_redirect:
            raise Cannot("unreachable" if response.status_code >= 500 or response.status_code == 429 else "refused")
