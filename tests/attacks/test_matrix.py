"""Every route x every role x every relation, on real rows: what is not granted is denied, theirs is like nothing.

The routes are taken from the applications and what is granted from the access table. A path, query or body that names
something by an id nobody can make here fails by name, so a new route cannot be forgotten.
"""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import httpx
import pytest
from joserfc.jwk import OKPKey

from shared import clock
from shared.access.roles import Relation, Role
from shared.access.table import PUBLIC, may_act
from shared.context import Actor
from shared.http.deps import _temporal
from shared.http.routes import GuardedRoute, _uses
from shared.ids import new_id
from tests import bad_input
from tests.attacks.conftest import Ground, Opened, Route, name_of, routes_of
from tests.bad_input import Write
from tests.world import House

STRANGE = OKPKey.generate_key("Ed25519")
ROLES = [role.value for role in Role if role is not Role.SERVICE]
# A good request of somebody who may: done, or in the way of what was done before. Never one of these.
MALFORMED = {400, 401, 403, 404, 405, 410, 413, 415, 422, 428, 429, 500}
ALWAYS = str(uuid4())  # one correlation id for all, so that answers can be compared to the byte


@dataclass
class Matrix:
    """One service with one of everything in two teams, and what was found wrong."""

    ground: Ground
    house: House
    ours: dict[str, str]
    theirs: dict[str, str]
    wrong: list[str] = field(default_factory=list[str])
    tokens: dict[str, str] = field(default_factory=dict[str, str])

    def token(self, role: str, what: str = "", **more: Any) -> str:
        """A token, signed once: that takes longer than a request."""
        if (name := f"{role} {what}") not in self.tokens:
            self.tokens[name] = self.house.token(role, **more)
        return self.tokens[name]

    def say(self, route: Route, who: str, what: str) -> None:
        self.wrong.append(f"{' '.join(route)} as {who}: {what}")


@pytest.mark.parametrize("service", ["intake", "casework", "referrals"])
async def test_every_route_by_every_role(opened: Opened, service: str) -> None:
    ground, house = await opened(service)
    ours, theirs = await ground.rows(house, house.team), await ground.rows(house, house.other_team)
    matrix = Matrix(ground, house, ours, theirs)
    for route in routes_of(house):
        write = await _request(matrix, route)
        if write is None:
            continue
        if route.guard.allow == PUBLIC:
            await _open_to_all(matrix, route, write)
            continue
        await _denied(matrix, route, write)
        for role in sorted(ROLES, key=lambda role: role != write.role):
            await _as_role(matrix, route, write, role)
        await _agency_without_referrals(matrix, route, write)
    assert not matrix.wrong, "\n" + "\n".join(matrix.wrong)


async def _request(matrix: Matrix, route: GuardedRoute) -> Write | None:
    """A good request; None, and a word about it, when nobody has said how to make one."""
    name = name_of(route)
    if name[0] != "GET":
        build = matrix.ground.builds.get(name)
        if build is None and route.body_field is None and not route.param_convertors:
            return Write(*name, name[1], None)
        if build is None:
            matrix.say(name, "anybody", "no request is made for it: add one to tests/attacks")
            return None
        return await build(matrix.house)
    missing = [each for each in route.param_convertors if each not in matrix.ours]
    if missing:
        matrix.say(name, "anybody", f"no row is made for {missing}: add it to `rows` in tests/attacks")
        return None
    asked = dict(_must_ask(matrix, name))
    if None in asked.values():
        matrix.say(name, "anybody", f"no value is known for the query {asked}: add it to `rows` in tests/attacks")
        return None
    query = f"?{urlencode(asked)}" if asked else ""
    return Write("GET", name[1], name[1].format(**matrix.ours) + query, None, takes_key=False)


def _must_ask(matrix: Matrix, name: Route) -> Iterator[tuple[str, str | None]]:
    """What a question cannot be asked without: ids of ours, and an hour ago."""
    for each in _parameters(matrix, name):
        if each.get("required"):
            instant = (clock.now() - timedelta(hours=1)).isoformat()
            when = instant if each["schema"].get("format") == "date-time" else None
            yield each["name"], matrix.ours.get(each["name"], when)


def _parameters(matrix: Matrix, name: Route) -> list[dict[str, Any]]:
    """The query parameters of a route, as the application itself describes them."""
    operation = matrix.house.app.openapi()["paths"][name[1]][name[0].lower()]
    return [each for each in operation.get("parameters", ()) if each["in"] == "query"]


async def _send(matrix: Matrix, write: Write, token: str | None, *, path: str = "", body: Any = None) -> httpx.Response:
    house = matrix.house
    headers = bad_input.headers_of(bad_input.Client(house.app, house.http, house.token, _nothing), write)
    headers.pop("Authorization", None)
    headers["X-Correlation-Id"] = ALWAYS
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    content = bad_input.content_of(write) if body is None else bad_input.as_json(body)
    if write.template == "/board/stream":
        house.services.stopping.set()  # it would go on for as long as its token lasts
    try:
        return await house.http.request(write.method, path or write.path, content=content, headers=headers)
    finally:
        house.services.stopping.clear()


