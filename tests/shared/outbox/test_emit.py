"""A fact is in the outbox exactly when what it tells is in the database."""

import asyncio
import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import select

from shared.context import Actor, set_correlation
from shared.db.platform_tables import outbox
from shared.events.envelope import opened
from shared.events.intake import PersonRegistered
from shared.ids import new_id
from shared.outbox.emit import emit
from shared.outbox.wake import subscribe
from shared.temporal.drive import Drive
from tests.shared.ground import ACTOR, SERVICE, TEAM, Ground, Probe, Probed, happen


async def rows(ground: Ground):
    async with ground.work.platform_connection() as connection:
        return (await connection.execute(select(outbox).order_by(outbox.c.id))).all()


async def test_one_transaction_may_tell_several_facts_in_order(ground: Ground):
    probe = await ground.probe()
    events = await ground.happen(probe, times=3)
    found = await rows(ground)
    assert [row.event_id for row in found] == events
    assert [opened(row.body)[1]["version"] for row in found] == [2, 3, 4]
    assert {row.aggregate_id for row in found} == {probe}
    assert all(row.published_at is None and row.workflow is None for row in found)


async def test_a_rolled_back_fact_leaves_nothing_and_wakes_nobody(ground: Ground):
    probe, wakeup = await ground.probe(), subscribe(SERVICE, "publish")
    with pytest.raises(RuntimeError):
        async with ground.api.transaction(ACTOR) as session:
            await happen(session, probe)
            raise RuntimeError
    assert await rows(ground) == []
    assert not wakeup.is_set()


async def test_the_bell_rings_after_the_commit_not_before(ground: Ground):
    probe, wakeup = await ground.probe(), subscribe(SERVICE, "publish")
    async with ground.api.transaction(ACTOR) as session:
        await happen(session, probe)
        assert not wakeup.is_set()
    assert wakeup.is_set()


async def test_a_savepoint_does_not_use_up_the_wakeup(ground: Ground):
    probe, wakeup = await ground.probe(), subscribe(SERVICE, "publish")
    async with ground.api.transaction(ACTOR) as session:
        async with session.begin_nested():
            await happen(session, probe)
        wakeup.clear()
    assert wakeup.is_set()


async def test_the_drive_carries_the_correlation_of_the_act(ground: Ground):
    set_correlation("a-visit")
    probe = await ground.probe()
    await ground.happen(probe, drive=True)
    (row,) = await rows(ground)
    assert (row.workflow, row.workflow_id) == ("ProbeWorkflow", f"probe-{probe}")
    assert row.fact == {"version": 2, "correlation_id": "a-visit"}
    assert row.correlation_id == json.loads(row.body)["correlationid"] == "a-visit"


async def test_rows_added_but_not_yet_written_go_before_their_fact(ground: Ground):
    async with ground.api.transaction(ACTOR) as session:
        probe = Probe(team_id=TEAM)
        session.add(probe)
        event = Probed(version=probe.version, occurred_at=datetime.now(UTC), probe_id=probe.id, team_id=TEAM, number=0)
        await emit(session, event, aggregate=probe.id, drive=Drive("ProbeWorkflow", "x"))
        assert not session.new
    assert len(await rows(ground)) == 1


async def test_only_the_owner_tells_a_fact(ground: Ground):
    told = PersonRegistered(version=1, occurred_at=datetime.now(UTC), person_id=new_id(), team_id=TEAM)
    async with ground.api.transaction(ACTOR) as session:
        with pytest.raises(ValueError, match="casework cannot emit intake"):
            await emit(session, told, aggregate=new_id())


async def test_racing_writers_of_one_aggregate_keep_its_order(ground: Ground):
    probe = await ground.probe()
    await asyncio.gather(*(ground.happen(probe) for _ in range(30)))
    versions = [opened(row.body)[1]["version"] for row in await rows(ground)]
    assert versions == list(range(2, 32))


async def test_no_session_without_an_actor(ground: Ground):
    with pytest.raises(TypeError, match="without an actor"):
        async with ground.api.transaction(None):  # type: ignore[arg-type]
            pass


def test_service_actor_sees_every_team():
    assert Actor.service(SERVICE).in_team(UUID(int=5))
