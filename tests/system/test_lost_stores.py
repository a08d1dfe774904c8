"""NATS and Temporal lose all they had written down. PostgreSQL is the truth: it is all there again, once."""

import asyncio
import json
import sys
from datetime import datetime
from typing import Any

from deploy import children
from deploy.demo.setting import Setting
from shared import clock
from tests.system import truth
from tests.system.conftest import Home
from tests.system.engines import lose_nats_store, lose_temporal_store, without
from tests.system.work import answer, fired, meet, reached, refer, register_person, shown, until
from workflows.contracts import plan_workflow_id, referral_workflow_id


async def test_the_lost_streams_are_rebuilt_with_no_difference(home: Home, scene: Setting) -> None:
    person = await register_person(scene)
    referral = await refer(scene, person)
    await meet(scene, person)
    await shown(scene, referral, stage="sent")
    await until(lambda: truth.mailed(home.stack), "the first mails have left")
    await scene.journey.settle()
    before, owed = await truth.effects(home.stack), await truth.owed(home.stack)
    async with without(home.stack, "nats"):
        lose_nats_store(home.stack)

    async def rebuilt() -> bool | None:
        try:
            return True if await truth.streamed(home.stack) == owed else None
        except Exception:
            return None  # a stream that is not there yet

    await until(rebuilt, "each event is in its stream again, once")
    await scene.journey.settle()
    assert await truth.effects(home.stack) == before
    met = await meet(scene, person)

    async def heard() -> Any:
        return await truth.rows(home.stack, "casework", "SELECT id FROM heard_contacts WHERE id = %s", met) or None

    await until(heard, "a new event is heard")


async def test_with_temporals_file_lost_everything_open_goes_on_from_its_rows(home: Home, scene: Setting) -> None:
    """One referral stands between two rungs, one is accepted, one has ended; the plan is open."""
    person = await register_person(scene)
    silent = await refer(scene, person)
    answered, ended = [await refer(scene, await register_person(scene)) for _ in range(2)]
    await answer(scene, answered, "accept")
    await answer(scene, ended, "decline", reason="no_capacity")
    await reached(scene, ended, "declined")
    await _first_rung(scene, silent)
    before = await fired(scene, silent)
    due = await _next(scene, silent)
    await scene.journey.settle()
    async with without(home.stack, "temporal"):
        lose_temporal_store(home.stack)
    mended = await _reconcile(home)
    mine = [plan_workflow_id(person.plan), referral_workflow_id(silent), referral_workflow_id(answered)]
    restarted = [*mended["plans"]["restarted"], *mended["referrals"]["restarted"]]

    async def all_run() -> bool | None:
        return True if not await truth.not_running(home.stack, mine) else None

    # The services look by themselves as well, so the command may find some mended already.
    await until(all_run, "every open plan and referral runs")
    assert referral_workflow_id(ended) not in restarted
    again = await _reconcile(home)
    assert [*again["plans"]["restarted"], *again["referrals"]["restarted"]] == []
    await scene.journey.settle()
    assert await fired(scene, silent) == before, "nothing is done again"

    for _ in range(6):
        if len(await fired(scene, silent)) > len(before):
            break
        await scene.journey.leap()
    new = (await fired(scene, silent))[len(before) :]
    assert [step["action"] for step in new] == [due["action"]]
    on = clock.local_date(datetime.fromisoformat(new[0]["fired_at"]))
    assert on == clock.local_date(datetime.fromisoformat(due["at"]))


async def _first_rung(scene: Setting, referral: str) -> None:
    for _ in range(12):
        if await fired(scene, referral):
            return
        await scene.journey.leap()
    raise AssertionError("no step fired")


async def _next(scene: Setting, referral: str) -> dict[str, Any]:
    ladder = await scene.worker.get("referrals", f"/referrals/{referral}/ladder")
    return min((step for step in ladder["steps"] if step["outcome"] == "planned"), key=lambda step: step["at"])


async def _reconcile(home: Home, *options: str) -> dict[str, Any]:
    process = await children.begin(
        sys.executable,
        *("-m", "deploy.cli", "reconcile", "--json", "--data", str(home.folder), *options),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, told = await process.communicate()
    assert process.returncode == 0, told.decode()
    return json.loads(out)