async def _nothing() -> object:
    return None


# --- who may not ---------------------------------------------------------------------------------------------


async def _denied(matrix: Matrix, route: GuardedRoute, write: Write) -> None:
    """Without a good token 401, as a role without a grant 403, and not a row written."""
    house, name = matrix.house, name_of(route)
    snapshot = bad_input.snapshot_of(house.services.work, house.metadata)
    before = await snapshot() if write.method != "GET" else None
    bad: dict[str, dict[str, Any]] = {
        "expired": {"ttl": timedelta(seconds=-60)},
        "for another audience": {"audience": "elsewhere"},
        "signed by a stranger": {"key": STRANGE},
    }
    role = next(role for role in ROLES if may_act(Actor("x", Role(role), ()), route.guard.allow))
    for what, told in bad.items():
        answer = await _send(matrix, write, matrix.token(role, what, **told))
        if answer.status_code != 401:
            matrix.say(name, role, f"{answer.status_code} with a token {what}")
    for role in ROLES:
        if may_act(Actor("x", Role(role), ()), route.guard.allow) is None:
            answer = await _send(matrix, write, matrix.token(role))
            if answer.status_code != 403:
                matrix.say(name, role, f"{answer.status_code} although nothing grants {route.guard.allow}")
    answer = await _send(matrix, write, None)
    if answer.status_code != 401:
        matrix.say(name, "nobody", f"{answer.status_code} without a token")
    if before is not None and await snapshot() != before:
        matrix.say(name, "those who may not", "something was written")


# --- who may -------------------------------------------------------------------------------------------------


async def _as_role(matrix: Matrix, route: GuardedRoute, write: Write, role: str) -> None:
    relation = may_act(Actor("x", Role(role), ()), route.guard.allow)
    if relation is None:
        return
    name, token = name_of(route), matrix.token(role)
    if relation is Relation.TEAM:
        await _theirs_is_like_nothing(matrix, route, write, role, token)
        await _without_a_team(matrix, route, write, role)
    answer = await _send(matrix, write, token)
    away = answer.status_code == 503 and (_uses(route.dependant, _temporal) or "/operations/" in write.template)
    first = role == write.role and not away and answer.status_code >= 300
    if answer.status_code in MALFORMED or first:
        matrix.say(name, role, f"{answer.status_code} on what is its own: {answer.text[:200]}")
    if relation is Relation.TEAM:
        _tells_nothing_of(matrix, name, role, answer)


async def _theirs_is_like_nothing(matrix: Matrix, route: GuardedRoute, write: Write, role: str, token: str) -> None:
    """For each id that a request names: one of the other team's gets the very answer of one that is nobody's."""
    name = name_of(route)
    async for where, one, two in _named(matrix, route, write, token, role):
        if where.startswith("path") and one.status_code != 404:
            matrix.say(name, role, f"{one.status_code} with theirs in {where}: {one.text[:200]}")
        to_the_byte = one.is_error or not write.keyed
        if one.status_code != two.status_code or (to_the_byte and _bytes(one) != _bytes(two)):
            matrix.say(name, role, f"theirs in {where}: {_short(one)}, nobody's: {_short(two)}")
        named = matrix.theirs.get(where.split()[-1])
        _tells_nothing_of(matrix, name, role, one, but=named)


async def _named(
    matrix: Matrix, route: GuardedRoute, write: Write, token: str, role: str
) -> AsyncIterator[tuple[str, httpx.Response, httpx.Response]]:
    """(where, answer about theirs, answer about nobody's) for every id in path, query and body."""
    name = name_of(route)
    for param in route.param_convertors:
        if _is_id(matrix.ours.get(param, write.path)):
            path = _path_with(write, param)
            one = await _send(matrix, write, token, path=path.format(_known(matrix, name, role, param)))
            yield f"path {param}", one, await _send(matrix, write, token, path=path.format(uuid4()))
    for param in _query_ids(matrix, route):
        path = f"{write.path}{'&' if '?' in write.path else '?'}{param}={{}}"
        if f"{param}=" in write.path:
            path = write.path.partition("?")[0] + f"?{param}={{}}"
        one = await _send(matrix, write, token, path=path.format(_known(matrix, name, role, param)))
        yield f"query {param}", one, await _send(matrix, write, token, path=path.format(uuid4()))
    if write.body is None:
        return
    body = {key: value for key, value in write.body.items() if key != "id"}
    for place, many in bad_input.ids_in(matrix.house.app, write):
        if place == "id":
            # A client's own: one of theirs is as good as any, once.
            if role != write.role:
                continue
            named = _known(matrix, name, role, write.makes), str(uuid4())
            fresh = [await matrix.ground.builds[name](matrix.house) for _ in named]
            one, two = [
                await _send(matrix, each, token, path=each.path, body={**(each.body or {}), "id": given})
                for each, given in zip(fresh, named, strict=True)
            ]
            yield f"body {write.makes}", one, two
            continue
        if place in matrix.ground.public:
            continue
        value = _known(matrix, name, role, place)
        theirs, nobodys = ([value], [str(uuid4())]) if many else (value, str(uuid4()))
        one = await _send(matrix, write, token, body={**body, place: theirs})
        yield f"body {place}", one, await _send(matrix, write, token, body={**body, place: nobodys})


