"""Rounds of the reconciler on real engines: what ended, what has no row, and stores of another time."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.client import Client as Temporal

from shared.db.platform_tables import outbox
from shared.ids import new_id
from shared.reconcile import Kept, Reconciler
from shared.temporal import checkpoint
from tests.shared.ground import Ground, Probe, until


async def _rows(session: AsyncSession, teams: Any) -> dict[UUID, int]:
    return {id: version for id, version in await session.execute(select(Probe.id, Probe.version))}


async def _existing(session: AsyncSession, ids: Sequence[UUID]) -> set[UUID]:
    return set(await session.scalars(select(Probe.id).where(Probe.id.in_(ids))))


async def _late(session: AsyncSession) -> set[UUID]:
    return set()


class Probes:
    """Probes with a workflow each, of a type of this test's own that no worker carries out."""

    def __init__(self, ground: Ground, client: Temporal) -> None:
        self.ground, self.client = ground, client
        name = f"probe{new_id().hex}"
        self.kept = Kept("casework", name, lambda row: f"{name}-{row}", _rows, _existing, _late)

    def reconciler(self) -> Reconciler:
        return Reconciler(self.ground.work, self.kept)

    async def run_of(self, row: UUID) -> tuple[str, str]:
        found = await self.client.get_workflow_handle(self.kept.workflow_id(row)).describe()
        assert found.status is not None
        return found.run_id or "", found.status.name

    async def listed(self, count: int) -> None:
        """The engine's list has caught up."""

        async def seen() -> bool:
            query = f"WorkflowType = '{self.kept.workflow}' AND ExecutionStatus = 'Running'"
            return (await self.client.count_workflows(query)).count == count

        await until(seen)

    async def forget_the_note(self) -> None:
        if await checkpoint.read(self.client, "casework") is not None:
            await self.client.get_schedule_handle("alongside-told-casework").delete()


async def test_what_ended_starts_again_and_what_has_no_row_ends(ground: Ground, temporal_client: Temporal) -> None:
    probes = Probes(ground, temporal_client)
    await probes.forget_the_note()
    one, two = await ground.probe(), await ground.probe()
    reconciler = probes.reconciler()
    assert len((await reconciler.round(temporal_client)).restarted) == 2
    await probes.listed(2)
    assert (await reconciler.round(temporal_client)).ids == []
    await temporal_client.get_workflow_handle(probes.kept.workflow_id(one)).terminate()

    async def again() -> bool:
        return (await reconciler.round(temporal_client)).restarted == [probes.kept.workflow_id(one)]

    await until(again)
    async with ground.work.platform_connection() as connection:
        await connection.execute(delete(Probe).where(Probe.id == two))
    await probes.listed(2)
    assert (await reconciler.whole(temporal_client)).ended == [probes.kept.workflow_id(two)]
    assert (await probes.run_of(two))[1] == "TERMINATED"


async def test_a_database_of_an_earlier_time_has_everything_begin_again(
    ground: Ground, temporal_client: Temporal
) -> None:
    probes = Probes(ground, temporal_client)
    await probes.forget_the_note()
    kept, gone = await ground.probe(), await ground.probe()
    await ground.happen(kept, drive=True, times=3)
    assert len((await probes.reconciler().round(temporal_client)).restarted) == 2
    await probes.listed(2)
    before = await probes.run_of(kept)
    # As after a restore: the last facts and one row are not there, and other facts have taken their places since.
    async with ground.work.platform_connection() as connection:
        newest = select(outbox.c.id).order_by(outbox.c.id.desc()).limit(1).scalar_subquery()
        await connection.execute(update(outbox).where(outbox.c.id == newest).values(event_id=new_id()))
        await connection.execute(delete(Probe).where(Probe.id == gone))
    started = probes.reconciler()
    found = await started.round(temporal_client)
    assert (found.replaced, found.ended) == ([probes.kept.workflow_id(kept)], [probes.kept.workflow_id(gone)])
    after = await probes.run_of(kept)
    assert after[1] == "RUNNING" and after[0] != before[0]
    assert (await started.round(temporal_client)).replaced == [], "once"


async def test_an_engine_of_an_earlier_time_is_told_again(ground: Ground, temporal_client: Temporal) -> None:
    probes = Probes(ground, temporal_client)
    await probes.forget_the_note()
    probe = await ground.probe()
    await ground.happen(probe, drive=True, times=2)
    async with ground.work.platform_connection() as connection:
        await connection.execute(update(outbox).values(dispatched_at=outbox.c.recorded_at))
    reconciler = probes.reconciler()
    await reconciler.round(temporal_client)
    older = await checkpoint.read(temporal_client, "casework")
    assert older is not None and older.upto == older.newest
    await ground.happen(probe, drive=True, times=3)
    async with ground.work.platform_connection() as connection:
        await connection.execute(update(outbox).values(dispatched_at=outbox.c.recorded_at))
    await reconciler.round(temporal_client)
    assert await ground.dispatched() == 5, "what was told once is not told again each round"
    await checkpoint.write(temporal_client, "casework", older)  # as an engine that was put back says
    await reconciler.round(temporal_client)
    assert await ground.dispatched() == 2
    assert checkpoint.Checkpoint.read("nonsense") is None
