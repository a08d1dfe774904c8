"""Decided while the workflow engine is away: made at once, and the workflows follow when it is back."""

import asyncio
from typing import Any
from uuid import uuid4

from deploy.demo.api import Json
from deploy.demo.setting import Setting
from tests.system import truth
from tests.system.conftest import Home
from tests.system.engines import without
from tests.system.work import refer, register_person, shown


async def test_decided_without_the_engine_it_is_made_at_once_and_the_workflow_follows(
    home: Home, scene: Setting
) -> None:
    person = await register_person(scene)
    referral = await refer(scene, person)
    before = await shown(scene, referral, stage="sent")
    await shown(scene, person.plan, kind="plan")
    asked: dict[str, tuple[Json, str]] = {
        person.plan: ({"command": "hold", "reason": "hospital"}, str(uuid4())),
        referral: ({"command": "extend", "working_days": 3}, str(uuid4())),
    }

    async def ask(row: str) -> Json:
        body, key = asked[row]
        return await scene.supervisor.post("casework", f"/board/{row}/commands", body, key=key)

    async with without(home.stack, "temporal"):
        rows = list(asked)
        first = dict(zip(rows, await asyncio.gather(*(ask(row) for row in rows)), strict=True))
        assert all(answer["done"] for answer in first.values())
        assert {row: await ask(row) for row in rows} == first, "asked again, the same"
        assert await _holds(home, person.plan) == ["hospital"]
        reviewed: Any = await scene.supervisor.post("casework", f"/plans/{person.plan}/review", {}, key=str(uuid4()))
        assert reviewed["done"]
        # The board's rows come from the owners, so it shows them while the engine is away.
        after = await shown(scene, referral, next_at=first[referral]["next_at"])
        assert after["next_at"] > before["next_at"]
        await shown(scene, person.plan, stage="on_hold")
    assert {row: await ask(row) for row in asked} == first
    assert await _holds(home, person.plan) == ["hospital"]
    for service, table, column, row, kinds in (
        ("casework", "plan_decisions", "plan_id", person.plan, ["hold", "review"]),
        ("referrals", "decisions", "referral_id", referral, ["extend"]),
    ):
        made = await truth.rows(home.stack, service, f"SELECT kind FROM {table} WHERE {column} = %s ORDER BY id", row)
        assert [each["kind"] for each in made] == kinds, table
    decided = await truth.emitted(home.stack, "referrals", "alongside.referrals.referral.decided")
    assert [each["decision"] for each in decided if each["referral_id"] == referral].count("extend") == 1


async def _holds(home: Home, plan: str) -> list[str]:
    found = await truth.rows(home.stack, "casework", "SELECT kind FROM holds WHERE plan_id = %s", plan)
    return [each["kind"] for each in found]
