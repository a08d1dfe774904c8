"""`alongside roll` on a running system: every run is a new one, and each goes on where it was."""

from uuid import UUID

from deploy.cli.roll import roll
from deploy.demo.setting import Setting
from shared.temporal.client import connect_once
from tests.system.conftest import Home
from tests.system.work import command, fired, refer, register_person, shown, until
from workflows.contracts import plan_workflow_id, referral_workflow_id


async def test_rolled_every_run_is_a_new_one_and_goes_on_where_it_was(home: Home, scene: Setting) -> None:
    person = await register_person(scene)
    referral = await refer(scene, person)
    before = await shown(scene, referral, stage="sent", level=0)
    await shown(scene, person.plan, kind="plan")
    client = await connect_once(home.stack.settings())
    handles = [
        client.get_workflow_handle(each)
        for each in (plan_workflow_id(UUID(person.plan)), referral_workflow_id(UUID(referral)))
    ]
    first = [(await each.describe()).run_id for each in handles]
    # The engine's list lags by seconds.
    await until(lambda: _rolled_all(home), "both are in the engine's list")

    async def new_runs() -> bool | None:
        now = [(await each.describe()).run_id for each in handles]
        return all(a != b for a, b in zip(first, now, strict=True)) or None

    await until(new_runs, "new runs")
    assert (await shown(scene, referral, level=0))["next_at"] == before["next_at"]
    await command(scene, referral, "escalate_now")
    await shown(scene, referral, level=1)
    assert [step["action"] for step in await fired(scene, referral)] == ["remind_agency"]


async def _rolled_all(home: Home) -> bool | None:
    return await roll(home.stack.settings()) >= 2 or None
