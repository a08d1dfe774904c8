"""Requests made by hand: what a browser would send, or what somebody who is none would like to."""

import re
from collections.abc import Mapping
from html import unescape
from http.cookies import SimpleCookie
from uuid import uuid4

import httpx


class Hand:
    """An HTTP client that keeps cookies as a browser keeps them on localhost, and shows and forges each."""

    def __init__(self, http: httpx.AsyncClient, origin: str, address: str, names: Mapping[str, str] = {}) -> None:
        self.http, self.origin, self.address, self.names = http, origin, address, names
        self.cookies: dict[str, str] = {}

    def other(self) -> "Hand":
        """Another browser at the same place."""
        return Hand(self.http, self.origin, self.address, self.names)

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        return self._took(await self.http.get(path, headers={**self.cookie(), **self._place(), **(headers or {})}))

    async def post(
        self,
        path: str,
        fields: Mapping[str, str] | None = None,
        *,
        csrf: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """As a page of ours sends it, with the token of the last form unless told otherwise."""
        sent = {"csrf": self.token if csrf is None else csrf, "once": str(uuid4()), **(fields or {})}
        from_us = {"Origin": self.origin, "Sec-Fetch-Site": "same-origin"}
        given = {**self.cookie(), **self._place(), **from_us, **(headers or {})}
        return self._took(
            await self.http.post(path, data=sent, headers={name: value for name, value in given.items() if value})
        )

    async def sign_in(self, name: str, password: str, to: str = "/") -> httpx.Response:
        """As the account of this name, or as the colleague of this role."""
        await self.get("/sign-in")
        name = self.names.get(name, name)
        return await self.post("/sign-in", {"sign_in": name, "password": password, "next": to})

    token = ""

    def _place(self) -> dict[str, str]:
        """Where it comes from, as a proxy in front of the pages tells it."""
        return {"X-Forwarded-For": self.address}

    def cookie(self) -> dict[str, str]:
        pairs = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": pairs} if pairs else {}

    def _took(self, response: httpx.Response) -> httpx.Response:
        for header in response.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(header).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        if found := re.search(r'name="csrf" value="(\w+)"', response.text):
            self.token = found[1]
        return response


def comparable(response: httpx.Response, person: str) -> tuple[int, str]:
    """Return a page without what differs each time it is shown: keys, tokens, the minute, and whose page it is."""
    text = re.sub(r'(name="(once|csrf)" value|data-csrf)="[\w-]+"', "", response.text).replace(person, "ID")
    return response.status_code, re.sub(r'<section class="console-banner".*?</section>', "", text, flags=re.DOTALL)


def heading(response: httpx.Response) -> str:
    """Return the page's h1."""
    found = re.search(r"<h1[^>]*>(.*?)</h1>", response.text, re.DOTALL)
    return unescape(re.sub("</?bdi>", "", found[1])).strip() if found else ""