def _known(matrix: Matrix, route: Route, role: str, name: str) -> str:
    if name not in matrix.theirs:
        matrix.say(route, role, f"no row is made for {name}: add it to `rows` in tests/attacks")
        return str(new_id())
    return matrix.theirs[name]


def _path_with(write: Write, param: str) -> str:
    """The path with a gap where this parameter stands."""
    path, mark, query = write.path.partition("?")
    pairs = zip(write.template.split("/"), path.split("/"), strict=True)
    return "/".join("{}" if one == f"{{{param}}}" else two for one, two in pairs) + mark + query


def _query_ids(matrix: Matrix, route: GuardedRoute) -> Iterator[str]:
    """Query parameters that name a thing by its id."""
    return (each["name"] for each in _parameters(matrix, name_of(route)) if bad_input.is_id(each["schema"]))


async def _without_a_team(matrix: Matrix, route: GuardedRoute, write: Write, role: str) -> None:
    """An account that is in no team yet sees none of what is there."""
    answer = await _send(matrix, write, matrix.token(role, "of no team", teams=[]))
    names_a_row = any(_is_id(matrix.ours.get(each, "")) for each in route.param_convertors)
    if names_a_row and answer.status_code != 404:
        matrix.say(name_of(route), f"{role} of no team", _short(answer))
    _tells_nothing_of(matrix, name_of(route), f"{role} of no team", answer)
    _tells_nothing_of(matrix, name_of(route), f"{role} of no team", answer, of=matrix.ours)


async def _agency_without_referrals(matrix: Matrix, route: GuardedRoute, write: Write) -> None:
    """A program of an agency that nobody was referred to, though its token names our team."""
    name = name_of(route)
    relation = may_act(Actor(f"agency:{new_id()}", Role.SYSTEM, ()), route.guard.allow)
    answer = await _send(matrix, write, matrix.token("system", "of an agency", sub=f"agency:{new_id()}"))
    wanted = 403 if relation is None else 404 if relation is Relation.TEAM and route.param_convertors else None
    if wanted is not None and answer.status_code != wanted:
        matrix.say(name, "an agency's program", _short(answer))
    if relation is not Relation.ANY:
        _tells_nothing_of(matrix, name, "an agency's program", answer, of=matrix.ours)


async def _open_to_all(matrix: Matrix, route: GuardedRoute, write: Write) -> None:
    """No account is asked for; where a secret is, a wrong one is nothing, whoever brings it."""
    name = name_of(route)
    if write.unknown is not None:
        answers = [
            await _send(matrix, write, token, body=write.unknown[1])
            for token in (None, "nonsense", matrix.token("worker"), matrix.token("admin"))
        ]
        if {each.status_code for each in answers} != {404} or len({_bytes(each) for each in answers}) != 1:
            matrix.say(name, "a stranger", f"a wrong secret: {[_short(each) for each in answers]}")
    answer = await _send(matrix, write, None)
    if answer.status_code in MALFORMED:
        matrix.say(name, "a stranger", _short(answer))
    _tells_nothing_of(matrix, name, "a stranger", answer)


# --- comparing answers ---------------------------------------------------------------------------------------


def _tells_nothing_of(
    matrix: Matrix,
    route: Route,
    who: str,
    answer: httpx.Response,
    *,
    of: Mapping[str, str] | None = None,
    but: str | None = None,
) -> None:
    told = [key for key, id_ in (of or matrix.theirs).items() if _is_id(id_) and id_ != but and id_ in answer.text]
    if told:
        matrix.say(route, who, f"is told of another team's {', '.join(told)}: {_short(answer)}")


def _bytes(answer: httpx.Response) -> tuple[bytes, frozenset[tuple[str, str]]]:
    content = re.sub(rb'"stream_from":"\d+"', b"", answer.content)  # the instant it was asked
    return content, frozenset((name, value) for name, value in answer.headers.items() if name != "date")


def _short(answer: httpx.Response) -> str:
    return f"{answer.status_code} {answer.text[:160]}"


def _is_id(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True
