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
from shared.db.ground import GROUND
from shared.db.session import Database

CANARY = "Zq7canary"  # in every bad value; must never come back
MARKUP = "<b onclick=\"alert(1)\">Tom &amp; 'Jo'</b>"
CONTROL = ("\x00", "\x07", "\x1b", "\x85", "\u202e", "\ud800")
JSON = "application/json"
SIZE = 2 * 1024 * 1024

MakeToken = Callable[..., str]
Snapshot = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Write:
    """One write route with a request that it accepts.

    `template` is the route's path, `path` the same with ids. `etag` for PUT and PATCH. `refused_role` never may.
    `foreign` is the (path, body) of the same request about something of another team, `unknown` about something that
    does not exist; leave both out for a route that names nothing.
    """

    method: str
    template: str
    path: str
    body: Mapping[str, Any]
    role: str = "worker"
    refused_role: str | None = "commissioner"
    etag: str | None = None
    foreign: tuple[str, Mapping[str, Any]] | None = None
    unknown: tuple[str, Mapping[str, Any]] | None = None
    takes_key: bool | None = None  # default: every POST
    other: Mapping[str, Any] | None = None  # another valid value of a field, where none can be guessed

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
    for case in cases(client, write):
        before = await client.snapshot()
        answer = await client.http.request(
            write.method, case.path or write.path, content=case.content, headers=dict(case.headers)
        )
        _refused(write, case, answer)
        assert await client.snapshot() == before, f"{_place(write)}: {case.name}: something was written"
        client.sent.append(case.name)
    if write.foreign is not None and write.unknown is not None:
        await _alike(client, write, write.foreign, write.unknown)
    return await _accepted(client, write)


