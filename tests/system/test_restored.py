"""PostgreSQL is put back to an earlier point beside an engine and streams that have gone on: the rows are right.

The other way round, an engine that is older than the rows, is told again what it has lost.
"""

import shutil
import subprocess
from pathlib import Path
from uuid import uuid4

from deploy.demo.setting import setting
from tests.system import truth
from tests.system.conftest import Home, MakeScene, worker_of
from tests.system.test_lost_stores import _reconcile  # pyright: ignore[reportPrivateUsage]
from tests.system.work import answer, command, refer, register_person, shown, until
from workflows.contracts import plan_workflow_id, referral_workflow_id


async def test_a_restored_database_is_the_truth_whichever_store_is_older(home: Home, make_scene: MakeScene) -> None:
    team = uuid4()
    scene = await make_scene(team)
    people = [await register_person(scene) for _ in range(3)]
    answered, silent, withdrawn = mine = [await refer(scene, person) for person in people]
    for referral in mine:
        await shown(scene, referral, stage="sent")
    await until(lambda: truth.mailed(home.stack), "the first mails have left")
    await scene.journey.settle()
    before = {referral: await scene.board_row(referral) for referral in mine}
    await home.stack.stop()
    copies = {name: _copy(home, name) for name in ("postgres", "mail", "temporal")}

    await home.start()
    async with setting(home.stack, team, worker_of(team)) as later:
        later.cast.services = home.services
        await answer(later, answered, "accept")
        await command(later, silent, "extend", working_days=5)
        await command(later, withdrawn, "withdraw", reason="ours")
        other = await register_person(later, alias="Synthetic Later")
        await shown(later, answered, stage="accepted")
        await shown(later, other.plan, stage="planned")
        await later.journey.settle()
    await home.stack.stop()
    newer = [_copy(home, name) for name in ("postgres", "mail")]
    for name in ("postgres", "mail"):
        _put_back(home, copies[name])

    # An older database beside a newer engine and newer streams.
    await home.start()
    gone = [plan_workflow_id(other.plan)]
    async with setting(home.stack, team, worker_of(team)) as after:
        after.cast.services = home.services

        async def none_without_a_row() -> bool | None:
            return True if await truth.not_running(home.stack, gone) else None

        await until(none_without_a_row, "the plan of the lost future has ended")
        running = [*(plan_workflow_id(person.plan) for person in people), *map(referral_workflow_id, mine)]

        async def all_run() -> bool | None:
            return True if not await truth.not_running(home.stack, running) else None

        await until(all_run, "every open row runs")
        for referral in mine:
            row = await shown(after, referral, stage="sent")
            assert row["next_at"] == before[referral]["next_at"]  # type: ignore[index]

        async def nothing_left_to_mend() -> bool | None:
            mended = await _reconcile(home, "--deep")
            left = [mended[noun][what] for noun in ("plans", "referrals") for what in ("replaced", "ended")]
            return None if any(left) else True

        await until(nothing_left_to_mend, "what was mended by itself stays as it is")
        await answer(after, answered, "accept")
        await shown(after, answered, stage="accepted")
        await truth.check(after)
    await home.stack.stop()

    # A newer database beside an older engine.
    for copy in (*newer, copies["temporal"]):
        _put_back(home, copy)
    await home.start()
    async with setting(home.stack, team, worker_of(team)) as last:
        last.cast.services = home.services
        await shown(last, answered, stage="accepted")
        await shown(last, other.plan, stage="planned")
        extended = await shown(last, silent, stage="sent")
        assert extended["next_at"] > before[silent]["next_at"]  # type: ignore[index]
        await truth.check(last)


def _copy(home: Home, name: str) -> Path:
    """A copy of one store of the stopped stack."""
    copy = home.folder.parent / f"{name}-{uuid4()}"
    # With its owner, whom PostgreSQL looks at.
    subprocess.run(["cp", "-a", str(home.folder / name), str(copy)], check=True)
    return copy


def _put_back(home: Home, copy: Path) -> None:
    store = home.folder / copy.name.split("-")[0]
    shutil.rmtree(store)
    copy.rename(store)
