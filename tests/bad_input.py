"""Bad input for any write route, made from the route's own OpenAPI, and what must come of it.

For one valid request (`Write`) `cases` yields everything that must be refused: fields missing, of the wrong type, too
long, of no known code, with control characters; a body that is no JSON, too large or of another type; no key, no ETag
or a stale one; no token, an expired one, another role's, another team's.

`check` sends them all and asserts for each that the status is the one of the contracts, that the problem names the
field, that nothing sent is repeated, and that nothing was written. Then it sends the valid request itself (with markup
where text is allowed), and its key again with another body.
"""

import copy
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI
from sqlalchemy import MetaData, text

from shared.context import Actor
from shared.db.platform_tables import PLATFORM
from shared.db.session import Database
from shared.http.routes import MAX_BODY
from tests.bad_bodies import (
    CANARY,
    JSON,
    MARKUP,
    PASTED,
    bad_bodies,
    changed_somewhere,
    ids_in,
    is_id,
    leaves,
    operation,
    schema_of,
    with_markup,
)

__all__ = ["Case", "Client", "Write", "cases", "check", "counts_of", "ids_in", "is_id", "snapshot_of"]

LOOK_EVERY = 8

MakeToken = Callable[..., str]
Snapshot = Callable[[], Awaitable[object]]
Elsewhere = tuple[str, Mapping[str, Any] | None]


@dataclass(frozen=True)
class Write:
    """One write route with a request that it accepts.

    `template` is the route's path, `path` the same with ids. `etag` for PUT and PATCH. `refused_role` never may.
    `foreign` is the (path, body) of the same request about something of another team, `unknown` about something that
    does not exist; leave both out for a route that names nothing. A `role` of None is a stranger's, who brings a
    secret in the body instead of a token. A `body` of None is a route that takes none; a `mail` is one that is no JSON.
    """

    method: str
    template: str
    path: str
    body: Mapping[str, Any] | None = None
    role: str | None = "worker"
    refused_role: str | None = "commissioner"
    etag: str | None = None
    foreign: Elsewhere | None = None
    unknown: Elsewhere | None = None
    takes_key: bool | None = None  # default: every POST
    other: Mapping[str, Any] | None = None  # another valid value of a field, where none can be guessed
    mail: bytes | None = None
    largest: int = MAX_BODY  # bytes that this route takes
    makes: str = ""  # what a client-made `id` in the body will name
    asks_others: bool = False  # it needs a service that is not there: its good answer may be 503

    @property
    def keyed(self) -> bool:
        return self.method == "POST" if self.takes_key is None else self.takes_key


@dataclass(frozen=True)
class Case:
    """One bad request. `field` is what the problem must name: that field, or one within it."""

    name: str
    status: int
    content: bytes
    headers: Mapping[str, str]
    field: str | None = None
    path: str | None = None


@dataclass
class Client:
    """What is needed to send a request and to see what it left behind."""

    app: FastAPI
    http: httpx.AsyncClient
    token_for: MakeToken  # (role, *, ttl=None) -> str, in the team of the valid request
    snapshot: Snapshot
    sent: list[str] = field(default_factory=list[str])


async def check(client: Client, write: Write) -> httpx.Response:
    """Send every bad case, then the good request; answer what the good one got. AssertionError names the case."""
    before, since = await client.snapshot(), list[str]()
    for case in cases(client, write):
        answer = await client.http.request(
            write.method, case.path or write.path, content=case.content, headers=dict(case.headers)
        )
        _refused(write, case, answer)
        since.append(case.name)
        # A look at every table takes longer than a request: one for a few of them says it as well.
        if len(since) == LOOK_EVERY:
            await _unchanged(client, write, before, since)
    await _unchanged(client, write, before, since)
    if write.foreign is not None and write.unknown is not None:
        await _alike(client, write, write.foreign, write.unknown)
    return await _accepted(client, write)


async def _unchanged(client: Client, write: Write, before: object, since: list[str]) -> None:
    assert await client.snapshot() == before, f"{_place(write)}: something was written by one of: {', '.join(since)}"
    client.sent += since
    since.clear()


