"""Idempotency: the same POST sent again has no second effect and gets the same response.

The row of the key is inserted first, in the request's own transaction: a concurrent repeat blocks on that row, and
then either finds the stored response or, when the first request was rolled back, proceeds as the first. Only committed
responses are stored: a problem (4xx) rolls everything back and is evaluated afresh when repeated, and a 5xx is never
stored.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Annotated, Any, TypeVar, cast

from fastapi import Depends, Header, Request, Response
from fastapi.encoders import jsonable_encoder
from pydantic import BaseModel, SecretBytes, SecretStr
from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.crypto.keyring import keyring
from shared.db.platform_tables import idempotency_keys as keys
from shared.http.deps import Tx, Who
from shared.http.etags import etag
from shared.http.problems import problem

T = TypeVar("T")

HEADER = "Idempotency-Key"
LONGEST = 200
KEEP = timedelta(days=7)

# Built once: every POST runs the first and the last of these statements.
_TAKE = (
    insert(keys)
    .values(scope=bindparam("where"), key=bindparam("given"), body_hash=bindparam("digest"), recorded_at=func.now())
    .on_conflict_do_nothing()
    .returning(keys.c.key)
)
_MINE = (keys.c.scope == bindparam("where")) & (keys.c.key == bindparam("given"))
_KEPT = select(keys).where(_MINE)
_KEEP = (
    update(keys).where(_MINE).values(status=bindparam("said"), headers=bindparam("with"), answer=bindparam("sealed"))
)


class Idempotency:
    """`await once(body, fn)` runs `fn` once per key; call it after the visibility check."""

    def __init__(self, session: AsyncSession, actor: str, request: Request, key: str | None) -> None:
        self._session = session
        self._key = key
        route = request.scope["route"].path_format
        place = json.dumps([actor, request.method, route, sorted(request.path_params.items())], default=str)
        self._place = place.encode()

    @property
    def key(self) -> str:
        """The client's key. Raises a 400 problem when there is none."""
        if self._key is None or not self._key.strip():
            raise problem(400, f"Send an {HEADER} header: a new random value for each thing to do.",
                          field=HEADER, rule="missing")  # fmt: skip
        if len(self._key) > LONGEST or not (self._key.isascii() and self._key.isprintable()):
            raise problem(400, f"{HEADER} must be at most {LONGEST} printable ASCII characters.",
                          field=HEADER, rule="malformed")  # fmt: skip
        return self._key

    @property
    def decision_id(self) -> str:
        """An id for this one action, which no other actor's key can equal, stored with the decision."""
        return keyring().hmac("idempotency-decision", (self._scope("") + self.key).encode()).hex()[:40]

    async def __call__(self, body: Any, fn: Callable[[], Awaitable[T]], status: int = 201, *, scope: str = "") -> T:
        """Run `fn`, or return the stored response of an earlier run.

        The result is the finished HTTP response, typed as `fn`'s result so that a route can declare its response
        model: return it unchanged. `body` is the client's request body; on a public route `scope` separates anonymous
        callers from one another (for example the hash of the reply token). Raise a 400 problem without a key and a 422
        problem when the key was used with another body.
        """
        where, key, digest = self._scope(scope), self.key, _digest(body)
        mine = {"where": where, "given": key}
        inserted = await self._session.execute(_TAKE, {**mine, "digest": digest})
        if inserted.scalar_one_or_none() is None:
            return cast(T, await self._replay(mine, where, digest))
        result = await fn()
        headers = _headers(result)
        content = b"" if status == 204 else json.dumps(jsonable_encoder(result), ensure_ascii=False).encode()
        answer = keyring().encrypt(content, _aad(where, key))
        await self._session.execute(_KEEP, {**mine, "said": status, "with": headers, "sealed": answer})
        return cast(T, _response(content, status, headers))

    async def _replay(self, mine: dict[str, str], where: str, digest: bytes) -> Response:
        stored = (await self._session.execute(_KEPT, mine)).one_or_none()
        if stored is None or stored.answer is None:  # purged between the two statements
            raise problem(409, "This request has only just been forgotten. Send it again with a new key.")
        if stored.body_hash != digest:
            raise problem(422, f"This {HEADER} was already used with another body. Use a new one.",
                          field=HEADER, rule="used_with_another_body")  # fmt: skip
        content = keyring().decrypt(stored.answer, _aad(where, stored.key))
        return _response(content, stored.status, {**stored.headers, "Idempotent-Replay": "true"})

    def _scope(self, more: str) -> str:
        return keyring().hmac("idempotency-scope", self._place + b"\0" + more.encode()).hex()


def _response(content: bytes, status: int, headers: Mapping[str, str]) -> Response:
    media = None if status == 204 else "application/json"
    return Response(content, status_code=status, headers=dict(headers), media_type=media)


def _headers(result: object) -> dict[str, str]:
    version: object = getattr(result, "version", None)
    return {"ETag": etag(version)} if isinstance(version, int) else {}


def _aad(where: str, key: str) -> bytes:
    return f"idempotency_keys|answer|{where}|{key}".encode()


def _digest(body: Any) -> bytes:
    """Return a keyed hash of the request body, with defaults left out and members sorted."""
    if isinstance(body, BaseModel):
        body = body.model_dump(exclude_unset=True)
    if isinstance(body, bytes):
        return keyring().hmac("idempotency-body", body)
    return keyring().hmac("idempotency-body", json.dumps(body, sort_keys=True, default=_plain).encode())


def _plain(value: Any) -> Any:
    if isinstance(value, SecretStr | SecretBytes):
        value = value.get_secret_value()
    return value.hex() if isinstance(value, bytes) else jsonable_encoder(value)


async def purge(session: AsyncSession) -> int:
    """Delete responses older than seven days of real time; return the number deleted."""
    done = await session.execute(delete(keys).where(keys.c.recorded_at < func.now() - KEEP))
    return int(getattr(done, "rowcount", 0))


async def idempotency(
    session: Tx,
    actor: Who,
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(alias=HEADER, description="A random value; send it again to repeat safely."),
    ] = None,
) -> Idempotency:
    # An account that moved to another team or role must not read its earlier responses.
    who = json.dumps([actor.user_id, str(actor.role), sorted(str(team) for team in actor.teams)])
    return Idempotency(session, who, request, idempotency_key)


# `Once` runs inside the transaction that it writes to, hence the same scope.
Once = Annotated[Idempotency, Depends(idempotency, scope="function")]
