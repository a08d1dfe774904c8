"""The relay on real engines: order, elections, an engine away, a stream lost, a row that is wrong."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from nats.aio.client import Client as Nats
from sqlalchemy import insert, select, text, update
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client as Temporal

from shared import clock
from shared.db.platform_tables import outbox, relay_state
from shared.db.session import Database
from shared.ids import new_id
from shared.outbox.relay import Relay
from shared.readings import pipes
from shared.readings.rows import rows_of
from tests.shared.ground import (
    ACTOR,
    SERVICE,
    Ground,
    happen,
    in_stream,
    relay_of,
    running,
    until,
    without_nats,
    without_temporal,
)


@pytest.fixture
async def relay(ground: Ground, fresh_streams: Nats, temporal_client: Temporal) -> AsyncIterator[Relay]:
    made = relay_of(ground, fresh_streams, temporal_client)
    async with running(made.run):
        yield made


async def all_published(ground: Ground) -> bool:
    return await ground.published() == len(await ground.event_ids())


async def signals(temporal: Temporal, workflow_id: str) -> list[int]:
    """The versions a workflow was told, in order; no worker needs to run for that."""
    handle = temporal.get_workflow_handle(workflow_id)
    found: list[int] = []
    async for event in handle.fetch_history_events():
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
            payloads = event.workflow_execution_signaled_event_attributes.input.payloads
            (fact,) = await temporal.data_converter.decode(payloads)
            found.append(fact["version"])
    return found


async def test_publishes_and_dispatches_in_the_order_of_each_aggregate(
    ground: Ground, relay: Relay, fresh_streams: Nats, temporal_client: Temporal
):
    probes = [await ground.probe() for _ in range(5)]
    for _ in range(6):
        await asyncio.gather(*(ground.happen(probe, drive=True) for probe in probes))
    await until(lambda: all_published(ground))
    assert sorted(await in_stream(fresh_streams)) == sorted(await ground.event_ids())
    async with ground.work.platform_connection() as connection:
        query = select(outbox.c.aggregate_id, outbox.c.event_id).order_by(outbox.c.id)
        owner = {str(row.event_id): row.aggregate_id for row in await connection.execute(query)}
    for probe in probes:
        expected = [event for event, of in owner.items() if of == probe]
        assert [event for event in await in_stream(fresh_streams) if owner[event] == probe] == expected

    async def dispatched() -> bool:
        return await ground.dispatched() == 30

    await until(dispatched)
    for probe in probes:
        assert await signals(temporal_client, f"probe-{probe}") == [2, 3, 4, 5, 6, 7]


async def test_a_commit_is_published_at_once_not_at_the_next_poll(ground: Ground, relay: Relay, fresh_streams: Nats):
    probe = await ground.probe()
    await ground.happen(probe)
    await until(lambda: all_published(ground))
    subscription = await fresh_streams.subscribe("alongside.casework.>")
    taken: list[float] = []
    for _ in range(15):
        before = asyncio.get_running_loop().time()
        await ground.happen(probe)
        await subscription.next_msg(timeout=5)
        taken.append(asyncio.get_running_loop().time() - before)
        await asyncio.sleep(0.02)
    await subscription.unsubscribe()
    assert sorted(taken)[len(taken) // 2] < 0.1


async def test_rows_that_were_committed_late_are_not_skipped(ground: Ground, relay: Relay):
    """A long transaction commits a smaller id after larger ones were published."""
    slow, quick = await ground.probe(), await ground.probe()
    async with ground.api.transaction(ACTOR) as session:
        await happen(session, slow)
        await ground.happen(quick, times=3)

        async def three() -> bool:
            return await ground.published() == 3

        await until(three)
    await until(lambda: all_published(ground))
    assert await ground.published() == 4


async def test_nats_away_never_delays_temporal(ground: Ground, relay: Relay, temporal_client: Temporal):
    probe = await ground.probe()
    async with without_nats(ground.engines):
        await ground.happen(probe, drive=True)

        async def dispatched() -> bool:
            return await ground.dispatched() == 1

        await until(dispatched, 3)

        async def publishing_waits() -> bool:
            return bool(relay.state["publish"].waiting_for)

        await until(publishing_waits)
        assert await ground.published() == 0
        assert not relay.state["dispatch"].waiting_for
    await until(lambda: all_published(ground))
    assert await signals(temporal_client, f"probe-{probe}") == [2]


async def test_temporal_away_never_delays_nats(
    ground: Ground, relay: Relay, fresh_streams: Nats, temporal_client: Temporal
):
    probe = await ground.probe()
    await ground.happen(probe, drive=True)
    async with without_temporal(ground.engines):
        await ground.happen(probe, drive=True, times=3)
        await until(lambda: all_published(ground), 3)

    async def dispatched() -> bool:
        return await ground.dispatched() == 4

    await until(dispatched, 30)
    assert (await signals(temporal_client, f"probe-{probe}"))[-3:] == [3, 4, 5]
    assert (await pipes.outbox(rows_of(ground.work, 5))).to_dispatch == 0


async def test_a_lost_store_is_rebuilt_with_no_difference(ground: Ground, relay: Relay, fresh_streams: Nats):
    probes = [await ground.probe() for _ in range(4)]
    for probe in probes:
        await ground.happen(probe, times=10)
    await until(lambda: all_published(ground))
    before = await in_stream(fresh_streams)
    async with without_nats(ground.engines, lose_store=True):
        await ground.happen(probes[0], times=2)

    async def rebuilt() -> bool:
        return fresh_streams.is_connected and await all_published(ground)

    await until(rebuilt)

    async def whole() -> bool:
        return len(await in_stream(fresh_streams)) == 42

    await until(whole)
    after = await in_stream(fresh_streams)
    assert sorted(after) == sorted(await ground.event_ids())
    assert set(before) < set(after)


async def test_a_stream_deleted_under_a_quiet_relay_is_rebuilt_without_a_new_event(
    ground: Ground, relay: Relay, fresh_streams: Nats
):
    probe = await ground.probe()
    await ground.happen(probe, times=20)
    await until(lambda: all_published(ground))
    await fresh_streams.jetstream().delete_stream("CASEWORK")

    async def whole() -> bool:
        js = fresh_streams.jetstream()
        names = [info.config.name for info in await js.streams_info()]
        return "CASEWORK" in names and (await js.stream_info("CASEWORK")).state.messages == 20

    await until(whole)
    assert await in_stream(fresh_streams) == await ground.event_ids()


async def test_a_stream_that_lost_its_end_is_published_again(
    ground: Ground, fresh_streams: Nats, temporal_client: Temporal
):
    """The same stream with a smaller last sequence, as after a restored backup of its files."""
    probe = await ground.probe()
    await ground.happen(probe, times=3)
    first = relay_of(ground, fresh_streams, temporal_client)
    async with running(first.run):
        await until(lambda: all_published(ground))
    async with ground.work.platform_connection() as connection:
        await connection.execute(update(relay_state).values(last_sequence=1000))
        await connection.execute(text("UPDATE outbox SET published_at = '2026-01-01T00:00:00Z'"))
    async with running(relay_of(ground, fresh_streams, temporal_client).run):

        async def again() -> bool:
            async with ground.work.platform_connection() as connection:
                left = text("SELECT count(*) FROM outbox WHERE published_at = '2026-01-01T00:00:00Z'")
                return (await connection.scalar(left)) == 0 and await all_published(ground)

        await until(again)
    # The server knows the ids, so nothing is there twice.
    assert await in_stream(fresh_streams) == await ground.event_ids()


async def test_of_two_relays_one_publishes_and_the_other_takes_over(
    ground: Ground, fresh_streams: Nats, temporal_client: Temporal
):
    others = Database(ground.settings, SERVICE, "work")
    one = relay_of(ground, fresh_streams, temporal_client)
    two = Relay(others, SERVICE, fresh_streams, temporal_client)
    try:
        async with running(one.run, two.run) as (first, second):

            async def somebody() -> bool:
                return one.leading or two.leading

            await until(somebody)
            for _ in range(20):
                assert not (one.leading and two.leading)
                await asyncio.sleep(0.05)
            probe = await ground.probe()
            await ground.happen(probe, times=10)
            await until(lambda: all_published(ground))
            leader, task, other, other_task = (one, first, two, second) if one.leading else (two, second, one, first)
            task.cancel()
            await asyncio.wait([task])
            await ground.happen(probe, times=10)
            await until(lambda: all_published(ground))
            assert other.leading and not leader.leading and not other_task.done()
        assert await in_stream(fresh_streams) == await ground.event_ids()
    finally:
        await others.dispose()


async def test_a_relay_whose_connection_is_cut_stands_for_election_again(ground: Ground, relay: Relay):
    async def leads() -> bool:
        return relay.leading

    await until(leads)
    async with ground.work.platform_connection() as connection:
        cut = await connection.execute(
            text(
                "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
                " WHERE l.locktype = 'advisory' AND d.datname = current_database()"
            )
        )
        assert cut.rowcount == 1

    async def lost() -> bool:
        return not relay.leading

    await until(lost)
    await until(leads)
    await ground.happen(await ground.probe())
    await until(lambda: all_published(ground))


async def test_a_wrong_row_is_put_aside_and_the_others_go_on(ground: Ground, relay: Relay, temporal_client: Temporal):
    probe = await ground.probe()
    bad = {
        "event_id": new_id(), "aggregate_id": probe, "subject": "alongside.casework.probe.happened", "body": "{}",
        "correlation_id": "c", "recorded_at": clock.now(), "workflow": "ProbeWorkflow", "fact": {},
        "workflow_id": "w" * 2000,
    }  # fmt: skip
    async with ground.work.platform_connection() as connection:
        await connection.execute(insert(outbox), bad)
    await ground.happen(probe, drive=True, times=3)

    async def others() -> bool:
        return await ground.dispatched() == 3

    await until(others)

    async def tried_again() -> bool:
        async with ground.work.platform_connection() as connection:
            row = (await connection.execute(select(outbox).where(outbox.c.event_id == bad["event_id"]))).one()
        return row.dispatch_attempts >= 2 and row.dispatch_error.startswith("RPCError INVALID_ARGUMENT")

    await until(tried_again)
    assert relay.state["dispatch"].aside == 1
    async with ground.work.platform_connection() as connection:
        mended = update(outbox).where(outbox.c.event_id == bad["event_id"]).values(workflow_id=f"probe-{probe}-b")
        await connection.execute(mended)

    async def healed() -> bool:
        return await ground.dispatched() == 4 and (await pipes.outbox(rows_of(ground.work, 5))).refused == 0

    await until(healed, 15)


async def test_a_relay_killed_between_doing_and_marking_does_it_again_to_no_effect(
    ground: Ground, fresh_streams: Nats, temporal_client: Temporal
):
    probe = await ground.probe()
    await ground.happen(probe, times=50)
    for _ in range(4):
        async with running(relay_of(ground, fresh_streams, temporal_client).run):
            await asyncio.sleep(0.1)
        async with ground.work.platform_connection() as connection:
            # What a crash before the mark leaves behind.
            await connection.execute(text("UPDATE outbox SET published_at = NULL WHERE id % 2 = 0"))
    async with running(relay_of(ground, fresh_streams, temporal_client).run):
        await until(lambda: all_published(ground))
    assert await in_stream(fresh_streams) == await ground.event_ids()