def content_of(write: Write) -> bytes:
    """The good body as it is sent."""
    if write.mail is not None:
        return write.mail
    return b"" if write.body is None else _json(dict(write.body))


def as_json(body: Any) -> bytes:
    """A body as it is sent; with lone surrogates, too."""
    return _json(body)


def headers_of(client: Client, write: Write) -> dict[str, str]:
    """What the good request says beside its body, with a key of its own."""
    return _headers(client, write)


def cases(client: Client, write: Write) -> Iterator[Case]:
    """Every bad request for this route."""
    good = _headers(client, write)
    body = dict(write.body or {})
    if write.mail is not None:
        yield Case("no body", 422, b"", good, "body")
        yield Case("no mail", 422, CANARY.encode(), good, "body")
    elif write.body is not None:
        for name, status, changed, place in bad_bodies(schema_of(client.app, write), body):
            yield Case(name, status, _json(changed), good, place)
        yield Case("unknown field", 422, _json({**body, CANARY: CANARY}), good)
        yield Case("no JSON", 422, f'{{"{CANARY}'.encode(), good, "body")
        yield Case("an array", 422, _json([CANARY]), good, "body")
        yield Case("no UTF-8", 422, b'{"x": "\xff' + CANARY.encode() + b'"}', good)
        if operation(client.app, write)["requestBody"].get("required", False):
            yield Case("no body", 422, b"", good)
    yield Case("too large", 413, _json({**body, "filler": CANARY * (2 * write.largest // len(CANARY))}), good)
    yield Case("another media type", 415, content_of(write) or b"{}", {**good, "Content-Type": "text/plain"})
    yield from _bad_headers(client, write, good)


def _bad_headers(client: Client, write: Write, good: Mapping[str, str]) -> Iterator[Case]:
    content = content_of(write)
    if write.keyed:
        yield Case("no key", 400, content, _without(good, "Idempotency-Key"), "Idempotency-Key")
        yield Case("empty key", 400, content, {**good, "Idempotency-Key": " "}, "Idempotency-Key")
        yield Case("long key", 400, content, {**good, "Idempotency-Key": CANARY * 50}, "Idempotency-Key")
    if write.etag is not None:
        yield Case("no ETag", 428, content, _without(good, "If-Match"), "If-Match")
        yield Case("any ETag", 428, content, {**good, "If-Match": "*"}, "If-Match")
        yield Case("stale ETag", 412, content, {**good, "If-Match": '"987654321"'})
    if write.role is not None:
        yield Case("no token", 401, content, _without(good, "Authorization"))
        yield Case("a made-up token", 401, content, {**good, "Authorization": f"Bearer {CANARY}"})
        expired = client.token_for(write.role, ttl=timedelta(seconds=-3600))
        yield Case("expired token", 401, content, {**good, "Authorization": f"Bearer {expired}"})
    if write.role is not None and write.refused_role is not None:
        other = client.token_for(write.refused_role)
        yield Case("a role that never may", 403, content, {**good, "Authorization": f"Bearer {other}"})
    for name, elsewhere in (("another team's", write.foreign), ("unknown", write.unknown)):
        if elsewhere is not None:
            yield Case(name, 404, _bytes(elsewhere[1]), good, path=elsewhere[0])


def _refused(write: Write, case: Case, answer: httpx.Response) -> None:
    place = f"{_place(write)}: {case.name}"
    assert answer.status_code == case.status, f"{place}: {answer.status_code}, not {case.status}: {answer.text[:300]}"
    assert answer.headers["content-type"].startswith("application/problem+json"), place
    problem = answer.json()
    assert problem["status"] == case.status and problem["title"] and problem["detail"], place
    assert CANARY not in answer.text and CANARY not in str(answer.headers), f"{place}: repeats what was sent"
    if case.field is not None:
        named = [error["field"] for error in problem.get("errors", [])]
        fits = [one for one in named if one == case.field or one.startswith(case.field + ".")]
        assert fits, f"{place}: names {named}, not {case.field}"
        assert all(error["rule"] and error["message"] for error in problem["errors"]), place


async def _alike(client: Client, write: Write, foreign: Elsewhere, unknown: Elsewhere) -> None:
    """Somebody else's and nobody's: the same answer to the byte."""
    headers = {**_headers(client, write), "X-Correlation-Id": str(uuid4())}
    one = await client.http.request(write.method, foreign[0], content=_bytes(foreign[1]), headers=headers)
    two = await client.http.request(write.method, unknown[0], content=_bytes(unknown[1]), headers=headers)
    assert (one.status_code, one.content, dict(one.headers)) == (two.status_code, two.content, dict(two.headers))


async def _accepted(client: Client, write: Write) -> httpx.Response:
    """The good request, with markup in every free text of it: stored as text, answered as text. Then its key again."""
    body, content = None, content_of(write)
    if write.body is not None and write.mail is None:
        body = with_markup(schema_of(client.app, write), dict(write.body))
        content = _json(body)
    headers = _headers(client, write)
    answer = await client.http.request(write.method, write.path, content=content, headers=headers)
    good = (200, 201, 202, 204, *((503,) if write.asks_others else ()))
    assert answer.status_code in good, f"{_place(write)}: {answer.status_code} {answer.text[:300]}"
    if PASTED in leaves(body) and MARKUP not in leaves(answer.json()):
        # Not every answer shows every text; but none may show it changed.
        assert "onclick" not in answer.text, f"{_place(write)}: markup came back changed"
    if write.keyed:
        before = await client.snapshot()
        again = await client.http.request(write.method, write.path, content=content, headers=headers)
        assert (again.status_code, again.content) == (answer.status_code, answer.content), _place(write)
        if body:
            await _used_again(client, write, body, headers)
        assert await client.snapshot() == before, f"{_place(write)}: a repeat wrote something"
    return answer


async def _used_again(client: Client, write: Write, body: dict[str, Any], headers: Mapping[str, str]) -> None:
    """The key of a request that was carried out, with another body."""
    changed = next((name for name, value in body.items() if value == PASTED), None)
    if write.other is not None:
        other = {**body, **write.other}
    elif changed is not None:
        other = {**body, changed: "another text"}
    else:
        other = changed_somewhere(schema_of(client.app, write), copy.deepcopy(body))
    reused = Case("key with another body", 422, _json(other), headers, "Idempotency-Key")
    answer = await client.http.request(write.method, write.path, content=reused.content, headers=dict(headers))
    _refused(write, reused, answer)


# --- small things ---------------------------------------------------------------------------------------


def _headers(client: Client, write: Write) -> dict[str, str]:
    headers = {"Content-Type": JSON if write.mail is None else "message/rfc822"}
    if write.role is not None:
        headers["Authorization"] = f"Bearer {client.token_for(write.role)}"
    if write.keyed:
        headers["Idempotency-Key"] = str(uuid4())
    if write.etag is not None:
        headers["If-Match"] = write.etag
    return headers


def _without(headers: Mapping[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in headers.items() if key != name}


def _json(body: Any) -> bytes:
    return json.dumps(body).encode()  # ASCII: also a lone surrogate gets through as an escape


def _bytes(body: Any) -> bytes:
    return b"" if body is None else _json(body)


def _place(write: Write) -> str:
    return f"{write.method} {write.template}"


def snapshot_of(database: Database, metadata: MetaData) -> Snapshot:
    """Everything a service's database holds, one hash per table; without rate limits, which count every request."""
    return _asked(database, metadata, ", md5(coalesce(string_agg(md5(x::text), '' ORDER BY x::text), ''))")


def counts_of(database: Database, metadata: MetaData) -> Snapshot:
    """How many rows each table holds: for a service whose rows are marked and updated by others meanwhile."""
    return _asked(database, metadata, "")


def _asked(database: Database, metadata: MetaData, more: str) -> Snapshot:
    tables = [*metadata.sorted_tables, *(t for t in PLATFORM.sorted_tables if t.name != "rate_limits")]
    query = " UNION ALL ".join(f"SELECT '{table.name}', count(*){more} FROM \"{table.name}\" x" for table in tables)

    async def take() -> object:
        async with database.transaction(Actor.service("test")) as session:
            return [tuple(row) for row in (await session.execute(text(query))).all()]

    return take
