"""The order of checks: authenticate, role, size, media type, shape, visibility, key, ETag, rule."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from shared.access import tokens
from shared.access.roles import Role
from shared.http.routes import PUBLIC, GuardedRoute, Routes
from shared.ids import new_id

from .conftest import Shop

BIG = b'{"label": "' + b"x" * (1024 * 1024) + b'"}'
JSON = {"Content-Type": "application/json"}


def problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status and body["title"] and body["type"] and body["detail"]
    return body


async def test_everything_wrong_is_first_of_all_not_signed_in(shop: Shop) -> None:
    answer = await shop.http.post("/cups", content=BIG, headers={"Content-Type": "text/plain"})
    problem(answer, 401)
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer  ", "Basic abc", "Bearer not.a.token", "Bearer \xff"])
async def test_bad_tokens_are_401(shop: Shop, header: str) -> None:
    problem(await shop.http.get("/cups", headers={"Authorization": header.encode("latin-1")}), 401)  # type: ignore[dict-item]


async def test_expired_or_foreign_token_is_401(shop: Shop) -> None:
    key = tokens.load_key(shop.settings.token_private_key_file)  # type: ignore[arg-type]
    late = tokens.issue(key, "w", Role.WORKER, [shop.team], "alongside", ttl=timedelta(seconds=-60))
    problem(await shop.http.get("/cups", headers={"Authorization": f"Bearer {late}"}), 401)
    elsewhere = tokens.issue(key, "w", Role.WORKER, [shop.team], "somewhere-else")
    problem(await shop.http.get("/cups", headers={"Authorization": f"Bearer {elsewhere}"}), 401)


async def test_role_comes_before_size(shop: Shop) -> None:
    problem(await shop.http.post("/cups", content=BIG, headers=shop.headers("commissioner")), 403)


async def test_size_comes_before_media_type(shop: Shop) -> None:
    body = problem(await shop.http.post("/cups", content=BIG, headers=shop.headers()), 413)
    assert "xxx" not in str(body)


async def test_size_is_counted_while_streaming(shop: Shop) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 50:
            sent += 1
            yield b"x" * 100_000

    answer = await shop.http.post("/cups", content=endless(), headers={**shop.headers(), **JSON})
    problem(answer, 413)
    assert sent < 20


async def test_a_body_that_trickles_is_given_up(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.http.routes.BODY_SECONDS", 0.2)

    async def trickle() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" "
            await asyncio.sleep(0.05)

    problem(await shop.http.post("/cups", content=trickle(), headers={**shop.headers(), **JSON}), 408)


async def test_media_type_comes_before_shape(shop: Shop) -> None:
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonp",
        "application/json; charset=utf-16",
    ):
        answer = await shop.http.post("/cups", content=b"{", headers={**shop.headers(), "Content-Type": kind})
        problem(answer, 415)
    problem(await shop.http.post("/cups", content=b"{", headers=shop.headers()), 415)


async def test_shape_comes_before_visibility(shop: Shop) -> None:
    problem(await shop.http.patch(f"/cups/{new_id()}", json={"label": 3}, headers=shop.headers()), 422)


async def test_absent_and_not_yours_look_alike_and_come_before_key_and_etag(shop: Shop) -> None:
    cup = await shop.make()
    answers = []
    for cup_id in (cup["id"], new_id()):
        stranger = shop.headers("supervisor", team=shop.other_team)
        read = await shop.http.get(f"/cups/{cup_id}", headers=stranger)
        edit = await shop.http.patch(f"/cups/{cup_id}", json={"label": "mine"}, headers=stranger)
        smash = await shop.http.post(f"/cups/{cup_id}/break", headers=stranger)
        bodies = [problem(a, 404) for a in (read, edit, smash)]
        answers.append([{k: v for k, v in b.items() if k != "correlation_id"} for b in bodies])
        answers[-1].append([len(a.content) for a in (read, edit, smash)])
    assert answers[0] == answers[1]


async def test_key_comes_before_rule(shop: Shop) -> None:
    cup = await shop.make()
    where = f"/cups/{cup['id']}/break"
    assert (await shop.http.post(where, headers=shop.keyed(role="supervisor"))).status_code == 200
    body = problem(await shop.http.post(where, headers=shop.headers("supervisor")), 400)
    assert body["errors"] == [{"field": "Idempotency-Key", "rule": "missing", "message": body["detail"]}]
    body = problem(await shop.http.post(where, headers=shop.keyed(role="supervisor")), 409)
    assert body["legal"] == ["mend"]


@pytest.mark.parametrize("key", ["", "  ", "x" * 201, "caf\xe9"])
async def test_bad_keys_are_400(shop: Shop, key: str) -> None:
    headers = {**shop.headers(), "Idempotency-Key": key.encode("latin-1")}
    problem(await shop.http.post("/cups", json={"label": "a"}, headers=headers), 400)  # type: ignore[arg-type]
    assert await shop.count() == 0


async def test_unknown_address_and_method_are_problems(shop: Shop) -> None:
    problem(await shop.http.get("/nothing/here"), 404)
    answer = await shop.http.put("/cups", json={}, headers=shop.headers())
    problem(answer, 405)
    assert answer.headers["allow"]


async def test_public_routes_check_size_and_media(shop: Shop) -> None:
    problem(await shop.http.post("/cups/mail", content=BIG + BIG, headers={"Content-Type": "message/rfc822"}), 413)
    problem(await shop.http.post("/cups/mail", content=b"{}", headers=JSON), 415)
    answer = await shop.http.post("/cups/mail", content=b"From: a", headers={"Content-Type": "message/rfc822"})
    assert (answer.status_code, answer.json()) == (202, {"heard": 7})


def test_a_route_outside_the_access_table_is_refused_when_it_is_declared(cup_actions: None) -> None:
    routes = Routes("/x")
    with pytest.raises(ValueError, match=r"GET /x.*'cup.unheard'"):
        routes.get("", allow="cup.unheard")
    with pytest.raises(TypeError):
        routes.get("")  # type: ignore[call-arg]


def test_a_post_without_once_is_refused_when_it_is_declared(cup_actions: None) -> None:
    async def plain() -> None: ...

    with pytest.raises(ValueError, match="Once"):
        Routes("/x").post("", allow="cup.make")(plain)


async def test_every_route_says_who_may_call_it(shop: Shop) -> None:
    found = [
        (method, route.path_format, route.guard.allow)
        for route in shop.app.router.routes
        if isinstance(route, GuardedRoute)
        for method in sorted(route.methods or ())
    ]
    assert ("POST", "/cups", "cup.make") in found and ("GET", "/healthz", PUBLIC) in found
    assert len(found) >= 10
