"""Requests with a program's key: what it reaches, how it ends, who is named, what is counted."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared import clock, log
from shared.access import programs
from shared.access.roles import Role
from shared.access.table import TABLE, may_act
from shared.context import Actor
from shared.http import limits
from shared.http.program_keys import digest
from shared.http.programs import ScopeName
from shared.metrics.counted import COUNTED

from .conftest import Shop

DEAD_LETTERS = "/operations/dead-letters"


@pytest.fixture
async def key(shop: Shop) -> AsyncIterator[str]:
    yield programs.new_key()
    await shop.run("DELETE FROM stated_program_keys")


def stated(key: str, **more: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "digest": digest(key).hex(),
        "program_id": str(uuid4()),
        "name": "synthetic-monitor",
        "scopes": ["monitoring"],
        "expires_at": (clock.real() + timedelta(days=30)).isoformat(),
        **more,
    }


async def state(shop: Shop, *keys: dict[str, Any], status: int = 200) -> list[dict[str, Any]]:
    answer = await shop.http.post("/programs", json={"keys": keys}, headers=shop.headers("system"))
    assert answer.status_code == status, answer.text
    return answer.json().get("items", [])


async def asked(shop: Shop, key: str, path: str = DEAD_LETTERS) -> tuple[int, str]:
    answer = await shop.http.get(path, headers={"Authorization": f"Bearer {key}"})
    return answer.status_code, answer.json().get("detail", "")


def refusals(reason: str) -> float:
    return COUNTED.get_sample_value("alongside_program_refusals_total", {"reason": reason}) or 0


def test_a_key_carries_a_checksum_that_a_scanner_can_check() -> None:
    key = programs.new_key()
    assert programs.is_key(key) and len(key) == len("alongside_") + 46
    other = "b" if key[-1] == "a" else "a"
    for wrong in (key[:-1] + other, key + "a", key[:-1], key.removeprefix("alongside_"), "alongside_", "é" + key):
        assert not programs.is_key(wrong)


def test_no_scope_holds_what_only_a_person_may_do() -> None:
    assert set(ScopeName.__args__) == set(programs.SCOPES)
    everything = Actor("program:x", Role.SYSTEM, (), "", frozenset(programs.SCOPES))
    may = {action for action in TABLE if may_act(everything, action) is not None}
    assert may == {
        "mail.receive", "member.state", "directory.read", "operations.read", "operations.watch",
        "referral.read", "referral.move", "referral.question",
    }  # fmt: skip
    assert not any(may_act(Actor("program:x", Role.SYSTEM, (), "", frozenset({"unheard"})), each) for each in TABLE)


async def test_a_key_works_within_its_scopes_and_ends_with_its_revocation(shop: Shop, key: str) -> None:
    one = stated(key)
    assert (await asked(shop, key))[0] == 401
    [known] = await state(shop, one)
    assert known["used_at"] is None
    assert (await asked(shop, key))[0] == 200
    scope = refusals("scope")
    assert (await asked(shop, key, "/cups"))[0] == 403
    assert refusals("scope") == scope + 1
    # No key states keys, whatever it holds.
    answer = await shop.http.post("/programs", json={"keys": []}, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 403
    now = clock.real().isoformat()
    [known] = await state(shop, {**one, "revoked_at": now})
    assert known["used_at"] and known["revoked_at"]
    revoked = refusals("revoked")
    status, said = await asked(shop, key)
    assert status == 401 and "revoked" in said and refusals("revoked") == revoked + 1
    # An older statement, as from a console that was restored to an earlier day, opens nothing.
    [known] = await state(shop, one)
    assert known["revoked_at"] and (await asked(shop, key))[0] == 401


async def test_two_keys_of_a_program_work_and_what_is_not_stated_is_forgotten(shop: Shop, key: str) -> None:
    next_key = programs.new_key()
    one = stated(key)
    two = stated(next_key, program_id=one["program_id"])
    await state(shop, one, two)
    assert [(await asked(shop, each))[0] for each in (key, next_key)] == [200, 200]
    await state(shop, two)
    assert [(await asked(shop, each))[0] for each in (key, next_key)] == [401, 200]
    await state(shop)
    assert (await asked(shop, next_key))[0] == 401


async def test_an_expired_and_an_unknown_key_are_refused_and_counted(shop: Shop, key: str) -> None:
    before = refusals("expired"), refusals("unknown")
    await state(shop, stated(key, expires_at=(clock.real() - timedelta(seconds=1)).isoformat()))
    assert (await asked(shop, key))[0] == 401
    for unknown in (programs.new_key(), key[:-1], "alongside_"):
        status, said = await asked(shop, unknown)
        assert status == 401 and unknown not in said.split()
    assert (refusals("expired"), refusals("unknown")) == (before[0] + 1, before[1] + 3)


async def test_the_log_names_the_program_and_never_its_key(
    shop: Shop, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await state(shop, stated(key))
    log.configure("cups", "INFO")
    await asked(shop, key)
    await shop.http.get("/cups", headers=shop.headers())
    said = capsys.readouterr().err
    lines = [json.loads(line) for line in said.splitlines() if '"request"' in line]
    assert [line.get("program") for line in lines] == ["synthetic-monitor", None]
    assert lines[0]["user_id"].startswith("program:") and key not in said


async def test_a_program_that_asks_too_often_waits_and_people_do_not(
    shop: Shop, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PROGRAMS", limits.Limit(count=3, seconds=60))
    await state(shop, stated(key))
    before = refusals("rate")
    assert [(await asked(shop, key))[0] for _ in range(5)] == [200, 200, 200, 429, 429]
    assert refusals("rate") == before + 2
    assert (await shop.http.get("/cups", headers=shop.headers())).status_code == 200


async def test_only_a_keyed_hash_is_kept(shop: Shop, key: str) -> None:
    await state(shop, stated(key))
    rows = repr((await shop.run("SELECT *, encode(digest, 'hex') FROM stated_program_keys")).all())
    assert key not in rows and digest(key).hex() in rows


async def test_one_key_stated_twice_is_refused(shop: Shop, key: str) -> None:
    one = stated(key)
    await state(shop, one, {**one, "id": str(uuid4())}, status=422)
    await state(shop, {**one, "name": "Not A Name"}, status=422)
