"""A decision asked for while the worker is down: not known yet, and in the end made once."""

import asyncio
from uuid import uuid4

import pytest

from deploy.chaos import truth
from deploy.chaos.work import man, refer, shown
from deploy.demo.api import ApiError, Json
from deploy.demo.setting import Setting
from deploy.stack import WORKER
from shared.http.problems import OUTCOME_UNKNOWN
from tests.system.conftest import Home


async def test_asked_without_a_worker_it_is_made_once_and_answered_the_same(home: Home, scene: Setting) -> None:
    him = await man(scene)
    referral = await refer(scene, him)
    before = await shown(scene, referral, stage="sent")
    await shown(scene, him.plan, kind="plan")
    asked = {
        him.plan: ({"command": "hold", "reason": "hospital"}, str(uuid4())),
        referral: ({"command": "extend", "working_days": 3}, str(uuid4())),
    }

    async def ask(row: str) -> Json:
        body, key = asked[row]
        return await scene.supervisor.post("casework", f"/board/{row}/commands", body, key=key)

    async def unknown(row: str) -> None:
        with pytest.raises(ApiError) as refused:
            await ask(row)
        assert refused.value.status == 503
        assert OUTCOME_UNKNOWN in str(refused.value)

    await home.stack.supervisor.stop(WORKER)
    try:
        await asyncio.gather(unknown(him.plan), unknown(referral))
    finally:
        await home.stack.start_member(WORKER)
    first = {row: await ask(row) for row in asked}
    assert {row: await ask(row) for row in asked} == first
    assert all(answer["done"] for answer in first.values())
    holds = await truth.rows(home.stack, "casework", "SELECT kind FROM holds WHERE plan_id = %s", him.plan)
    assert [hold["kind"] for hold in holds] == ["hospital"]
    for service, table, column, row in (
        ("casework", "plan_decisions", "plan_id", him.plan),
        ("referrals", "decisions", "referral_id", referral),
    ):
        made = await truth.rows(home.stack, service, f"SELECT done FROM {table} WHERE {column} = %s", row)
        assert [each["done"] for each in made] == [True], table
    after = await shown(scene, referral, next_at=first[referral]["next_at"])
    assert after["next_at"] > before["next_at"]
    told = await truth.rows(
        home.stack,
        "referrals",
        "SELECT id FROM outbox WHERE aggregate_id = %s AND subject = 'alongside.referrals.referral.decided'"
        " AND body LIKE '%%\"extend\"%%'",
        referral,
    )
    assert len(told) == 1