def cases(client: Client, write: Write) -> Iterator[Case]:
    """Every bad request for this route."""
    good = _headers(client, write)
    body = dict(write.body)
    schema = _schema(client.app, write)
    for name, status, changed, place in _bad_bodies(schema, body):
        yield Case(name, status, _json(changed), good, place)
    yield Case("unknown field", 422, _json({**body, CANARY: CANARY}), good)
    yield Case("no JSON", 422, f'{{"{CANARY}'.encode(), good, "body")
    yield Case("an array", 422, _json([CANARY]), good, "body")
    yield Case("no UTF-8", 422, b'{"x": "\xff' + CANARY.encode() + b'"}', good)
    yield Case("no body", 422, b"", good)
    yield Case("too large", 413, _json({**body, "filler": CANARY * (SIZE // len(CANARY))}), good)
    yield Case("another media type", 415, _json(body), {**good, "Content-Type": "text/plain"})
    yield from _bad_headers(client, write, good, body)


def _bad_headers(client: Client, write: Write, good: Mapping[str, str], body: Mapping[str, Any]) -> Iterator[Case]:
    content = _json(body)
    if write.keyed:
        yield Case("no key", 400, content, _without(good, "Idempotency-Key"), "Idempotency-Key")
        yield Case("empty key", 400, content, {**good, "Idempotency-Key": " "}, "Idempotency-Key")
        yield Case("long key", 400, content, {**good, "Idempotency-Key": CANARY * 50}, "Idempotency-Key")
    if write.etag is not None:
        yield Case("no ETag", 428, content, _without(good, "If-Match"), "If-Match")
        yield Case("any ETag", 428, content, {**good, "If-Match": "*"}, "If-Match")
        yield Case("stale ETag", 412, content, {**good, "If-Match": '"987654321"'})
    yield Case("no token", 401, content, _without(good, "Authorization"))
    yield Case("a made-up token", 401, content, {**good, "Authorization": f"Bearer {CANARY}"})
    expired = client.token_for(write.role, ttl=timedelta(seconds=-3600))
    yield Case("expired token", 401, content, {**good, "Authorization": f"Bearer {expired}"})
    if write.refused_role is not None:
        other = client.token_for(write.refused_role)
        yield Case("a role that never may", 403, content, {**good, "Authorization": f"Bearer {other}"})
    for name, elsewhere in (("another team's", write.foreign), ("unknown", write.unknown)):
        if elsewhere is not None:
            yield Case(name, 404, _json(elsewhere[1]), good, path=elsewhere[0])


Bad = tuple[str, int, dict[str, Any], str]


def _bad_bodies(schema: Mapping[str, Any], body: Mapping[str, Any]) -> Iterator[Bad]:
    """(name, status, body, field) for every field of the schema, also within objects that the good body holds."""
    for name in schema.get("required", ()):
        yield f"{name} missing", 422, {k: v for k, v in body.items() if k != name}, name
    for name, one in schema.get("properties", {}).items():
        for what, value in _bad_values(one):
            yield f"{name} {what}", 422, {**body, name: value}, name
        inner, held = _object(one), body.get(name)
        if inner is not None and isinstance(held, Mapping):
            for what, status, changed, place in _bad_bodies(inner, held):
                yield f"{name}.{what}", status, {**body, name: changed}, f"{name}.{place}"


def _bad_values(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """(what is wrong, value) for one field."""
    kinds = _alternatives(schema)
    types = {kind.get("type") for kind in kinds} | (
        {"string"} if any("enum" in k or "const" in k for k in kinds) else set()
    )
    wrong: dict[str, Any] = {
        "string": CANARY,
        "integer": 7,
        "boolean": True,
        "array": [CANARY],
        "object": {CANARY: CANARY},
    }
    if "number" in types:
        types.add("integer")
    for name, value in wrong.items():
        if name not in types:
            yield f"is {name}", value
    if "null" not in types:
        yield "is null", None
    for kind in kinds:
        if "enum" in kind or "const" in kind:
            yield "of no known code", CANARY
        elif kind.get("format") in ("uuid", "date-time", "date", "time"):
            yield f"no {kind['format']}", CANARY
            yield "a number", 20260302
        elif kind.get("type") == "string":
            longest = kind.get("maxLength")
            if longest is not None:
                yield "too long", (CANARY * (longest // len(CANARY) + 1))[: longest + 1]
                for char in CONTROL:
                    yield f"holds U+{ord(char):04X}", CANARY + char
                if kind.get("minLength"):
                    yield "blank", " \u200b "
        elif kind.get("type") == "array":
            if kind.get("maxItems") is not None:
                yield "too many", [CANARY] * (kind["maxItems"] + 1)
            if kind.get("minItems"):
                yield "none", []
            for what, value in _bad_values(kind.get("items", {})):
                yield f"item {what}", [value]
        elif kind.get("type") == "integer" and "maximum" in kind:
            yield "too large", kind["maximum"] + 1


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


async def _alike(
    client: Client, write: Write, foreign: tuple[str, Mapping[str, Any]], unknown: tuple[str, Mapping[str, Any]]
) -> None:
    """Somebody else's and nobody's: the same answer to the byte."""
    headers = {**_headers(client, write), "X-Correlation-Id": str(uuid4())}
    one = await client.http.request(write.method, foreign[0], content=_json(foreign[1]), headers=headers)
    two = await client.http.request(write.method, unknown[0], content=_json(unknown[1]), headers=headers)
    assert (one.status_code, one.content, dict(one.headers)) == (two.status_code, two.content, dict(two.headers))


async def _accepted(client: Client, write: Write) -> httpx.Response:
    """The good request, with markup in every free text of it: stored as text, answered as text. Then its key again."""
    schema = _schema(client.app, write)
    body = _with_markup(schema, dict(write.body))
    headers = _headers(client, write)
    answer = await client.http.request(write.method, write.path, content=_json(body), headers=headers)
    assert answer.status_code in (200, 201, 202, 204), f"{_place(write)}: {answer.status_code} {answer.text[:300]}"
    for sent in _leaves(body):
        if sent == MARKUP and MARKUP not in _leaves(answer.json()):
            # Not every answer shows every text; but none may show it changed.
            assert "onclick" not in answer.text, f"{_place(write)}: markup came back changed"
    if write.keyed:
        before = await client.snapshot()
        again = await client.http.request(write.method, write.path, content=_json(body), headers=headers)
        assert (again.status_code, again.content) == (answer.status_code, answer.content), _place(write)
        other = copy.deepcopy(body)
        changed = next((name for name, value in other.items() if value == MARKUP), None)
        if changed is not None:
            other[changed] = "another text"
        elif write.other is not None:
            other = {**other, **write.other}
        else:
            other = _other(schema, other)
        reused = Case("key with another body", 422, _json(other), headers, "Idempotency-Key")
        answer_2 = await client.http.request(write.method, write.path, content=reused.content, headers=headers)
        _refused(write, reused, answer_2)
        assert await client.snapshot() == before, f"{_place(write)}: a repeat wrote something"
    return answer


def _other(schema: Mapping[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """The body with one field changed to another valid value, or with one more."""
    for name, one in schema.get("properties", {}).items():
        for kind in _alternatives(one):
            if kind.get("type") == "string" and kind.get("maxLength") and "enum" not in kind:
                return {**body, name: "another text"}
            for value in kind.get("enum", ()):
                if body.get(name) != value:
                    return {**body, name: value}
    for name, one in schema.get("properties", {}).items():
        if any(kind.get("type") == "boolean" for kind in _alternatives(one)):
            return {**body, name: not body.get(name, False)}
    raise AssertionError("no field to change: give the good body a text")


def _with_markup(schema: Mapping[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    for name, value in body.items():
        for kind in _alternatives(schema["properties"][name]):
            plain = kind.get("type") == "string" and "enum" not in kind and "format" not in kind
            if isinstance(value, str) and plain and kind.get("maxLength", 0) >= len(MARKUP):
                body[name] = MARKUP
            elif isinstance(value, Mapping) and kind.get("type") == "object" and "properties" in kind:
                body[name] = _with_markup(kind, dict(value))
    return body


# --- reading OpenAPI ------------------------------------------------------------------------------------


def _schema(app: FastAPI, write: Write) -> Mapping[str, Any]:
    document = app.openapi()
    operation = document["paths"][write.template][write.method.lower()]
    given = operation["requestBody"]["content"][JSON]["schema"]
    return _resolved(document, given)


def _resolved(document: Mapping[str, Any], schema: Any) -> Any:
    """The schema with every reference followed."""
    if isinstance(schema, Mapping):
        if "$ref" in schema:
            found: Any = document
            for step in schema["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            return {**_resolved(document, found), **{k: v for k, v in schema.items() if k not in ("$ref", "default")}}
        return {key: _resolved(document, value) for key, value in schema.items()}
    if isinstance(schema, list):
        return [_resolved(document, one) for one in schema]
    return schema


def _alternatives(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [kind for one in schema["anyOf"] for kind in _alternatives(one)] if "anyOf" in schema else [schema]


def _object(schema: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return next((kind for kind in _alternatives(schema) if "properties" in kind), None)


# --- small things ---------------------------------------------------------------------------------------


def _headers(client: Client, write: Write) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {client.token_for(write.role)}", "Content-Type": JSON}
    if write.keyed:
        headers["Idempotency-Key"] = str(uuid4())
    if write.etag is not None:
        headers["If-Match"] = write.etag
    return headers


def _without(headers: Mapping[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in headers.items() if key != name}


def _json(body: Any) -> bytes:
    return json.dumps(body).encode()  # ASCII: also a lone surrogate gets through as an escape


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return [leaf for one in value.values() for leaf in _leaves(one)]
    if isinstance(value, list):
        return [leaf for one in value for leaf in _leaves(one)]
    return [value]


def _place(write: Write) -> str:
    return f"{write.method} {write.template}"


def snapshot_of(database: Database, metadata: MetaData) -> Snapshot:
    """Everything a service's database holds, one hash per table; without rate limits, which count every request."""
    tables = [*metadata.sorted_tables, *(t for t in GROUND.sorted_tables if t.name != "rate_limits")]
    query = " UNION ALL ".join(
        f"SELECT '{table.name}', count(*), md5(coalesce(string_agg(md5(x::text), '' ORDER BY x::text), ''))"
        f' FROM "{table.name}" x'
        for table in tables
    )

    async def take() -> object:
        async with database.transaction(Actor.service("test")) as session:
            return [tuple(row) for row in (await session.execute(text(query))).all()]

    return take
