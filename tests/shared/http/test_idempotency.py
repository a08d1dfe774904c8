"""Idempotency: one effect, one answer, whatever is repeated and however."""

import asyncio
from uuid import uuid4

from shared.context import Actor
from shared.http import idempotency

from .conftest import Shop

SECRET = "zq-canary-82"


async def test_a_repeat_gets_the_same_answer_and_no_second_effect(shop: Shop) -> None:
    headers = shop.keyed()
    first = await shop.http.post("/cups", json={"label": "a", "count": 1}, headers=headers)
    again = await shop.http.post("/cups", content=b'{ "count":1,\n "label": "a" }', headers={
        **headers, "Content-Type": "application/json"})  # fmt: skip
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert first.headers["etag"] == again.headers["etag"] == '"1"'
    assert "idempotent-replay" not in first.headers and again.headers["idempotent-replay"] == "true"
    assert await shop.count() == 1


async def test_twenty_twins_at_once_have_one_effect(shop: Shop) -> None:
    headers = shop.keyed()
    answers = await asyncio.gather(
        *(shop.http.post("/cups", json={"label": "twin"}, headers=headers) for _ in range(20))
    )
    assert {a.status_code for a in answers} == {201}
    assert len({a.content for a in answers}) == 1
    assert sum("idempotent-replay" not in a.headers for a in answers) == 1
    assert await shop.count() == 1


async def test_the_same_key_with_another_body_is_422(shop: Shop) -> None:
    headers = shop.keyed()
    await shop.http.post("/cups", json={"label": "a"}, headers=headers)
    answer = await shop.http.post("/cups", json={"label": SECRET}, headers=headers)
    assert answer.status_code == 422 and SECRET not in answer.text
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
    assert await shop.count() == 1


async def test_keys_belong_to_actor_route_and_place(shop: Shop) -> None:
    key = str(uuid4())
    assert (await shop.http.post("/cups", json={"label": "a"}, headers=shop.keyed(key))).status_code == 201
    other = await shop.http.post("/cups", json={"label": "b"}, headers=shop.keyed(key, role="supervisor"))
    assert other.status_code == 201
    for cup_id in ((await shop.make("c"))["id"], other.json()["id"]):
        smashed = await shop.http.post(f"/cups/{cup_id}/break", headers=shop.keyed(key, role="supervisor"))
        assert smashed.status_code == 200 and smashed.json()["id"] == cup_id


async def test_an_answer_does_not_follow_its_account_to_another_team(shop: Shop) -> None:
    key = str(uuid4())
    first = await shop.http.post("/cups", json={"label": "a"}, headers=shop.keyed(key))
    moved = await shop.http.post("/cups", json={"label": "a"}, headers=shop.keyed(key, team=shop.other_team))
    assert first.status_code == moved.status_code == 201
    assert moved.json()["id"] != first.json()["id"] and "idempotent-replay" not in moved.headers
    assert await shop.count() == 2


async def test_a_business_answer_is_judged_afresh(shop: Shop) -> None:
    headers = shop.keyed()
    for _ in range(2):
        answer = await shop.http.post("/cups", json={"label": "taken"}, headers=headers)
        assert answer.status_code == 409 and "idempotent-replay" not in answer.headers
    assert await shop.count() == 0


async def test_a_failure_is_never_kept(shop: Shop) -> None:
    headers = shop.keyed()
    await shop.run("INSERT INTO refusals VALUES (true)")
    failed = await shop.http.post("/cups", json={"label": "a"}, headers=headers)
    assert failed.status_code == 500
    await shop.run("DELETE FROM refusals")
    answer = await shop.http.post("/cups", json={"label": "a"}, headers=headers)
    assert answer.status_code == 201 and "idempotent-replay" not in answer.headers
    assert await shop.count() == 1


async def test_the_stored_answer_is_encrypted_and_names_nobody(shop: Shop) -> None:
    await shop.http.post("/cups", json={"label": SECRET}, headers=shop.keyed())
    row = (await shop.run("SELECT scope, key, body_hash, headers::text, answer FROM idempotency_keys")).one()
    text = repr(tuple(bytes(v) if isinstance(v, memoryview) else v for v in row))
    assert SECRET not in text and "worker-1" not in text


async def test_answers_are_forgotten_after_seven_days(shop: Shop) -> None:
    headers = shop.keyed()
    await shop.http.post("/cups", json={"label": "a"}, headers=headers)
    for days, forgotten in ((6, 0), (2, 1)):
        await shop.run(f"UPDATE idempotency_keys SET recorded_at = recorded_at - interval '{days} days'")
        async with shop.services.work.transaction(Actor.service("test")) as session:
            assert await idempotency.purge(session) == forgotten
    answer = await shop.http.post("/cups", json={"label": "a"}, headers=headers)
    assert answer.status_code == 201 and await shop.count() == 2


async def test_strangers_on_a_public_route_do_not_meet(shop: Shop) -> None:
    headers = {"Idempotency-Key": "1"}
    first = await shop.http.post("/cups/answer", json={"label": "token-a"}, headers=headers)
    second = await shop.http.post("/cups/answer", json={"label": "token-bb"}, headers=headers)
    again = await shop.http.post("/cups/answer", json={"label": "token-a"}, headers=headers)
    assert [a.status_code for a in (first, second, again)] == [200, 200, 200]
    assert (first.json()["heard"], second.json()["heard"]) == (7, 8)
    assert again.content == first.content and again.headers["idempotent-replay"] == "true"
